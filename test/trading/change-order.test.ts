import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import type { ChangeOrder } from "../../src/core/order-request.ts";
import { addMs } from "../../src/core/time.ts";
import { changeOrder } from "../../src/trading/change-order.ts";
import type { OrderChange } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { anAccount, anOrder, aTrade, NOON } from "../support/market.ts";
import { aFill, EVERYTHING, filled, lost, rejected } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, failureOf, sending, type TestDesk } from "./test-desk.ts";

const price = (text: string) => toPrice(decimal(text));
const units = (text: string) => toUnits(decimal(text));
const LATER = addMs(NOON, 86_400_000);

function aChange(changes: Partial<OrderChange> = {}): OrderChange {
  return {
    price: null,
    units: null,
    stopLoss: "keep",
    isStopGuaranteed: false,
    takeProfit: "keep",
    trailingStop: "keep",
    waiting: null,
    ...changes,
  };
}

/** A desk whose broker holds order 5; the market is at 1.08500/1.08510. */
function holding(order: Partial<Order> = {}): TestDesk {
  const desk = aDesk();
  desk.broker.pendingOrders = [anOrder(order)];
  desk.broker.trades = [aTrade({ stopLoss: price("1.07") })];
  return desk;
}

function change(desk: TestDesk, changes: Partial<OrderChange>, options = sending()) {
  return changeOrder(desk, { id: "5", change: aChange(changes) }, options);
}

async function changed(order: Partial<Order>, changes: Partial<OrderChange>): Promise<ChangeOrder> {
  const desk = holding(order);
  await change(desk, changes);
  const [request] = desk.broker.placed;
  if (request?.kind !== "change") throw new Error("a change was expected");
  return request;
}

describe("a pending entry", () => {
  const full = {
    stopLossDistance: decimal("0.002"),
    takeProfit: price("1.09"),
    trailingStop: decimal("0.003"),
    timeInForce: "GTD",
    expiresAt: LATER,
    reduceOnly: true,
  } as const;

  it("keeps everything that isn't changed", async () => {
    const request = await changed(full, { price: price("1.07500") });
    expect(request).toMatchObject({ orderId: "5", side: "buy", units: units("1000") });
    expect(request.terms).toEqual({
      type: "limit",
      price: price("1.07500"),
      stopLoss: { kind: "distance", distance: decimal("0.002") },
      takeProfit: price("1.09"),
      trailingStop: decimal("0.003"),
      priceBound: null,
      reduceOnly: true,
      timeInForce: "GTD",
      expiresAt: LATER,
    });
  });

  it.each<[string, Partial<OrderChange>, Record<string, unknown>]>([
    ["its units", { units: decimal("500") }, {}],
    ["its time", { waiting: { timeInForce: "GTC", expiresAt: null } }, { timeInForce: "GTC" }],
    ["its stop", { stopLoss: exit("1.06") }, { stopLoss: { kind: "price", price: price("1.06") } }],
    ["its stop, to none", { stopLoss: "remove" }, { stopLoss: null }],
    ["its target", { takeProfit: exit("40p") }, { takeProfit: price("1.07400") }],
    ["its target, to none", { takeProfit: "remove" }, { takeProfit: null }],
    ["its trailing stop", { trailingStop: exit("10p") }, { trailingStop: decimal("0.00100") }],
    ["its trailing stop, to none", { trailingStop: "remove" }, { trailingStop: null }],
    [
      "its stop, to the default",
      { stopLoss: { kind: "default" } },
      { stopLoss: { kind: "distance", distance: decimal("0.0020") } },
    ],
  ])("changes %s", async (_, changes, expected) => {
    const request = await changed(full, changes);
    expect(JSON.parse(JSON.stringify(request.terms))).toMatchObject(
      JSON.parse(JSON.stringify(expected)),
    );
    expect(request.units.toString()).toBe(changes.units?.toString() ?? "1000");
  });

  it("keeps its guarantee and moves its worst price along", async () => {
    const order = {
      type: "stop",
      price: price("1.09"),
      priceBound: price("1.0902"),
      stopLoss: price("1.08"),
      isStopGuaranteed: true,
    } as const;
    const desk = holding(order);
    desk.broker.account = anAccount({ guaranteedStops: "allowed" });
    await change(desk, { price: price("1.091") });
    expect(desk.broker.placed[0]).toMatchObject({
      terms: {
        priceBound: price("1.0912"),
        stopLoss: { kind: "price", isGuaranteed: true },
      },
    });
  });

  it("is reported as waiting under its new id", async () => {
    const desk = holding({ stopLossDistance: decimal("0.002") });
    const { report, preview } = await change(desk, { price: price("1.075") });
    expect(report).toMatchObject({
      status: "pending",
      orderId: "101",
      type: "limit",
      price: "1.07500",
      stopLoss: { price: "1.07300", distancePips: "20" },
      error: null,
    });
    expect(preview.order.orderId).toBe("5");
    const [intent] = await desk.journal.recent("paper", "001", 1);
    expect(intent).toMatchObject({ state: "settled", request: { kind: "change", orderId: "5" } });
  });

  it("that fills at once by it is reported as filled", async () => {
    const desk = holding();
    const fill = aFill({ units: units("1000"), price: price("1.08510") });
    desk.broker.script.place = async () => filled([fill]);
    const { report } = await change(desk, { price: price("1.09") });
    expect(report).toMatchObject({ status: "filled", slippagePips: "0", price: "1.09000" });
  });

  it.each<[string, Partial<Order>, Partial<OrderChange>, string, string]>([
    ["a price too fine", {}, { price: price("1.070005") }, "INVALID_PRICE", "1.07000 and 1.07001"],
    ["a size too fine", {}, { units: decimal("0.5") }, "INVALID_UNITS", "decimals"],
    [
      "a stop price the market has passed",
      { type: "stop", price: price("1.09") },
      { price: price("1.08") },
      "INVALID_PRICE",
      "above the market",
    ],
    [
      "a price below the stop that stays",
      { stopLoss: price("1.06500") },
      { price: price("1.06") },
      "INVALID_PRICE",
      "below the order's price",
    ],
    [
      "a price above the target that stays",
      { takeProfit: price("1.075") },
      { price: price("1.08") },
      "INVALID_PRICE",
      "above the order's price",
    ],
  ])("CI-05 CI-06 is not changed to %s", async (...row) => {
    const [, order, changes, code, words] = row;
    const desk = holding(order);
    const failure = await failureOf(() => change(desk, changes));
    expect(failure).toMatchObject({ code, sent: false });
    expect(`${failure.message} ${failure.hint}`).toContain(words);
    expect(desk.broker.placed).toEqual([]);
  });

  it("P6 isn't changed while trading is halted, and new risk isn't taken while a fate is unknown", async () => {
    const desk = { ...holding(), capabilities: { ...EVERYTHING, arrivalGraceMs: 30_000 } };
    await desk.halts.halt(null, { since: NOON, reason: "enough" });
    const { report } = await change(desk, { units: decimal("1") });
    expect(report.error).toMatchObject({ code: "TRADING_HALTED" });
    await desk.halts.resume(null);
    desk.broker.script.place = () => Promise.reject(lost());
    await placeOrder(desk, aDraft(), sending());
    const failure = await failureOf(() => change(desk, { units: decimal("1") }));
    expect(failure.code).toBe("OUTCOME_UNKNOWN");
  });
});

describe("a pending exit", () => {
  const stop = { type: "stop_loss", side: "sell", tradeId: "7" } as const;
  const trailing = {
    ...stop,
    type: "trailing_stop",
    price: null,
    distance: decimal("0.01"),
  } as const;

  it("is moved to another price", async () => {
    const request = await changed(stop, { price: price("1.07500") });
    expect(request).toMatchObject({
      side: "sell",
      terms: { type: "stop_loss", tradeId: "7", price: price("1.07500"), distance: null },
    });
  });

  it("that trails is given another distance, measured from the market", async () => {
    const request = await changed(trailing, { trailingStop: exit("20p") });
    expect(request.terms).toMatchObject({ type: "trailing_stop", price: null });
    expect(JSON.stringify(request.terms)).toContain('"distance":"0.002"');
    const at = await changed(trailing, { trailingStop: exit("1.08") });
    expect(JSON.stringify(at.terms)).toContain('"distance":"0.005"');
    const kept = await changed(trailing, { waiting: { timeInForce: "GTD", expiresAt: LATER } });
    expect(kept.terms).toMatchObject({ distance: decimal("0.01"), expiresAt: LATER });
  });

  it("is reported with the trade it belongs to", async () => {
    const { report } = await change(holding(stop), { price: price("1.075") });
    expect(report).toMatchObject({
      status: "pending",
      type: "stop_loss",
      side: "sell",
      price: "1.07500",
      tradeIds: ["7"],
      stopLoss: null,
    });
  });

  it.each<[string, Partial<Order>, Partial<OrderChange>, string]>([
    ["a stop at the market", stop, { price: price("1.08500") }, "must be below the market"],
    [
      "a target at the market",
      { ...stop, type: "take_profit" },
      { price: price("1.08500") },
      "must be above the market",
    ],
  ])("CI-06 %s would trigger at once and is refused", async (...row) => {
    const [, order, changes, words] = row;
    const failure = await failureOf(() => change(holding(order), changes));
    expect(failure).toMatchObject({ code: "INVALID_PRICE" });
    expect(failure.message).toContain(words);
  });

  it.each<[Partial<Order>, Partial<OrderChange>, string]>([
    [stop, { units: decimal("1") }, "it has no --units, only --price"],
    [stop, { stopLoss: "remove" }, "it has no --sl, only --price"],
    [stop, { takeProfit: exit("20p"), trailingStop: exit("20p") }, "no --tp, --trailing, only"],
    [trailing, { price: price("1.07") }, "it has no --price, only --trailing"],
    [trailing, { trailingStop: "remove" }, "it has no --no-trailing, only --trailing"],
  ])("%j has no %j", async (order, changes, words) => {
    const failure = await failureOf(() => change(holding(order), changes));
    expect(failure).toMatchObject({ code: "USAGE" });
    expect(failure.message).toContain(words);
    expect(failure.hint).toContain("positions modify 7");
  });
});

describe("an order that can't be changed", () => {
  it("isn't there", async () => {
    const desk = holding();
    const work = () => changeOrder(desk, { id: "99", change: aChange() }, sending());
    expect(await failureOf(work)).toMatchObject({ code: "ORDER_NOT_FOUND" });
  });

  it.each<[Partial<Order>, string]>([
    [{ state: "filled", endedBy: "33" }, "Order 5 was filled (transaction 33)."],
    [{ state: "cancelled", replacedBy: "8", endedBy: "7" }, "Order 5 was replaced by order 8."],
  ])("BR-16 no longer waits, and what became of it is said: %j", async (past, words) => {
    const desk = holding();
    desk.broker.pendingOrders = [];
    desk.broker.pastOrders = [anOrder(past)];
    const failure = await failureOf(() => change(desk, { price: price("1.06") }));
    expect(failure).toMatchObject({ code: "ORDER_NOT_FOUND", sent: false });
    expect(failure.message).toContain(words);
    expect(failure.message).toContain("Nothing was sent.");
  });

  it("is refused by the broker in its own words", async () => {
    const desk = holding();
    desk.broker.script.place = async () => rejected("ORDER_REJECTED", "REPLACING_ORDER_INVALID");
    const { report } = await change(desk, { price: price("1.06") });
    expect(report).toMatchObject({
      status: "rejected",
      error: { code: "ORDER_REJECTED", brokerCode: "REPLACING_ORDER_INVALID" },
    });
  });

  it("is at a broker that changes none", async () => {
    const desk = { ...holding(), capabilities: { ...EVERYTHING, orderChanges: false } };
    const failure = await failureOf(() => change(desk, { price: price("1.06") }));
    expect(failure).toMatchObject({ code: "UNSUPPORTED" });
  });
});
