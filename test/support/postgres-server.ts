import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  globSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

/** A PostgreSQL server of its own, in a fresh folder on a port of this computer. */
export type PostgresServer = {
  readonly port: number;
  /** A new empty database: its URL, for a user who needs no password. */
  createDatabase(): Promise<string>;
  /** Runs a statement as the administrator. */
  run(database: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Ends it as a power cut would, with everything that is connected. */
  kill(): Promise<void>;
  /** Stops it in its tracks: it takes connections and answers none. */
  freeze(): void;
  thaw(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type PostgresOptions = {
  /** Lines of its pg_hba.conf. */
  readonly access?: string;
  /** What it proves itself with, in PEM; without it, it knows no TLS. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
};

const ADMINISTRATOR = "tmt";
/** Anyone from this computer, without a password. */
const OPEN = "local all all trust\nhost all all 127.0.0.1/32 trust\n";
const THROW_AWAY = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
const POLLS_MAX = 600;

const binaries = foundBinaries();

/** What is missing on this computer for a server; undefined when nothing is. */
export function missingPostgres(): string | undefined {
  if (binaries === null) return "PostgreSQL's server (initdb and postgres)";
  if (process.getuid?.() === 0 && serverUser() === null) return "the user postgres";
  return undefined;
}

/** Whether the server's own programs, such as pg_dump, are beside it: another version's refuse it. */
export const hasPostgresTools: boolean = existsSync(join(binaries ?? "", "pg_dump"));

/** Runs a shell's line with the server's own programs. */
export function runTool(line: string): void {
  const path = [binaries, process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path };
  const { status, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", env });
  if (status !== 0) throw new Error(`${line}: ${stderr}`);
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "tmt-pg-"));
  // Its own user has to get in.
  chmodSync(folder, 0o777);
  const data = join(folder, "d");
  initialize(data);
  writeFileSync(join(data, "pg_hba.conf"), options.access ?? OPEN);
  const tls = options.certificate ? keepCertificate(data, options.certificate) : [];
  const port = await freePort();
  const settings = [
    ...THROW_AWAY,
    ...[
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=${folder}`,
      "log_min_messages=fatal",
      // As from version 14 on.
      "password_encryption=scram-sha-256",
    ],
    ...tls,
  ].flatMap((setting) => ["-c", setting]);
  let child: ChildProcess | null = null;
  const run = (database: string, sql: string) =>
    runAs(`postgres:///${database}?host=${folder}&port=${port}&user=${ADMINISTRATOR}`, sql);
  const start = async () => {
    rmSync(join(data, "postmaster.pid"), { force: true });
    child = spawn(join(binaries ?? "", "postgres"), ["-D", data, "-p", `${port}`, ...settings], {
      ...serverUser(),
      stdio: "ignore",
    });
    await ready(() => run("postgres", "SELECT 1"));
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  let databases = 0;
  await start();
  return {
    port,
    run,
    start,
    createDatabase: async () => {
      databases += 1;
      await run("postgres", `CREATE DATABASE history${databases}`);
      return `postgres://${ADMINISTRATOR}@127.0.0.1:${port}/history${databases}`;
    },
    // SIGQUIT is its immediate shutdown: nothing is finished, and it recovers at the next start.
    kill: () => end("SIGQUIT"),
    freeze: () => signalAll(child, "SIGSTOP"),
    thaw: () => signalAll(child, "SIGCONT"),
    stop: async () => {
      signalAll(child, "SIGCONT");
      await end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The folder that TMT_POSTGRES_BIN names, else the newest of Debian's, which are off PATH, else one of PATH.
 * @throws Error where the one that is named has no server: tests mustn't be skipped then.
 */
function foundBinaries(): string | null {
  const { TMT_POSTGRES_BIN: named, PATH = "" } = process.env;
  if (named !== undefined) {
    if (hasServer(named)) return named;
    throw new Error(`TMT_POSTGRES_BIN: there is no initdb and postgres in ${named}`);
  }
  const versionOf = (folder: string) => Number(folder.split("/").at(-2));
  const packaged = globSync("/usr/lib/postgresql/*/bin").toSorted(
    (left, right) => versionOf(right) - versionOf(left),
  );
  return [...packaged, ...PATH.split(delimiter)].find(hasServer) ?? null;
}

function hasServer(folder: string): boolean {
  return folder !== "" && ["initdb", "postgres"].every((one) => existsSync(join(folder, one)));
}

type Identity = { readonly uid?: number; readonly gid?: number };

/** PostgreSQL refuses to run as root: then it is user postgres. Null where there is none. */
function serverUser(): Identity | null {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ["-u", "-g"].map((flag) =>
    Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout.trim() || "NaN"),
  );
  return uid && gid ? { uid, gid } : null;
}

function keepCertificate(
  data: string,
  { certificate, key }: NonNullable<PostgresOptions["certificate"]>,
): readonly string[] {
  const keyFile = join(data, "own.key");
  writeFileSync(join(data, "own.crt"), certificate);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const user = serverUser();
  if (user?.uid && user.gid) chownSync(keyFile, user.uid, user.gid);
  return ["ssl=on", "ssl_cert_file=own.crt", "ssl_key_file=own.key"];
}

function initialize(data: string): void {
  const words = [
    "-D",
    data,
    "-U",
    ADMINISTRATOR,
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
  ];
  const { status, stderr } = spawnSync(join(binaries ?? "", "initdb"), words, {
    ...serverUser(),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
}

async function runAs(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows ?? [];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ready(isReady: () => Promise<unknown>): Promise<void> {
  for (let poll = 1; ; poll += 1) {
    try {
      await isReady();
      return;
    } catch (error) {
      if (poll === POLLS_MAX) throw error;
      await delay(20);
    }
  }
}

/** The children too: each connection is one. */
function signalAll(child: ChildProcess | null, signal: NodeJS.Signals): void {
  const pid = child?.pid;
  if (pid === undefined) return;
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", `${pid}`], { encoding: "utf8" });
  const children = stdout.split("\n").map(Number).filter(Boolean);
  for (const one of [pid, ...children]) {
    try {
      process.kill(one, signal);
    } catch (error) {
      // A connection that ended just now is no process any more.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
