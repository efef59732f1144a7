import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../src/core/money.ts";
import type { ExitsChange } from "../../src/core/order-request.ts";
import type { Trade } from "../../src/core/trade.ts";
import { changeExits } from "../../src/trading/change-exits.ts";
import type { TradeExitChoices } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { anAccount, aTrade, NOON } from "../support/market.ts";
import { aFill, EVERYTHING, filled, lost } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, failureOf, sending, type TestDesk } from "./test-desk.ts";

const price = (text: string) => toPrice(decimal(text));
const DEFAULT = { kind: "default" } as const;

/** Trade 7 is long from 1.08000; the market is at 1.08500/1.08510. */
function holding(trade: Partial<Trade> = {}): TestDesk {
  const desk = aDesk();
  desk.broker.trades = [aTrade(trade)];
  return desk;
}

function change(desk: TestDesk, choices: Partial<TradeExitChoices>, options = sending()) {
  return changeExits(
    desk,
    { id: "7", instrument: "EUR_USD" },
    {
      ...options,
      choices: {
        stopLoss: "keep",
        isStopGuaranteed: false,
        takeProfit: "keep",
        trailingStop: "keep",
        ...choices,
      },
    },
  );
}

async function sent(choices: Partial<TradeExitChoices>, trade: Partial<Trade> = {}) {
  const desk = holding(trade);
  await change(desk, choices);
  return lastOf(desk);
}

function lastOf({ broker }: TestDesk): ExitsChange {
  const request = broker.placed.at(-1);
  if (request?.kind !== "exits") throw new Error("a change of exits was expected");
  return request;
}

describe("exits of an open trade", () => {
  it.each<[Partial<TradeExitChoices>, Record<string, unknown>]>([
    [{ stopLoss: exit("1.07") }, { stopLoss: { set: { kind: "price", price: "1.07" } } }],
    [{ stopLoss: exit("20p") }, { stopLoss: { set: { kind: "price", price: "1.078" } } }],
    [{ stopLoss: DEFAULT }, { stopLoss: { set: { kind: "price", price: "1.078" } } }],
    [{ takeProfit: exit("100p") }, { takeProfit: { set: "1.09" } }],
    [{ takeProfit: exit("1%") }, { takeProfit: { set: "1.0908" } }],
    [{ trailingStop: exit("20p") }, { trailingStop: { set: "0.002" } }],
    [{ trailingStop: exit("1.082") }, { trailingStop: { set: "0.003" } }],
    [{ trailingStop: DEFAULT }, { trailingStop: { set: "0.002" } }],
  ])("%j is measured from its open price and sent as %j", async (choices, expected) => {
    const request = await sent(choices);
    const { stopLoss, takeProfit, trailingStop } = JSON.parse(JSON.stringify(request));
    const kept = { stopLoss: "keep", takeProfit: "keep", trailingStop: "keep" };
    expect({ stopLoss, takeProfit, trailingStop }).toEqual({ ...kept, ...expected });
    expect(request).toMatchObject({ tradeId: "7", side: "sell" });
  });

  const full = {
    stopLoss: price("1.07"),
    takeProfit: price("1.09"),
    trailingStop: { distance: decimal("0.01"), price: price("1.076") },
  };

  it.each(["stopLoss", "takeProfit", "trailingStop"] as const)(
    "a %s is removed where there is one, and nothing is sent where there is none",
    async (name) => {
      expect(await sent({ [name]: "remove" }, full)).toMatchObject({ [name]: "remove" });
      const desk = holding();
      const failure = await failureOf(() => change(desk, { [name]: "remove" }));
      expect(failure).toMatchObject({ code: "ORDER_NOT_FOUND", sent: false });
      expect(desk.broker.placed).toEqual([]);
      // Asked for beside something else, it goes without saying.
      const other = name === "stopLoss" ? "trailingStop" : "stopLoss";
      const both = await sent({ [name]: "remove", [other]: DEFAULT });
      expect(both).toMatchObject({ [name]: "keep" });
    },
  );

  it("a stop at break-even stands at the open price, or at the next legal price that loses nothing", async () => {
    const breakeven = { stopLoss: { kind: "breakeven" } } as const;
    const stopOf = async (trade: Partial<Trade>) =>
      JSON.parse(JSON.stringify(await sent(breakeven, trade))).stopLoss;
    const at = (text: string) => ({ set: { kind: "price", price: text } });
    expect(await stopOf({})).toEqual(at("1.08"));
    expect(await stopOf({ openPrice: price("1.080001") })).toEqual(at("1.08001"));
    const short = { direction: "short" } as const;
    expect(await stopOf({ ...short, openPrice: price("1.09") })).toEqual(at("1.09"));
    expect(await stopOf({ ...short, openPrice: price("1.090009") })).toEqual(at("1.09"));
  });

  it.each<[Partial<Trade>, string]>([
    [
      { openPrice: price("1.08600") },
      "Long trade 7 breaks even at 1.08600, and the market is at 1.08500, 10 pips short of it",
    ],
    [{ openPrice: price("1.08500") }, "market is at 1.08500, 0 pips short of it"],
    [
      { direction: "short", openPrice: price("1.08500") },
      "Short trade 7 breaks even at 1.08500, and the market is at 1.08510, 1 pips short of it",
    ],
  ])("a stop at break-even that would close %j at once is refused unsent", async (trade, words) => {
    const desk = holding(trade);
    const failure = await failureOf(() => change(desk, { stopLoss: { kind: "breakeven" } }));
    expect(failure).toMatchObject({ code: "INVALID_PRICE", sent: false });
    expect(failure.message).toContain(words);
    expect(desk.broker.placed).toEqual([]);
  });

  it("of a short trade stand the other way round", async () => {
    const trade = { direction: "short", openPrice: price("1.09") } as const;
    const request = await sent({ stopLoss: exit("20p"), takeProfit: exit("100p") }, trade);
    expect(JSON.parse(JSON.stringify(request))).toMatchObject({
      side: "buy",
      stopLoss: { set: { price: "1.092" } },
      takeProfit: { set: "1.08" },
    });
  });

  it.each<[string, Partial<TradeExitChoices>, Partial<Trade>, string]>([
    ["a stop at the market", { stopLoss: exit("1.08500") }, {}, "must be below the market"],
    ["a target at the market", { takeProfit: exit("1.08500") }, {}, "must be above the market"],
    [
      "a stop at a distance that the market has passed",
      { stopLoss: exit("20p") },
      { openPrice: price("1.09") },
      "stop loss 1.08800 of long trade 7 must be below the market, which is at 1.08500",
    ],
    ["a target the trade has passed", { takeProfit: exit("20p") }, {}, "take profit 1.08200"],
    ["a price too fine", { stopLoss: exit("1.070005") }, {}, "more decimals"],
    ["a trailing distance too near", { trailingStop: exit("1p") }, {}, "0.0005 to 1"],
  ])("CI-05 CI-06 %s is refused", async (...row) => {
    const [, choices, trade, words] = row;
    const desk = holding(trade);
    const failure = await failureOf(() => change(desk, choices));
    expect(failure).toMatchObject({ code: "INVALID_PRICE", sent: false });
    expect(failure.message).toContain(words);
    expect(desk.broker.placed).toEqual([]);
  });

  it("are reported where they stand afterwards, with those that stay", async () => {
    const desk = holding({ takeProfit: price("1.09") });
    const report = await change(desk, { stopLoss: exit("20p"), trailingStop: exit("50p") });
    expect(report).toMatchObject({
      status: "pending",
      orderId: "101",
      type: "stop_loss",
      side: "sell",
      units: "1000",
      tradeIds: ["7"],
      price: null,
      expectedPrice: null,
      slippagePips: null,
      stopLoss: { price: "1.07800", distancePips: "20" },
      takeProfit: { price: "1.09000", distancePips: "100" },
      trailingStop: { price: "1.08000", distancePips: "50" },
      timeInForce: "GTC",
      error: null,
    });
  });

  it("that are only removed are reported as cancelled", async () => {
    const desk = holding({ stopLoss: price("1.07"), takeProfit: price("1.09") });
    const report = await change(desk, { takeProfit: "remove" });
    expect(report).toMatchObject({
      status: "cancelled",
      type: "take_profit",
      stopLoss: { price: "1.07000" },
      takeProfit: null,
      error: null,
    });
  });

  it("that execute at once after all are reported as filled", async () => {
    const desk = holding();
    const fill = aFill({ units: aTrade().units, price: price("1.086") });
    desk.broker.script.place = async () => filled([fill], false);
    const report = await change(desk, { takeProfit: exit("1.086") });
    expect(report).toMatchObject({
      status: "filled",
      averagePrice: "1.08600",
      slippagePips: null,
      tradeIds: ["7"],
    });
  });

  it("P6 can be tightened while trading is halted, and not loosened", async () => {
    const desk = holding({ stopLoss: price("1.07") });
    await desk.halts.halt(null, { since: NOON, reason: "enough" });
    expect((await change(desk, { stopLoss: exit("1.075") })).status).toBe("pending");
    for (const stopLoss of ["remove", exit("1.06")] as const) {
      const report = await change(desk, { stopLoss });
      expect(report.error).toMatchObject({ code: "TRADING_HALTED" });
    }
    expect(desk.broker.placed).toHaveLength(1);
  });

  it("P2 can be set while an order's fate is unknown, and are proven from the log themselves", async () => {
    const desk = { ...holding(), capabilities: { ...EVERYTHING, arrivalGraceMs: 30_000 } };
    desk.broker.script.place = () => Promise.reject(lost());
    await placeOrder(desk, aDraft(), sending());
    desk.broker.trades = [aTrade(full)];
    const away = { stopLoss: "remove", trailingStop: "remove" } as const;
    const failure = await failureOf(() => change(desk, away));
    expect(failure).toMatchObject({ code: "OUTCOME_UNKNOWN", sent: false });
    const report = await change(desk, { takeProfit: "remove" });
    expect(report.status).toBe("unknown");
    desk.broker.script.outcomeOf = async (request) =>
      request.kind === "exits" ? { status: "done", orderId: null, transactionId: "9" } : null;
    const { settled } = await settleIntents(desk);
    expect(settled).toMatchObject([{ status: "cancelled", type: "take_profit" }]);
  });

  it("keep the guarantee of the stop they move, and get one where it is asked for", async () => {
    const guaranteed = (isStopGuaranteed: boolean, trade: Partial<Trade>) => {
      const desk = holding(trade);
      desk.broker.account = anAccount({ guaranteedStops: "allowed" });
      return change(desk, { stopLoss: exit("1.075"), isStopGuaranteed }).then((report) => ({
        report,
        stop: lastOf(desk).stopLoss,
      }));
    };
    const kept = await guaranteed(false, { stopLoss: price("1.07"), isStopGuaranteed: true });
    expect(kept.stop).toMatchObject({ set: { isGuaranteed: true } });
    expect(kept.report.type).toBe("guaranteed_stop_loss");
    expect((await guaranteed(true, {})).stop).toMatchObject({ set: { isGuaranteed: true } });
    expect((await guaranteed(false, {})).stop).not.toMatchObject({ set: { isGuaranteed: true } });
  });

  it("of an account that must have guaranteed stops are nothing less", async () => {
    const desk = holding();
    desk.broker.account = anAccount({ guaranteedStops: "required" });
    const failure = await failureOf(() => change(desk, { stopLoss: exit("1.075") }));
    expect(failure).toMatchObject({ code: "UNSUPPORTED" });
    expect(failure.hint).toContain("--guaranteed");
  });

  it("can't be changed once the trade is closed, nor at a broker that changes none", async () => {
    const closed = await failureOf(() => change(aDesk(), { stopLoss: DEFAULT }));
    expect(closed).toMatchObject({ code: "POSITION_NOT_FOUND", sent: false });
    const desk = { ...holding(), capabilities: { ...EVERYTHING, orderChanges: false } };
    const refused = await failureOf(() => change(desk, { stopLoss: DEFAULT }));
    expect(refused).toMatchObject({ code: "UNSUPPORTED" });
  });
});
