import type { RequestListener, ServerResponse } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { openOandaConnection } from "../../../src/adapters/oanda/connection.ts";
import { Failure } from "../../../src/core/failures.ts";
import { systemClock } from "../../../src/resilience/system-clock.ts";
import { serveHttp, TOKEN } from "../../resilience/loopback.ts";
import { clearOrder, marketOrder } from "../../support/clear-order.ts";
import { openPractice } from "./practice.ts";
import { A, ACCOUNT, fixture } from "./scripted-oanda.ts";

/** A server whose streams `handler` plays, and a connection whose streams go there and nothing else. */
async function openStreams(handler: RequestListener, rest: RequestListener = handler) {
  const [server, restServer] = [await serveHttp(handler), await serveHttp(rest)];
  const connection = openOandaConnection({
    profile: { environment: "practice", host: restServer.origin, streamHost: server.origin },
    token: TOKEN,
    clock: systemClock,
    version: "1.2.3",
  });
  onTestFinished(async () => {
    await connection.close();
    await Promise.all([server.close(), restServer.close()]);
  });
  return connection.broker(ACCOUNT);
}

/** Every event until the stream ends, or until there are `most`, and why it ended. */
async function collect<T>(
  open: (options: { signal: AbortSignal }) => AsyncIterable<T>,
  most = 100,
) {
  const stop = new AbortController();
  const events: T[] = [];
  try {
    for await (const event of open({ signal: stop.signal })) {
      events.push(event);
      if (events.length >= most) stop.abort();
    }
    return { events: JSON.parse(JSON.stringify(events)), failure: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { events: JSON.parse(JSON.stringify(events)), failure: error };
  }
}

function write(response: ServerResponse, lines: readonly (object | string)[]): void {
  response.writeHead(200, { "content-type": "application/octet-stream" });
  response.flushHeaders();
  for (const line of lines) {
    response.write(typeof line === "string" ? line : `${JSON.stringify(line)}\n`);
  }
}

const [PRICE] = (fixture("get-pricing") as { prices: { instrument: string }[] }).prices.filter(
  ({ instrument }) => instrument === "EUR_USD",
);
const BEAT = { type: "HEARTBEAT", time: "2026-11-18T14:00:55.000000001Z" };
const quoted = (changes: object = {}) => ({ ...PRICE, type: "PRICE", ...changes });

describe("a price stream", () => {
  it("is asked for at the stream host, with the token, and tells quotes and heartbeats", async () => {
    const seen: { url: string | undefined; authorization: string | undefined }[] = [];
    const broker = await openStreams(
      ({ url, headers }, response) => {
        seen.push({ url, authorization: headers.authorization });
        write(response, [quoted(), BEAT, quoted({ instrument: "USD_JPY", tradeable: false })]);
      },
      () => expect.unreachable(),
    );
    const { events } = await collect((o) => broker.streamQuotes(["EUR_USD", "USD_JPY"], o), 3);
    expect(seen).toEqual([
      {
        url: `${A}/pricing/stream?instruments=EUR_USD%2CUSD_JPY&snapshot=true`,
        authorization: `Bearer ${TOKEN.reveal()}`,
      },
    ]);
    expect(events).toEqual([
      {
        type: "quote",
        quote: {
          instrument: "EUR_USD",
          bid: "1.1",
          ask: "1.1001",
          tradeable: true,
          time: "2026-11-18T14:00:50.123456789Z",
          receivedAt: expect.stringMatching(/^\d{4}-.+Z$/),
        },
      },
      { type: "heartbeat", time: "2026-11-18T14:00:55.000000001Z" },
      {
        type: "quote",
        quote: expect.objectContaining({ instrument: "USD_JPY", tradeable: false }),
      },
    ]);
  });

  it("ST-03 is read line by line, however the bytes come, and passes over what it doesn't know", async () => {
    const text = `${JSON.stringify(quoted())}\r\n\n${JSON.stringify({ type: "NEWS", text: "ä" })}\n`;
    const broker = await openStreams((_request, response) => {
      const bytes = Buffer.from(text + JSON.stringify(BEAT));
      write(response, []);
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
      response.end("\n");
    });
    const { events, failure } = await collect((o) => broker.streamQuotes(["EUR_USD"], o));
    expect(events.map((event: { type: string }) => event.type)).toEqual(["quote", "heartbeat"]);
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: true });
  });

  it("a price without any offer is none", async () => {
    const empty = { bids: [], asks: [], closeoutBid: null, closeoutAsk: null };
    const broker = await openStreams((_q, response) => write(response, [quoted(empty), BEAT]));
    const { events } = await collect((o) => broker.streamQuotes(["EUR_USD"], o), 1);
    expect(events).toMatchObject([{ type: "heartbeat" }]);
  });

  it("is told to stop in the middle of what has come, and stops", async () => {
    const many = Array.from({ length: 50 }, () => quoted());
    const broker = await openStreams((_q, response) => write(response, many));
    const { events, failure } = await collect((o) => broker.streamQuotes(["EUR_USD"], o), 2);
    expect(events).toHaveLength(2);
    expect(failure).toBeNull();
  });

  it.each<[string, string]>([
    ["NW-01 a web page", "<html>\n<body>Log in</body>\n"],
    ["ST-03 a garbled line", '{"type":"PRICE","instru\n'],
    ["ST-03 bytes that aren't text", "\xff\n"],
    ["HT-08 a price that is none", `${JSON.stringify(quoted({ bids: [{ price: "low" }] }))}\n`],
    ["HT-08 a heartbeat without a time", '{"type":"HEARTBEAT"}\n'],
  ])("%s ends it, told apart from a quiet market", async (_what, text) => {
    const broker = await openStreams((_request, response) => {
      write(response, []);
      response.write(Buffer.from(text, "latin1"));
    });
    const { failure } = await collect((o) => broker.streamQuotes(["EUR_USD"], o));
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
  });

  it.each<[number, unknown, string]>([
    [401, fixture("error-insufficient-authorization"), "CREDENTIALS_INVALID"],
    [403, {}, "PERMISSION_DENIED"],
    [404, {}, "ACCOUNT_NOT_FOUND"],
    [429, "", "RATE_LIMITED"],
    [503, "<html>", "BROKER_UNAVAILABLE"],
    [307, "", "BROKER_UNAVAILABLE"],
  ])("that is refused with %i says so", async (status, body, code) => {
    const broker = await openStreams((_request, response) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      response.writeHead(status, { location: "http://127.0.0.1:1/" }).end(text);
    });
    const { failure } = await collect((o) => broker.streamQuotes(["EUR_USD"], o));
    expect(failure).toMatchObject({ code, sent: false });
  });

  it("names the instrument that the broker doesn't know", async () => {
    const refused = JSON.stringify({ errorMessage: "Invalid value specified for 'instruments'" });
    const broker = await openStreams(
      (_request, response) => response.writeHead(400).end(refused),
      (_request, response) => response.end(JSON.stringify(fixture("get-account-instruments"))),
    );
    for (const names of [["EUR_USD", "EUR_XXX"], ["EUR,XXX"]]) {
      const { failure } = await collect((o) => broker.streamQuotes(names, o));
      expect(failure).toMatchObject({ code: "INSTRUMENT_NOT_FOUND", sent: false });
      expect(failure?.message).toMatch(/EUR.XXX/);
    }
  });

  it("of nothing isn't opened", async () => {
    const broker = await openStreams(() => expect.unreachable());
    const { failure } = await collect((o) => broker.streamQuotes([], o));
    expect(failure).toMatchObject({ code: "USAGE" });
  });
});

describe("a transaction stream", () => {
  const { orderCreateTransaction: created, orderFillTransaction: filled } = fixture(
    "post-order-filled",
  ) as { orderCreateTransaction: object; orderFillTransaction: object };
  const beat = { ...BEAT, lastTransactionID: "2051" };

  it("tells each transaction once and in order, with the labels of orders seen before", async () => {
    const sold = { ...filled, id: "2051", tradeOpened: undefined };
    const broker = await openStreams((_request, response) =>
      write(response, [created, filled, created, filled, sold, beat]),
    );
    const { events } = await collect((o) => broker.streamTransactions(o), 4);
    expect(events).toMatchObject([
      { type: "transaction", transaction: { id: "2049", type: "order", signalId: "s1" } },
      { type: "transaction", transaction: { id: "2050", type: "fill", agent: "trend" } },
      { type: "transaction", transaction: { id: "2051", type: "fill", signalId: "s1" } },
      { type: "heartbeat", time: BEAT.time, lastTransactionId: "2051" },
    ]);
  });

  it("tells kinds that are new, and amounts to the last digit", async () => {
    const fund = `{"id":"9","time":"1.5","type":"TRANSFER_FUNDS","amount":12345678901234567.89}\n`;
    const broker = await openStreams((_request, response) =>
      write(response, [
        { id: "8", time: "1.5", type: "BRAND_NEW_KIND" },
        { note: "?" },
        "7\n",
        fund,
      ]),
    );
    const { events } = await collect((o) => broker.streamTransactions(o), 2);
    expect(events).toMatchObject([
      { transaction: { id: "8", type: "other", brokerType: "BRAND_NEW_KIND" } },
      { transaction: { id: "9", type: "funding", amount: "12345678901234567.89" } },
    ]);
  });

  it("with a transaction that can't be read ends: it must not be missed", async () => {
    const broken = { ...filled, accountBalance: "much" };
    const broker = await openStreams((_request, response) => write(response, [broken]));
    const { failure } = await collect((o) => broker.streamTransactions(o));
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
    expect(failure?.message).toContain("transaction 2050");
  });
});

describe.each(["node", "undici"] as const)("streams of a practice server over %s", (transport) => {
  it("tell the price of now, and what happens to the account", async () => {
    const { broker, close } = await openPractice(transport);
    onTestFinished(close);
    const [stopQuotes, stopEntries] = [new AbortController(), new AbortController()];
    const quotes = broker.streamQuotes(["EUR_USD"], { signal: stopQuotes.signal });
    const first = await quotes[Symbol.asyncIterator]().next();
    const now = (await broker.quotes(["EUR_USD"])).quotes[0];
    expect(first.value).toMatchObject({ type: "quote", quote: { bid: now?.bid, ask: now?.ask } });
    stopQuotes.abort();

    const { lastTransactionId: since } = (await broker.state()).account;
    const entries = broker
      .streamTransactions({ signal: stopEntries.signal })
      [Symbol.asyncIterator]();
    const next = entries.next();
    const place = () => broker.place(clearOrder(marketOrder()), stopEntries);
    await place();
    const event = await Promise.race([
      next,
      systemClock
        .sleep(2_000)
        .then(place)
        .then(() => next),
    ]);
    if (event.value?.type !== "transaction") throw new Error("no transaction came");
    const { transaction } = event.value;
    expect(BigInt(transaction.id)).toBeGreaterThan(BigInt(since));
    const [logged] = await broker.transactionsSince(`${BigInt(transaction.id) - 1n}`);
    expect(JSON.stringify(transaction)).toBe(JSON.stringify(logged));
    stopEntries.abort();
    expect(await entries.next()).toMatchObject({ done: true });
  });
});
