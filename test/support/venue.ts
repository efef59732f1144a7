import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { decimal } from "../../src/core/money.ts";
import { openSyntheticFeed } from "../../src/paper/feed/synthetic-feed.ts";
import { openPracticeServer, type PracticeServer } from "../../src/paper/v20-server/server.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { readLog, type User, type WireTransaction } from "./program.ts";

/** OANDA's ids of practice accounts begin with 101, those of live ones with 001. */
export const PRACTICE_ACCOUNT = "101-001-1000001-001";
export const LIVE_ACCOUNT = "001-001-1000001-001";

/** A practice server in the test's own process: it tells what reached it, and fails when told to. */
export type Venue = {
  readonly url: string;
  readonly token: string;
  readonly account: string;
  /** `METHOD /path` of every request it answered, oldest first. */
  readonly requests: readonly string[];
  readonly faultNext: PracticeServer["faultNext"];
  log(): Promise<readonly WireTransaction[]>;
};

const open: PracticeServer[] = [];

afterAll(() => Promise.all(open.map((server) => server.close())));

export type VenueOptions = { readonly account?: string; readonly token?: string };

export async function openVenue({
  account = PRACTICE_ACCOUNT,
  token = "token-of-the-test",
}: VenueOptions = {}): Promise<Venue> {
  const requests: string[] = [];
  const server = await openPracticeServer({
    host: "127.0.0.1",
    port: 0,
    token,
    feed: openSyntheticFeed({ seed: 1, hours: "always" }),
    clock: systemClock,
    accounts: [{ id: account, currency: "USD", balance: decimal("100000"), region: "US" }],
    onRequest: ({ method, target }) => requests.push(`${method} ${target}`),
  });
  open.push(server);
  const { url, faultNext } = server;
  return { url, token, account, requests, faultNext, log: () => readLog(url, token, account) };
}

/** Requests that place or close something. */
export function ordersSent({ requests }: Pick<Venue, "requests">): readonly string[] {
  return requests.filter((request) => !request.startsWith("GET "));
}

type Server = { readonly url: string; readonly token: string };

/** Adds `oanda`, a connection to a practice server, with its token in the encrypted file. */
export async function connectOanda(user: User, server: Server, words = ""): Promise<void> {
  const added = await user.run(
    `connect add oanda --host ${server.url} --token-stdin --store file ${words}`,
    { stdin: server.token },
  );
  if (added.code !== 0) throw new Error(`connect add: ${added.stderr}`);
}

type Place = Pick<Venue, "url" | "account">;

/** The configuration of a user whose connection `main` is live: real money, on a loopback server. */
export function configureLive(user: User, place: Place): void {
  configure(user, connectionText("main", "live", place));
}

/**
 * Configures `oanda`, whose token comes from the environment: none is to be decrypted for each command. `first` stands
 * before it.
 */
export function configureOanda(user: User, place: Place, first = ""): void {
  configure(user, `${first}${connectionText("oanda", "practice", place)}`);
}

function connectionText(name: string, environment: string, { url, account }: Place): string {
  return `[connections.${name}]
broker = "oanda"
environment = "${environment}"
host = "${url}"
credential_store = "file"

[[connections.${name}.accounts]]
id = "${account}"
currency = "USD"
`;
}

function configure({ home }: User, config: string): void {
  writeFileSync(join(home, "config.toml"), config, { mode: 0o600 });
}
