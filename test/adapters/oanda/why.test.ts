import { expect, it } from "vitest";
import {
  toTransactions,
  toWireTransaction,
} from "../../../src/adapters/oanda/wire-transactions.ts";

function whyOf(parts: Record<string, unknown>) {
  const wire = toWireTransaction({ id: "7", time: "2026-11-18T14:00:55Z", ...parts });
  return toTransactions([wire])[0]?.why;
}

it.each([
  ["MARKET_ORDER", "market"],
  ["MARKET_ORDER_TRADE_CLOSE", "close"],
  ["MARKET_ORDER_POSITION_CLOSEOUT", "close"],
  ["LIMIT_ORDER", "entry"],
  ["STOP_ORDER", "entry"],
  ["MARKET_IF_TOUCHED_ORDER", "entry"],
  ["STOP_LOSS_ORDER", "stop_loss"],
  ["GUARANTEED_STOP_LOSS_ORDER", "stop_loss"],
  ["TAKE_PROFIT_ORDER", "take_profit"],
  ["TRAILING_STOP_LOSS_ORDER", "trailing_stop"],
  ["MARKET_ORDER_MARGIN_CLOSEOUT", "margin_closeout"],
  ["MARKET_ORDER_DELAYED_TRADE_CLOSE", "broker"],
  ["FIXED_PRICE_ORDER_ADMINISTRATIVE_ACTION", "broker"],
])("a fill by %s came from %s", (reason, cause) => {
  expect(whyOf({ type: "ORDER_FILL", reason })).toMatchObject({ cause, brokerCode: reason });
});

it.each([
  ["CLIENT_REQUEST", "requested"],
  ["CLIENT_REQUEST_REPLACED", "replaced"],
  ["LINKED_TRADE_CLOSED", "linked"],
  ["TIME_IN_FORCE_EXPIRED", "expired"],
  ["INSUFFICIENT_MARGIN", "broker"],
  ["A_REASON_OF_TOMORROW", "broker"],
])("a cancellation for %s came from %s", (reason, cause) => {
  expect(whyOf({ type: "ORDER_CANCEL", orderID: "3", reason })?.cause).toBe(cause);
});

it("a cancellation has its reason in words where it is known", () => {
  const parts = { type: "ORDER_CANCEL", orderID: "3" };
  expect(whyOf({ ...parts, reason: "INSUFFICIENT_MARGIN" })?.words).toContain("margin");
  expect(whyOf({ ...parts, reason: "A_REASON_OF_TOMORROW" })?.words).toBeNull();
});

it("BR-05 a stop that was refused after its fill is told apart from one that was asked for", () => {
  const reject = { type: "STOP_LOSS_ORDER_REJECT", tradeID: "6", rejectReason: "X" };
  expect(whyOf({ ...reject, reason: "ON_FILL" })).toMatchObject({
    ...{ cause: "after_fill", brokerCode: "X" },
  });
  expect(whyOf({ ...reject, reason: "CLIENT_ORDER" })).toBeUndefined();
});

it("a margin call is told, and what moves no order has no cause", () => {
  expect(whyOf({ type: "MARGIN_CALL_ENTER" })?.cause).toBe("margin_call");
  expect(whyOf({ type: "DAILY_FINANCING" })).toBeUndefined();
});
