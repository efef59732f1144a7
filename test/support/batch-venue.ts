import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { newUser, type Practice, startPractice, type User } from "./program.ts";
import { connectOanda } from "./venue.ts";

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: TOKEN };
const MOST_A_MINUTE = 6000;

/** An entry of the venue's log, as its own documents have it. */
export type LogEntry = {
  readonly id: string;
  readonly type: string;
  readonly orderID?: string;
  readonly instrument?: string;
  readonly units?: string;
  readonly reason?: string;
  readonly tradeOpened?: { readonly tradeID: string };
  readonly tradesClosed?: readonly { readonly tradeID: string }[];
  readonly tradesReduced?: object;
  readonly clientExtensions?: { readonly tag?: string };
};

/** A practice server and a user who may send as many orders a minute as there are. */
export type BatchVenue = {
  readonly user: User;
  readonly practice: Practice;
  /** Shares of requests that fail from now on; none: `{}`. */
  setFaults(rates: Readonly<Record<string, number>>): Promise<void>;
  /** The account's whole log, and the part of it after an entry. */
  log(after?: string): Promise<readonly LogEntry[]>;
  /** Follows what happens from now on, without asking; resolves once it fits. */
  follow(fits: (log: readonly LogEntry[]) => boolean): Promise<Followed>;
  /** The most requests in any one second since they were last counted. */
  maxPerSecond(): Promise<number>;
};

export type Followed = { readonly fitted: Promise<void>; readonly stop: () => void };

export async function openBatchVenue(): Promise<BatchVenue> {
  const practice = await startPractice(`--token ${TOKEN} --region NONE`);
  const user = newUser(SECRETS);
  await connectOanda(user, { url: practice.url, token: TOKEN });
  await user.run(`config set risk.maxOrdersPerMinute ${MOST_A_MINUTE}`);
  const ask = async (path: string, method = "GET", body?: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await fetch(`${practice.url}${path}`, {
      method,
      headers,
      ...(body && { body }),
    });
    return response.json().catch(() => null);
  };
  const account = `/v3/accounts/${practice.accounts[0]}`;
  const log: BatchVenue["log"] = async (after = "0") => {
    const entries: LogEntry[] = [];
    for (let last = after; ; ) {
      const page = Object(await ask(`${account}/transactions/sinceid?id=${last}`)).transactions;
      if (!page?.length) return entries;
      entries.push(...page);
      last = entries.at(-1)?.id ?? last;
    }
  };
  return {
    user,
    practice,
    log,
    setFaults: async (rates) => {
      await ask("/practice/faults", "PUT", JSON.stringify(rates));
    },
    follow: async (fits) => {
      const ending = new AbortController();
      const { body } = await fetch(`${practice.url}${account}/transactions/stream`, {
        headers: { authorization: `Bearer ${TOKEN}` },
        signal: ending.signal,
      });
      const { promise, resolve } = Promise.withResolvers<void>();
      void follow(body as ReadableStream, (entries) => fits(entries) && resolve());
      return { fitted: promise, stop: () => ending.abort() };
    },
    maxPerSecond: async () => {
      const { maxPerSecond } = Object(await ask("/practice/requests"));
      await ask("/practice/requests", "DELETE");
      return maxPerSecond;
    },
  };
}

/** Tells of all entries of a stream so far whenever there is another one, until it ends. */
async function follow(body: ReadableStream, tell: (entries: readonly LogEntry[]) => void) {
  const entries: LogEntry[] = [];
  try {
    for await (const line of createInterface(Readable.fromWeb(body))) {
      const entry: LogEntry = JSON.parse(line);
      if (entry.type === "HEARTBEAT") continue;
      entries.push(entry);
      tell(entries);
    }
  } catch {
    // Nobody follows it any more.
  }
}
