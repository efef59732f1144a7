import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import pg from "pg";
import { Failure } from "../../core/failures.ts";
import type { ServerAddress } from "./server-address.ts";

export type Row = Readonly<Record<string, unknown>>;

/** One connection to the server, with a session of its own there: statements follow each other. */
export interface Session {
  /** Whether something stands between here and the server that speaks for many clients. */
  readonly isPooled?: boolean;
  query<R = Row>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly R[] }>;
  /** What was begun and not committed is undone, and its locks are free. */
  end(): Promise<void>;
}

export type OpenSession = () => Promise<Session>;

/** A server that is gone without a word is noticed after so long. */
const ANSWER_TIMEOUT_MS = 120_000;
const GOODBYE_MS = 1_000;

/**
 * Commits are on the server's disk when they return, unless its administrator wants even more; another's work is waited
 * for as long as in SQLite; and the server notices within a minute that a computer with a session is gone. Set by a
 * statement, for poolers take no such parameters of a connection.
 */
const GREETING = `SELECT current_setting('server_encoding') AS encoding, pg_backend_pid() AS process,
  CASE WHEN current_setting('synchronous_commit') = 'off'
    THEN set_config('synchronous_commit', 'on', false) END,
  set_config('lock_timeout', '5s', false),
  set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),
  set_config('tcp_keepalives_count', '3', false)`;

export type SessionOptions = {
  /** Asked for only when the server wants one. */
  readonly password: () => Promise<string>;
  /** Ends what is under way, a moment after it is aborted: a server that hangs holds nobody up. */
  readonly signal: AbortSignal;
};

/** @throws an error of the network's, of TLS or the server. */
export async function openSession(
  address: ServerAddress,
  { password, signal }: SessionOptions,
): Promise<Session> {
  signal.throwIfAborted();
  const socket = endingWith(signal);
  const client = new pg.Client({
    stream: () => socket,
    host: address.host,
    port: address.port,
    user: address.user,
    database: address.database,
    password,
    ssl: tlsOptions(address),
    application_name: "tmt-broker",
    connectionTimeoutMillis: address.connectTimeoutMs,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
  });
  // Whoever asks next hears of it; without a listener the process would end.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Greeted>(GREETING);
    if (rows[0]?.encoding !== "UTF8") throw encodingFailure(address, rows[0]?.encoding);
    return {
      // A pooler names its client to itself, not a process of the server's.
      isPooled: Reflect.get(client, "processID") !== rows[0]?.process,
      query: (sql, values) => client.query<never>(sql, values && [...values]),
      end: () => ended(client, socket),
    };
  } catch (error) {
    await ended(client, socket);
    throw error;
  }
}

type Greeted = { readonly encoding: string; readonly process: number };

function endingWith(signal: AbortSignal): Socket {
  const socket = new Socket();
  const end = () => {
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
  };
  signal.addEventListener("abort", end, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", end));
  return socket;
}

/** A connection that is broken already has nothing to end, and a server that hangs isn't waited for. */
async function ended(client: pg.Client, socket: Socket): Promise<void> {
  const last = setTimeout(() => socket.destroy(), GOODBYE_MS);
  await client.end().catch(() => undefined);
  clearTimeout(last);
}

function tlsOptions(address: ServerAddress): false | ConnectionOptions {
  const { tls, host, rootCertificate, certificate, key } = address;
  if (tls === "disable") return false;
  const isName = tls === "verify-full";
  return {
    // As with libpq, a file of signers is there to be used, also with `require`.
    rejectUnauthorized: tls !== "require" || rootCertificate !== null,
    checkServerIdentity: (_, found) => (isName ? checkServerIdentity(host, found) : undefined),
    ...(rootCertificate === null ? {} : { ca: contentOf(rootCertificate) }),
    ...(certificate === null ? {} : { cert: contentOf(certificate) }),
    ...(key === null ? {} : { key: contentOf(key) }),
  };
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure("CONFIG_INVALID", `The certificate or key ${file} can't be read.`, {
      hint: "Check sslrootcert, sslcert and sslkey of history.database, and PGSSLROOTCERT, PGSSLCERT and PGSSLKEY.",
      cause: error,
    });
  }
}

function encodingFailure({ name }: ServerAddress, encoding = "unknown"): Failure {
  return new Failure(
    "CONFIG_INVALID",
    `The database ${name} keeps texts as ${encoding}, which can't hold all of them. Nothing was kept.`,
    { hint: "Make one with: createdb -E UTF8 -T template0 NAME" },
  );
}
