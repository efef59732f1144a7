import { expect, it } from "vitest";
import { decimal, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { failureOf } from "../../resilience/loopback.ts";
import { closeOrder, marketOrder } from "../../support/clear-order.ts";
import { A, fixture, openScripted } from "./scripted-oanda.ts";

const ORDER = marketOrder({ clientOrderId: "tmt-10", units: toUnits(decimal("10000")) });
const SINCE = `GET ${A}/transactions/sinceid`;

/** The log as pages: a list of transactions, and the newest id that the answer names. */
type Page = readonly [transactions: readonly unknown[], last: string];

async function lookUp(request: OrderRequest, since: string, ...pages: readonly Page[]) {
  const { broker, seen } = await openScripted({
    [`GET ${A}/summary`]: { body: { lastTransactionID: pages.at(-1)?.[1] } },
    [SINCE]: pages.map(([transactions, lastTransactionID]) => ({
      body: { transactions, lastTransactionID },
    })),
  });
  const outcome = broker.outcomeOf(request, since);
  return { outcome, asked: () => seen.map((request) => request.path.split("id=")[1]) };
}

function transactionsOf(name: string): unknown[] {
  const envelope = fixture(name);
  return Object.entries(envelope)
    .filter(([key]) => key.endsWith("Transaction"))
    .map(([, value]) => value);
}

const other = (id: number) => ({ id: `${id}`, type: "HEARTBEAT_OF_A_NEW_KIND", time: `${id}.5` });

it.each<[string, { name: string; request: OrderRequest }, object]>([
  ["a fill", { name: "post-order-filled", request: ORDER }, { status: "filled", orderId: "2049" }],
  [
    "a cancellation",
    { name: "post-order-cancelled", request: ORDER },
    { status: "cancelled", rejection: { code: "INSUFFICIENT_MARGIN" } },
  ],
  [
    "a rejection",
    { name: "post-order-rejected", request: ORDER },
    { status: "rejected", rejection: { brokerCode: "UNITS_LIMIT_EXCEEDED" } },
  ],
  [
    "a closed position, by our id",
    {
      name: "put-position-close",
      request: closeOrder({ clientOrderId: "tmt-11", isWhole: true }),
    },
    { status: "filled", closedTradeIds: ["2031"] },
  ],
  [
    "a closed trade, by trade and size",
    {
      name: "put-trade-close",
      request: closeOrder({ tradeId: "2031", units: toUnits(decimal("4000.0")) }),
    },
    { status: "filled", closedTradeIds: ["2031"] },
  ],
  [
    "a wholly closed trade whose size the broker wrote out",
    {
      name: "put-trade-close",
      request: closeOrder({ tradeId: "2031", units: toUnits(decimal("4000")), isWhole: true }),
    },
    { status: "filled" },
  ],
])("HT-07 an order without an answer: the log shows %s", async (_what, given, expected) => {
  const transactions = transactionsOf(given.name);
  const { outcome } = await lookUp(
    given.request,
    "2048",
    [transactions, "2071"],
    [[other(2071)], "2071"],
  );
  expect(await outcome).toMatchObject(expected);
});

it.each<[string, OrderRequest]>([
  ["another id", { ...ORDER, clientOrderId: "tmt-11" }],
  ["another trade", closeOrder({ tradeId: "2032", units: toUnits(decimal("4000")) })],
  ["another part of the trade", closeOrder({ tradeId: "2031", units: toUnits(decimal("4001")) })],
])("an order with %s in the log isn't ours: it never arrived", async (_what, request) => {
  const log = Array.from({ length: 19 }, (_, index) => other(2051 + index));
  const known = [...transactionsOf("post-order-filled"), ...transactionsOf("put-trade-close")];
  const { outcome } = await lookUp(request, "2048", [[...known, ...log], "2071"]);
  expect(await outcome).toBeNull();
});

it("only a whole close is one of ALL", async () => {
  const [created, fill] = transactionsOf("put-trade-close") as [object, object];
  const all = { ...created, tradeClose: { tradeID: "2031", units: "ALL" } };
  const size = { tradeId: "2031", units: toUnits(decimal("4000")) };
  const part = await lookUp(closeOrder(size), "2069", [[all, fill], "2071"]);
  expect(await part.outcome).toBeNull();
  const whole = await lookUp(closeOrder({ ...size, isWhole: true }), "2069", [[all, fill], "2071"]);
  expect(await whole.outcome).toMatchObject({ status: "filled" });
});

it("an order that the log shows without an end is pending", async () => {
  const [created] = transactionsOf("post-order-filled");
  const { outcome } = await lookUp(ORDER, "2048", [[created], "2049"]);
  expect(await outcome).toEqual({ status: "pending", orderId: "2049" });
});

it("HT-10 every page is read, overlapping ones once, until the newest entry is seen", async () => {
  const [created, fill] = transactionsOf("post-order-filled");
  const { outcome, asked } = await lookUp(
    ORDER,
    "2047",
    [[other(2048)], "2050"],
    [[other(2048), created], "2050"],
    [[created, fill], "2050"],
  );
  expect(await outcome).toMatchObject({ status: "filled", orderId: "2049" });
  expect(asked()).toEqual(["2047", "2048", "2049"]);
});

it("NW-09 a log that is behind the account is read once more", async () => {
  const [created, fill] = transactionsOf("post-order-filled");
  const late = await lookUp(ORDER, "2048", [[], "2048"], [[created, fill], "2050"]);
  expect(await late.outcome).toMatchObject({ status: "filled", orderId: "2049" });
});

it.each<[string, readonly unknown[]]>([
  ["holds nothing of an order", []],
  ["holds an order and not its end", transactionsOf("post-order-filled").slice(0, 1)],
])("NW-09 a log that stays behind the account and %s proves nothing", async (_what, log) => {
  const newest = log.length === 0 ? "2048" : "2049";
  const { broker } = await openScripted({
    [`GET ${A}/summary`]: { body: { lastTransactionID: "2050" } },
    [SINCE]: { body: { transactions: log, lastTransactionID: newest } },
  });
  const failure = await failureOf(broker.outcomeOf(ORDER, "2048"));
  expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: true });
  expect(failure.message).toContain("up to 2050: it proves nothing yet");
});

it("an order is absent when nothing happened since", async () => {
  const { outcome } = await lookUp(ORDER, "2048", [[], "2048"]);
  expect(await outcome).toBeNull();
});

it.each<[string, readonly Page[]]>([
  ["HT-10 a page is empty though more was promised", [[[], "2050"]]],
  [
    "HT-10 fewer entries come than were promised",
    [
      [[other(2049)], "2051"],
      [[], "2051"],
    ],
  ],
  ["HT-11 the newest id goes backwards", [[[], "2040"]]],
  ["HT-11 ids that grow for ever never end", [[[other(2049)], "9".repeat(30)]]],
  ["HT-11 an id has been left out", [[[other(2050)], "2050"]]],
])("%s: that proves nothing, and nothing is concluded", async (_what, pages) => {
  const { outcome } = await lookUp(ORDER, "2048", ...pages);
  const failure = await failureOf(outcome);
  expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: true });
  expect(failure.message).toContain("proves nothing");
});
