import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

/**
 * A Secret Service of its own: a private session bus with gnome-keyring on it, in a fresh folder.
 */
export type SecretService = {
  /** The environment in which programs see it. */
  readonly env: NodeJS.ProcessEnv;
  /** Stops the keyring in its tracks: it takes messages and answers none. */
  freeze(): void;
  thaw(): void;
  /** The value that `secret-tool`, another program, finds for a connection. */
  lookup(connection: string): string;
  stop(): Promise<void>;
};

export type SecretServiceOptions = {
  /** `none` starts the bus without a keyring, and none can be started on it. */
  readonly keyring: "unlocked" | "none";
};

const PROGRAMS = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"];
const POLLS_MAX = 200;

/** What is missing on this computer for it; undefined when nothing is. */
export function missingSecretService(): string | undefined {
  const missing = PROGRAMS.filter((name) => spawnSync("which", [name]).status !== 0);
  if (!hasUserName()) missing.push("a name for this user, which the session bus asks for");
  return missing.length === 0 ? undefined : missing.join(", ");
}

function hasUserName(): boolean {
  try {
    return userInfo().username !== "";
  } catch {
    return false;
  }
}

export async function startSecretService(options: SecretServiceOptions): Promise<SecretService> {
  // mkdtemp makes it 0700, as the keyring demands; the socket's path must stay short.
  const folder = mkdtempSync(join(tmpdir(), "tmt-bus-"));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    XDG_DATA_HOME: join(folder, "data"),
  };
  delete env.DISPLAY;
  const bus = startBus(folder, env);
  const [address] = await once(createInterface(bus.stdout), "line");
  env.DBUS_SESSION_BUS_ADDRESS = String(address);
  const keyring = options.keyring === "none" ? undefined : await startKeyring(env);
  return {
    env,
    freeze: () => keyring?.kill("SIGSTOP"),
    thaw: () => keyring?.kill("SIGCONT"),
    lookup: (connection) =>
      execFileSync("secret-tool", ["lookup", "service", "tmt-broker", "username", connection], {
        env,
        encoding: "utf8",
      }),
    stop: async () => {
      keyring?.kill("SIGCONT");
      for (const child of [keyring, bus]) if (child) await stopped(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * With a configuration of its own: it names no services, so that none is started by asking for
 * it.
 */
function startBus(folder: string, env: NodeJS.ProcessEnv) {
  const config = join(folder, "bus.conf");
  const rules = `<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>`;
  writeFileSync(
    config,
    `<busconfig><type>session</type><listen>unix:path=${folder}/bus</listen>
     <policy context="default">${rules}</policy></busconfig>`,
  );
  const args = ["--nofork", "--print-address=1", `--config-file=${config}`];
  return spawn("dbus-daemon", args, { env, stdio: ["ignore", "pipe", "ignore"] });
}

async function startKeyring(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const args = ["--foreground", "--unlock", "--components=secrets"];
  const keyring = spawn("gnome-keyring-daemon", args, { env, stdio: ["pipe", "ignore", "ignore"] });
  keyring.stdin.end("the login password");
  for (let poll = 0; poll < POLLS_MAX; poll += 1) {
    if (isOnBus(env)) return keyring;
    await delay(25);
  }
  throw new Error("gnome-keyring did not come up");
}

function isOnBus(env: NodeJS.ProcessEnv): boolean {
  const args = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"];
  const question = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"];
  const { stdout } = spawnSync("dbus-send", [...args, ...question], { env, encoding: "utf8" });
  return stdout.includes("boolean true");
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
