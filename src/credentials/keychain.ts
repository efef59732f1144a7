import { Failure } from "../core/failures.ts";
import { Secret } from "../core/secret.ts";
import type { Clock } from "../ports/clock.ts";
import type { CredentialStore } from "../ports/credential-store.ts";

export const KEYCHAIN_SERVICE = "tmt-broker";
const TIMEOUT_MS = 10_000;
const ELSEWHERE =
  "Without a keychain: --store file with TMT_BROKER_PASSPHRASE, or TMT_BROKER_TOKEN for one run.";

export type KeychainOptions = {
  readonly clock: Clock;
  readonly timeoutMs?: number;
  /** Called when an answer is given up on: a thread of the process still waits for it. */
  readonly onAbandoned?: () => void;
};

type Entry = InstanceType<typeof import("@napi-rs/keyring").AsyncEntry>;

/** The operating system's keychain: one item per connection, service `tmt-broker`. */
export function openKeychain(options: KeychainOptions): CredentialStore {
  const ask = <T>(connection: string, call: (entry: Entry) => Promise<T>) =>
    withinTime(options, async () => call(await openEntry(connection)));
  return {
    name: "keychain",
    read: async (connection) => {
      const password = await ask(connection, (entry) => entry.getPassword());
      return password === null ? null : new Secret(password);
    },
    write: (connection, secret) => ask(connection, (entry) => entry.setPassword(secret.reveal())),
    remove: (connection) => ask(connection, (entry) => entry.deletePassword()),
  };
}

/**
 * Makes `process.exit` leave although a thread still waits for the keychain: Node joins its
 * threads, and a prompt may stay open for hours. The process image is replaced by one that only
 * exits with the same code.
 */
export function exitWithoutKeychain(): void {
  process.once("exit", (code) => {
    if (process.platform === "win32" || process.execve === undefined) return;
    process.execve("/bin/sh", ["sh", "-c", `exit ${code}`], {});
  });
}

/**
 * On Linux pinned to the Secret Service: the library's own choice may be a keyring that a reboot
 * empties.
 */
async function openEntry(connection: string): Promise<Entry> {
  const { AsyncEntry } = await import("@napi-rs/keyring");
  return new AsyncEntry(KEYCHAIN_SERVICE, connection, { linux: { store: "secret-service" } });
}

async function withinTime<T>(options: KeychainOptions, work: () => Promise<T>): Promise<T> {
  const { clock, timeoutMs = TIMEOUT_MS, onAbandoned = exitWithoutKeychain } = options;
  const timer = new AbortController();
  const expiry = clock.sleep(timeoutMs, timer.signal).then(
    () => "expired" as const,
    () => "stopped" as const,
  );
  try {
    const answer = await Promise.race([work().then((value) => ({ value })), expiry]);
    if (typeof answer === "object") return answer.value;
    onAbandoned();
    throw unavailable(`didn't answer within ${timeoutMs / 1000} seconds`, PROMPT_HINT);
  } catch (error) {
    throw error instanceof Failure ? error : keychainFailure(error);
  } finally {
    timer.abort();
  }
}

const PROMPT_HINT = "A prompt may be waiting on your screen: answer it, then try again.";

/** The library tells its errors apart by their words only. */
const KNOWN_ERRORS: readonly (readonly [RegExp, string, string])[] = [
  [/did not receive a reply/i, "didn't answer", PROMPT_HINT],
  [
    /prompt was dismissed|\blocked|islocked|user interaction is not allowed/i,
    "is locked",
    "Unlock it (log in to the desktop, or open its keyring program), then try again.",
  ],
  [
    /denied|not permitted|not allowed|cancell?ed/i,
    "denied access",
    "Allow tmt-broker in the keychain's settings, then try again.",
  ],
  [
    /dbus|d-bus|session bus|\.service files|failed to connect/i,
    "can't be reached: there is no session bus with a Secret Service",
    "That is usual under cron, ssh and in containers.",
  ],
  [/cannot find|module|binding|dlopen/i, "isn't supported on this system", ""],
];

/** The failure that an error of the keychain library amounts to. */
export function keychainFailure(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const [, state, advice] = KNOWN_ERRORS.find(([pattern]) => pattern.test(text)) ?? [];
  return unavailable(state ?? `failed (${text.slice(0, 200)})`, advice ?? "", error);
}

function unavailable(state: string, advice: string, cause?: unknown): Failure {
  const message = `The keychain ${state}. Nothing was sent or stored.`;
  const hint = `${advice} ${ELSEWHERE}`.trim();
  return new Failure("CREDENTIAL_STORE_UNAVAILABLE", message, { hint, retryable: true, cause });
}
