import { once } from "node:events";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { type Instant, instantFromMs } from "../../../src/core/time.ts";
import {
  openPracticeServer,
  type PracticeServer,
  type PracticeServerOptions,
} from "../../../src/paper/v20-server/server.ts";
import { createHandClock, type HandClock } from "./hand-clock.ts";
import { openScriptedFeed, type ScriptedFeed } from "./scripted-feed.ts";

export const TOKEN = "0123456789abcdef-token";
export const ACCOUNT = "101-001-1234567-001";
export const A = `/v3/accounts/${ACCOUNT}`;
/** A Wednesday, an hour after New York's morning began. */
export const START: Instant = instantFromMs(Date.UTC(2026, 10, 18, 14));

export const EURO_ACCOUNT = {
  id: ACCOUNT,
  currency: "EUR",
  balance: decimal("100000"),
  region: "NONE",
} as const;

/** Any JSON that came over the wire; tests look into it freely. */
export type Answer = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly json: Body;
};
export type Body = { readonly [key: string]: Body } & readonly Body[] & string & Lists;
/** The lists that answers consist of; their items may be missing, they themselves not. */
type Lists = {
  readonly [name in
    | "accounts"
    | "homeConversions"
    | "instruments"
    | "orders"
    | "pages"
    | "positions"
    | "prices"
    | "trades"
    | "transactions"]: readonly Body[];
};

export type Practice = {
  readonly server: PracticeServer;
  readonly clock: HandClock;
  readonly feed: ScriptedFeed;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  ask(options: AskOptions): Promise<Answer>;
  stream(path: string, headers?: Record<string, string>): Promise<Stream>;
  /** Sets a price from now on. */
  price(instrument: string, bid: string, ask: string): void;
};

export type AskOptions = {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly token?: string | null;
};

/** A practice server on a free port with prices for three pairs; it closes with the test. */
export async function openPractice(
  options: Partial<PracticeServerOptions> = {},
): Promise<Practice> {
  const clock = createHandClock(START);
  const feed = openScriptedFeed();
  feed.set("EUR_USD", START, { bid: "1.10000", ask: "1.10010" });
  feed.set("GBP_USD", START, { bid: "1.30000", ask: "1.30020" });
  feed.set("USD_JPY", START, { bid: "150.000", ask: "150.010" });
  const server = await openPracticeServer({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    feed,
    clock,
    accounts: [{ id: ACCOUNT, currency: "USD", balance: decimal("100000"), region: "NONE" }],
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(async () => {
    agent.destroy();
    await server.close();
  });
  const ask = (asked: AskOptions) => askServer(server.url, agent, asked);
  const withBody =
    (method: string) =>
    (path: string, body?: unknown, headers = {}) =>
      ask({ method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return {
    server,
    clock,
    feed,
    ask,
    get: (path, headers = {}) => ask({ method: "GET", path, headers }),
    post: withBody("POST"),
    put: withBody("PUT"),
    stream: (path, headers = {}) => openStream(server.url, path, headers),
    price: (instrument, bid, askPrice) => feed.set(instrument, clock.now(), { bid, ask: askPrice }),
  };
}

function start(url: string, asked: AskOptions, agent: Agent | false): ClientRequest {
  const { method, path, body, headers = {}, token = TOKEN } = asked;
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  const outgoing = request(`${url}${path}`, {
    method,
    agent,
    headers: { "Content-Type": "application/json", ...authorization, ...headers },
  });
  outgoing.end(body);
  return outgoing;
}

async function askServer(url: string, agent: Agent, asked: AskOptions): Promise<Answer> {
  const [response] = await responseOf(start(url, asked, agent));
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const text = (response.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString();
  const isJson = response.headers["content-type"] === "application/json";
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: isJson ? readJson(text) : readJson("{}"),
  };
}

function responseOf(outgoing: ClientRequest): Promise<[IncomingMessage]> {
  return once(outgoing, "response") as Promise<[IncomingMessage]>;
}

function readJson(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse("{}");
  }
}

export type Stream = {
  readonly response: IncomingMessage;
  /** The next line; rejects when the stream ends instead. */
  next(): Promise<Body>;
  /** Lines that came and weren't asked for yet. */
  waiting(): number;
  close(): void;
};

async function openStream(
  url: string,
  path: string,
  headers: Record<string, string>,
): Promise<Stream> {
  const [response] = await responseOf(start(url, { method: "GET", path, headers }, false));
  const lines: string[] = [];
  const waiters: PromiseWithResolvers<string>[] = [];
  let rest = "";
  response.on("data", (chunk) => {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      const waiter = waiters.shift();
      if (waiter) waiter.resolve(line);
      else lines.push(line);
    }
  });
  const end = () => {
    for (const waiter of waiters.splice(0)) waiter.reject(new Error("the stream has ended"));
  };
  response.on("error", end).on("close", end);
  return {
    response,
    next: async () => {
      const line = lines.shift();
      if (line !== undefined) return JSON.parse(line);
      if (response.destroyed) throw new Error("the stream has ended");
      const waiter = Promise.withResolvers<string>();
      waiters.push(waiter);
      return JSON.parse(await waiter.promise);
    },
    waiting: () => lines.length,
    close: () => response.destroy(),
  };
}

/** A market order's request body. */
export function market(units: string, more: Record<string, unknown> = {}) {
  return { order: { type: "MARKET", instrument: "EUR_USD", units, ...more } };
}
