import { describe, expect, it } from "vitest";
import { addMs, type Instant, instantFromMs } from "../../../src/core/time.ts";
import type { Transaction } from "../../../src/core/transaction.ts";
import type { Broker } from "../../../src/ports/broker.ts";
import { failureOf, serveHttp } from "../../resilience/loopback.ts";
import { A, openScripted, type Scripted } from "./scripted-oanda.ts";

const DAY_MS = 86_400_000;
const FROM = instantFromMs(Date.UTC(2026, 0, 1));
const LIST = `GET ${A}/transactions`;
const RANGE = `GET ${A}/transactions/idrange`;

const entries = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    id: `${from + index}`,
    time: `${from + index}.5`,
    type: "TRANSFER_FUNDS",
    amount: "1",
  }));
const page = (from: number, to: number) => ({
  body: { transactions: entries(from, to), lastTransactionID: "9999" },
});
const url = (from: number, to: number, host = "https://api-fxtrade.oanda.com") =>
  `${host}${A}/transactions/idrange?from=${from}&to=${to}`;

async function read(broker: Broker, to: Instant = addMs(FROM, DAY_MS)) {
  const pages: string[][] = [];
  for await (const each of broker.transactionPages({ from: FROM, to })) {
    pages.push(each.map(({ id }) => id));
  }
  return pages;
}

async function readScripted(list: object, ...pages: readonly Scripted[]) {
  const { broker, seen } = await openScripted({ [LIST]: { body: list }, [RANGE]: pages });
  return { pages: read(broker), asked: () => seen.map(({ path }) => path.slice(A.length)) };
}

const ids = (from: number, to: number) => entries(from, to).map(({ id }) => id);

describe("history by time", () => {
  it("comes page by page, oldest first", async () => {
    const list = { count: 5, pages: [url(8, 9), url(5, 7)] };
    const { pages, asked } = await readScripted(list, page(5, 7), page(8, 9));
    expect(await pages).toEqual([ids(5, 7), ids(8, 9)]);
    expect(asked()).toEqual([
      "/transactions?from=2026-01-01T00%3A00%3A00.000000000Z&to=2026-01-02T00%3A00%3A00.000000000Z&pageSize=1000",
      "/transactions/idrange?from=5&to=7",
      "/transactions/idrange?from=8&to=9",
    ]);
  });

  it("HT-05 goes to the connection's own host, whatever host a page names", async () => {
    const stranger = await serveHttp(() => expect.unreachable());
    const list = { count: 1, pages: [url(5, 5, stranger.origin)] };
    const { pages } = await readScripted(list, page(5, 5));
    expect(await pages).toEqual([["5"]]);
    await stranger.close();
  });

  it("HT-10 of nothing has no page", async () => {
    expect(await (await readScripted({ count: 0, pages: [] })).pages).toEqual([]);
    expect(await (await readScripted({ count: 0 })).pages).toEqual([]);
  });

  it("HT-10 tells what overlapping pages have in common once", async () => {
    const list = { count: 5, pages: [url(5, 8), url(7, 9)] };
    const { pages } = await readScripted(list, page(5, 8), page(7, 9));
    expect(await pages).toEqual([ids(5, 8), ["9"]]);
  });

  it("carries an order's labels from one page to the next", async () => {
    const order = {
      id: "5",
      time: "5.5",
      type: "LIMIT_ORDER",
      clientExtensions: { id: "tmt-1", tag: "signal=s1;agent=trend" },
    };
    const cancel = {
      id: "6",
      time: "6.5",
      type: "ORDER_CANCEL",
      orderID: "5",
      reason: "CLIENT_REQUEST",
    };
    const answer = (entry: object) => ({ body: { transactions: [entry], lastTransactionID: "6" } });
    const { broker } = await openScripted({
      [LIST]: { body: { count: 2, pages: [url(5, 5), url(6, 6)] } },
      [RANGE]: [answer(order), answer(cancel)],
    });
    const found: (readonly Transaction[])[] = [];
    const span = { from: FROM, to: addMs(FROM, DAY_MS) };
    for await (const each of broker.transactionPages(span)) found.push(each);
    expect(found[1]).toMatchObject([
      { type: "cancel", signalId: "s1", agent: "trend", clientOrderId: "tmt-1" },
    ]);
  });

  it.each<[string, object, readonly Scripted[]]>([
    ["HT-10 the pages are empty though the count isn't", { count: 500, pages: [] }, []],
    ["HT-10 the count says 500 and 499 come", { count: 500, pages: [url(1, 500)] }, [page(1, 499)]],
    ["HT-10 more come than were counted", { count: 2, pages: [url(1, 3)] }, [page(1, 3)]],
    [
      "HT-10 a page is missing",
      { count: 3, pages: [url(1, 3)] },
      [{ status: 404, body: { errorMessage: "x" } }],
    ],
    ["HT-10 a page has no ids", { count: 3, pages: ["https://x/idrange?from=a"] }, []],
    ["HT-08 the count is no number", { count: "many", pages: [] }, []],
    ["HT-01 a page is a web page", { count: 3, pages: [url(1, 3)] }, [{ body: "<html>" }]],
  ])("isn't complete when %s, and says so", async (_what, list, answers) => {
    const { pages } = await readScripted(list, ...answers);
    const failure = await failureOf(pages);
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
    expect(failure.message).toMatch(/isn't complete|can't be read|JSON/);
  });

  it.each([
    [365 * DAY_MS, 1],
    [365 * DAY_MS + 1, 2],
    [800 * DAY_MS, 3],
    [-1, 0],
  ])("of %i ms is asked for in %i parts, none longer than a year", async (spanMs, parts) => {
    const list = { count: 0, pages: [] };
    const { broker, seen } = await openScripted({ [LIST]: { body: list } });
    const to = addMs(FROM, spanMs);
    expect(await read(broker, to)).toEqual([]);
    const spans = seen.map(({ path }) => new URLSearchParams(path.split("?")[1]));
    expect(spans).toHaveLength(parts);
    const begins = spans.map((span) => span.get("from"));
    const ends = spans.map((span) => span.get("to"));
    if (parts > 0) expect([begins[0], ends.at(-1)]).toEqual([FROM, to]);
    expect(begins.slice(1)).toEqual(ends.slice(0, -1));
  });

  it("tells once what happened in the moment where two parts meet", async () => {
    const { broker } = await openScripted({
      [LIST]: [
        { body: { count: 2, pages: [url(5, 6)] } },
        { body: { count: 2, pages: [url(6, 7)] } },
      ],
      [RANGE]: [page(5, 6), page(6, 7)],
    });
    expect(await read(broker, addMs(FROM, 366 * DAY_MS))).toEqual([["5", "6"], ["7"]]);
  });
});
