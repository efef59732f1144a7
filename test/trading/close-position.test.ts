import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, toUnits } from "../../src/core/money.ts";
import type { CloseOrder } from "../../src/core/order-request.ts";
import { addMs } from "../../src/core/time.ts";
import type { Trade } from "../../src/core/trade.ts";
import {
  allTargets,
  type ClosePortion,
  closePosition,
  findTarget,
} from "../../src/trading/close-position.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { AAPL, EUR_USD, INSTRUMENTS } from "../support/instruments.ts";
import { anOrder, aTrade, NOON } from "../support/market.ts";
import { EVERYTHING, lost } from "../support/scripted-broker.ts";
import { aDesk, aDraft, failureOf, sending, type TestDesk } from "./test-desk.ts";

const units = (text: string) => toUnits(decimal(text));
const ALL: ClosePortion = { kind: "all" };
const some = (text: string): ClosePortion => ({ kind: "units", units: decimal(text) });
const percent = (text: string): ClosePortion => ({ kind: "percent", percent: decimal(text) });

const TRADES = [
  aTrade({ id: "7", units: units("1000") }),
  aTrade({ id: "9", units: units("501") }),
  aTrade({ id: "11", instrument: "GBP_USD", direction: "short", units: units("300") }),
];

function holding(trades: readonly Trade[] = TRADES): TestDesk {
  const desk = aDesk();
  desk.broker.trades = trades;
  return desk;
}

async function close(desk: TestDesk, text: string, portion: ClosePortion) {
  const target = await findTarget(desk, text);
  return closePosition(desk, target, { ...sending(), portion });
}

async function closed(text: string, portion: ClosePortion, desk = holding()): Promise<CloseOrder> {
  await close(desk, text, portion);
  const [order] = desk.broker.placed;
  if (order?.kind !== "close") throw new Error("a close was expected");
  return order;
}

describe("what is closed", () => {
  it.each(["EUR_USD", "eurusd", "EUR/USD"])("CI-10 %s is the whole position", async (text) => {
    expect(await closed(text, ALL)).toMatchObject({
      instrument: "EUR_USD",
      side: "sell",
      tradeId: null,
      isWhole: true,
      units: units("1501"),
    });
  });

  it("a short position is closed by buying", async () => {
    const desk = holding();
    desk.broker.quote = { ...desk.broker.quote, instrument: "GBP_USD" };
    expect(await closed("GBP_USD", ALL, desk)).toMatchObject({ side: "buy", units: units("300") });
  });

  it("a trade id is that trade alone", async () => {
    const order = await closed("9", ALL);
    expect(order).toMatchObject({ tradeId: "9", isWhole: true, units: units("501") });
  });

  it("everything is one target for each position", async () => {
    const targets = await allTargets(holding());
    expect(targets.map(({ position }) => position.instrument)).toEqual(["EUR_USD", "GBP_USD"]);
    expect(await allTargets(holding([]))).toEqual([]);
  });

  it("an unknown name is refused with what is open", async () => {
    const desk = holding();
    const failure = await failureOf(() => findTarget(desk, "AUD_USD"));
    expect(failure).toMatchObject({ code: "POSITION_NOT_FOUND", sent: false });
    expect(failure.message).toContain("Nothing was sent.");
    expect(failure.hint).toBe("Open positions: EUR_USD, GBP_USD.");
    const none = await failureOf(() => findTarget(holding([]), "10"));
    expect(none.hint).toBe("There is no open position.");
  });
});

describe("how much", () => {
  it.each([
    [some("1501"), "1501", true],
    [some("1500"), "1500", false],
    [percent("100"), "1501", true],
    [percent("150"), "1501", true],
    [percent("50"), "750", false],
    [percent("33.3"), "499", false],
    [percent("0.1"), "1", false],
  ])("%j of 1501 units is %s", async (portion, expected, isWhole) => {
    expect(await closed("EUR_USD", portion)).toMatchObject({ units: units(expected), isWhole });
  });

  it("a percentage that is less than one step is refused", async () => {
    const failure = await failureOf(() => close(holding(), "EUR_USD", percent("0.05")));
    expect(failure).toMatchObject({ code: "INVALID_UNITS", sent: false });
    expect(failure.message).toContain("0.05 % of 1501 units");
  });

  it.each([
    ["EUR_USD", "1502", "The EUR_USD position holds 1501 units"],
    ["9", "502", "Trade 9 holds 501 units"],
  ])("BR-03 more than %s holds is refused", async (text, size, message) => {
    const desk = holding();
    const failure = await failureOf(() => close(desk, text, some(size)));
    expect(failure).toMatchObject({ code: "INVALID_UNITS", sent: false });
    expect(failure.message).toContain(message);
    expect(failure.message).toContain("Nothing was sent.");
    expect(desk.broker.placed).toHaveLength(0);
  });

  it("CI-04 units that the instrument doesn't have are refused, not rounded", async () => {
    const failure = await failureOf(() => close(holding(), "EUR_USD", some("0.5")));
    expect(failure).toMatchObject({ code: "INVALID_UNITS" });
  });

  it("for all holdings and percentages, it is rounded down to legal units and never more than held", async () => {
    const size = fc.integer({ min: 1, max: 1e8 });
    const share = fc.integer({ min: 1, max: 10_000 }).map((each) => decimal(String(each)));
    const desk = holding();
    await fc.assert(
      fc.asyncProperty(size, share, fc.constantFrom(EUR_USD, AAPL), async (...given) => {
        const [thousandths, hundredths, instrument] = given;
        const step = instrument === AAPL ? "0.001" : "1";
        const held = toUnits(decimal(String(thousandths)).times(decimal(step)));
        const part = hundredths.times(decimal("0.01"));
        const exact = held.times(part).times(decimal("0.01"));
        fc.pre(!exact.isLessThan(decimal(step)));
        desk.broker.trades = [aTrade({ instrument: instrument.name, units: held })];
        desk.broker.quote = { ...desk.broker.quote, instrument: instrument.name };
        desk.broker.placed.length = 0;
        const order = await closed(instrument.name, { kind: "percent", percent: part }, desk);
        expect(order.units.isGreaterThan(exact)).toBe(false);
        expect(order.units.plus(decimal(step)).isGreaterThan(exact)).toBe(true);
        expect(order.units.decimals()).toBeLessThanOrEqual(instrument.unitsPrecision);
      }),
      { numRuns: 40 },
    );
  });
});

describe("closing stays possible", () => {
  it("P6 while trading is halted", async () => {
    const desk = holding();
    await desk.halts.halt(null, { since: NOON, reason: "enough" });
    expect(await close(desk, "EUR_USD", ALL)).toMatchObject({ status: "filled" });
    expect(await close(desk, "EUR_USD", some("1"))).toMatchObject({ status: "filled" });
  });

  it("ST-02 when the last price is old", async () => {
    const desk = holding();
    desk.clock.advance(3_600_000);
    expect(await close(desk, "EUR_USD", ALL)).toMatchObject({ status: "filled" });
  });

  it.each([
    ["below the smallest order", { minimumUnits: decimal("5000") }],
    ["above the largest order", { maximumUnits: decimal("1000") }],
  ])("for a whole position %s", async (_, changes) => {
    const desk = holding();
    desk.broker.listed = INSTRUMENTS.map((each) => ({ ...each, ...changes }));
    expect(await close(desk, "EUR_USD", ALL)).toMatchObject({ status: "filled" });
    const failure = await failureOf(() => close(desk, "EUR_USD", some("1001")));
    expect(failure).toMatchObject({ code: "INVALID_UNITS" });
  });

  it("P2 while another order's fate is unknown: all of it, but no part, which might be closed twice", async () => {
    const desk = { ...holding(), capabilities: { ...EVERYTHING, arrivalGraceMs: 30_000 } };
    desk.broker.script.place = () => Promise.reject(lost());
    await placeOrder(desk, aDraft(), sending());
    desk.broker.script.place = async (order) => desk.broker.fillOf(order);
    const failure = await failureOf(() => close(desk, "EUR_USD", percent("50")));
    expect(failure).toMatchObject({ code: "OUTCOME_UNKNOWN", sent: false });
    expect(await close(desk, "EUR_USD", ALL)).toMatchObject({ status: "filled" });
  });
});

describe("a close", () => {
  it("takes the road of every order: journaled, audited, reported", async () => {
    const desk = holding();
    const report = await close(desk, "EUR_USD", ALL);
    expect(report).toMatchObject({
      status: "filled",
      side: "sell",
      units: "1501",
      expectedPrice: "1.08500",
      slippagePips: "0",
      tradeIds: ["7"],
      stopLoss: null,
      takeProfit: null,
      trailingStop: null,
      timeInForce: "FOK",
    });
    const [intent] = await desk.journal.recent("paper", "001", 1);
    expect(intent).toMatchObject({ state: "settled", request: { kind: "close", isWhole: true } });
  });

  it("that the law forbids names what to type, for this connection and account", async () => {
    const desk = holding([aTrade({ id: "7" }), aTrade({ id: "9", openedAt: addMs(NOON, 1_000) })]);
    const profile = { ...desk.profile, name: "oanda", broker: "oanda" as const };
    const account = { ...desk.account, region: "US" as const };
    const report = await close({ ...desk, profile, account }, "9", ALL);
    expect(report.error).toMatchObject({ code: "COMPLIANCE_FIFO" });
    expect(report.error?.hint).toContain("tmt-broker positions close 7 -c oanda -a 001.");
    await desk.halts.halt(null, { since: NOON, reason: "test" });
    const { report: halted } = await placeOrder({ ...desk, profile }, aDraft(), sending());
    expect(halted.error?.hint).toContain("tmt-broker connect resume oanda.");
  });

  it("can be tried dry, and asks like every order", async () => {
    const desk = holding();
    const target = await findTarget(desk, "EUR_USD");
    const dry = await closePosition(desk, target, { ...sending(), portion: ALL, isDryRun: true });
    expect(dry.status).toBe("dry_run");
    const confirm = () => Promise.reject(new Error("no"));
    const work = closePosition(desk, target, { ...sending(), portion: ALL, confirm });
    await expect(work).rejects.toThrow("no");
    expect(desk.broker.placed).toHaveLength(0);
  });

  it("BR-10 what was opened elsewhere is left as it is, and can be managed like our own", async () => {
    const foreign = aTrade({ id: "7", clientOrderId: null, units: units("1000") });
    const desk = holding([foreign]);
    const waiting = anOrder({ clientOrderId: null });
    desk.broker.pendingOrders = [waiting];
    expect(await settleIntents(desk)).toEqual({ settled: [], open: [] });
    await placeOrder(desk, aDraft(), sending());
    expect(desk.broker.placed.map(({ kind }) => kind)).toEqual(["market"]);
    expect(desk.broker.pendingOrders).toEqual([waiting]);
    expect(await close(desk, "7", ALL)).toMatchObject({ status: "filled", error: null });
    expect(desk.broker.placed[1]).toMatchObject({ kind: "close", tradeId: "7" });
  });

  it("BR-08 is blocked while the market is closed", async () => {
    const desk = holding();
    desk.broker.quote = { ...desk.broker.quote, tradeable: false };
    const report = await close(desk, "EUR_USD", ALL);
    expect(report.error).toMatchObject({ code: "MARKET_CLOSED" });
    expect(desk.broker.placed).toHaveLength(0);
  });
});
