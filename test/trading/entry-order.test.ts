import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { Side } from "../../src/core/order.ts";
import type { EntryOrder, EntryType } from "../../src/core/order-request.ts";
import { addMs } from "../../src/core/time.ts";
import type { Capabilities } from "../../src/ports/broker.ts";
import type { EntryDraft, OrderDraft } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { anAccount, NOON } from "../support/market.ts";
import { aFill, EVERYTHING, filled, lost } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, failureOf, sending, type TestDesk } from "./test-desk.ts";

const price = (text: string) => toPrice(decimal(text));

function terms(type: EntryType, at: string, changes: Partial<EntryDraft> = {}): EntryDraft {
  return { type, price: price(at), timeInForce: "GTC", expiresAt: null, ...changes };
}

/** The market is at 1.08500/1.08510. */
function place(changes: Partial<OrderDraft>, desk = aDesk(), options = sending()) {
  return placeOrder(desk, aDraft(changes), options);
}

function sent({ broker }: TestDesk): EntryOrder {
  const [order] = broker.placed;
  if (order?.kind !== "entry") throw new Error("an entry was expected");
  return order;
}

describe("an order with a price of its own", () => {
  it("P4 that is confirmed only after minutes is reviewed on the account of then", async () => {
    const desk = aDesk();
    const confirm = async () => {
      desk.clock.advance(300_000);
      desk.broker.account = anAccount({ equity: decimal("9000") });
      return true;
    };
    const draft = { terms: terms("limit", "1.08000") };
    const { report } = await place(draft, desk, { ...sending(), confirm });
    expect(report).toMatchObject({ status: "rejected", error: { code: "TRADING_HALTED" } });
    expect(desk.broker.placed).toEqual([]);
  });

  it.each([
    ["limit", "buy", "1.08000"],
    ["limit", "sell", "1.09000"],
    ["stop", "buy", "1.09000"],
    ["stop", "sell", "1.08000"],
    ["mit", "buy", "1.09000"],
    ["mit", "buy", "1.08000"],
    ["mit", "sell", "1.09000"],
    ["mit", "sell", "1.08000"],
  ] as const)("a %s to %s at %s is sent and waits", async (type, side, at) => {
    const desk = aDesk();
    const { report, preview } = await place({ side, terms: terms(type, at) }, desk);
    expect(sent(desk)).toMatchObject({ kind: "entry", type, side, price: price(at) });
    expect(report).toMatchObject({
      status: "pending",
      orderId: "101",
      type,
      price: at,
      expectedPrice: at,
      averagePrice: null,
      slippagePips: null,
      slippageCost: null,
      filledUnits: "0",
      timeInForce: "GTC",
      expiresAt: null,
      error: null,
    });
    expect(preview.built.isReached).toBe(false);
  });

  it("P2 is settled as pending in journal and audit trail: nothing is open about it", async () => {
    const desk = aDesk();
    await place({ terms: terms("limit", "1.08"), clientOrderId: "mine-1" }, desk);
    expect(await desk.journal.unsettled("paper", "001")).toEqual([]);
    const key = { connection: "paper", account: "001", clientOrderId: "mine-1" };
    expect(await desk.journal.find(key)).toMatchObject({
      state: "settled",
      expectedPrice: "1.08",
      request: { kind: "entry", type: "limit" },
      result: { status: "pending", orderId: "101" },
    });
  });

  it("waits as long as it is told", async () => {
    const desk = aDesk();
    const expiresAt = addMs(NOON, 3_600_000);
    const gtd = terms("limit", "1.08", { timeInForce: "GTD", expiresAt });
    const { report } = await place({ terms: gtd }, desk);
    expect(sent(desk)).toMatchObject({ timeInForce: "GTD", expiresAt });
    expect(report).toMatchObject({ timeInForce: "GTD", expiresAt });
  });

  it.each([
    ["buy", "1.08510"],
    ["buy", "1.08000"],
    ["sell", "1.08500"],
    ["sell", "1.09000"],
  ] as const)(
    "CI-06 a %s stop at %s, which the market has passed, is refused",
    async (side, at) => {
      const desk = aDesk();
      const failure = await failureOf(() => place({ side, terms: terms("stop", at) }, desk));
      expect(failure).toMatchObject({ code: "INVALID_PRICE", sent: false });
      expect(failure.message).toContain(`must be ${side === "buy" ? "above" : "below"} the market`);
      expect(failure.message).toContain("Nothing was sent.");
      expect(failure.hint).toContain("--type limit");
      expect(desk.broker.placed).toEqual([]);
    },
  );

  it("a limit that the market has reached passes, says so, and is measured by the market", async () => {
    const desk = aDesk();
    desk.broker.script.place = async (order) => desk.broker.fillOf(order, "1.08512");
    const order = { terms: terms("limit", "1.09"), stopLoss: exit("20p") };
    const { report, preview } = await place(order, desk);
    expect(preview.built.isReached).toBe(true);
    expect(report).toMatchObject({
      status: "filled",
      type: "limit",
      price: "1.09000",
      averagePrice: "1.08512",
      expectedPrice: "1.08510",
      slippagePips: "0.2",
      stopLoss: { price: "1.08312", distancePips: "20" },
    });
  });

  it("a limit waits for a closed market to open, whatever its last price was", async () => {
    const desk = aDesk();
    desk.broker.quote = { ...desk.broker.quote, tradeable: false };
    const { report, preview } = await place({ terms: terms("limit", "1.09") }, desk);
    expect(report).toMatchObject({ status: "pending", error: null });
    expect(preview.built.isReached).toBe(false);
  });

  it("that fills at once at a worse price than its own has slipped", async () => {
    const desk = aDesk();
    const fill = aFill({ units: toUnits(decimal("1000")), price: price("1.09005") });
    desk.broker.script.place = async () => filled([fill]);
    const { report } = await place({ terms: terms("stop", "1.09") }, desk);
    expect(report).toMatchObject({ price: "1.09000", slippagePips: "0.5", slippageCost: "0.05" });
  });

  it("CI-05 with too many decimals is refused with the two legal prices", async () => {
    const failure = await failureOf(() => place({ terms: terms("limit", "1.080005") }));
    expect(failure).toMatchObject({ code: "INVALID_PRICE" });
    expect(failure.message).toContain("price 1.080005");
    expect(failure.hint).toBe("The nearest prices are 1.08000 and 1.08001.");
  });

  it("has its exits measured from its own price", async () => {
    const desk = aDesk();
    const exits = { stopLoss: exit("20p"), takeProfit: exit("1%"), trailingStop: exit("30p") };
    const { report } = await place({ terms: terms("limit", "1.08"), ...exits }, desk);
    expect(report).toMatchObject({
      stopLoss: { price: "1.07800", distancePips: "20" },
      takeProfit: { price: "1.09080", distancePips: "108" },
      trailingStop: { price: "1.07700", distancePips: "30" },
    });
    expect(sent(desk).stopLoss).toMatchObject({ kind: "distance" });
  });

  it.each([
    [
      "buy",
      { stopLoss: exit("1.08") },
      "stop loss 1.08000 of a buy must be below the order's price",
    ],
    ["buy", { takeProfit: exit("1.07") }, "take profit 1.07000 of a buy must be above the order's"],
    ["sell", { stopLoss: exit("1.07") }, "stop loss 1.07000 of a sell must be above the order's"],
    [
      "sell",
      { takeProfit: exit("1.081") },
      "take profit 1.08100 of a sell must be below the order",
    ],
  ] as const)("CI-06 a %s with %j on the wrong side of it is refused", async (...row) => {
    const [side, exits, message] = row;
    const failure = await failureOf(() => place({ side, terms: terms("mit", "1.08"), ...exits }));
    expect(failure).toMatchObject({ code: "INVALID_PRICE", sent: false });
    expect(failure.message).toContain(message);
  });

  it("is sized by risk from its own price", async () => {
    const desk = aDesk();
    const size = { kind: "risk_amount", amount: decimal("50") } as const;
    await place({ terms: terms("limit", "1.08"), size, stopLoss: exit("25p") }, desk);
    expect(sent(desk).units.toString()).toBe("20000");
  });

  it("has its worst price measured from its own", async () => {
    const desk = aDesk();
    await place({ terms: terms("stop", "1.09"), maxSlippage: exit("2p") }, desk);
    expect(sent(desk).priceBound?.toString()).toBe("1.0902");
  });

  it.each([
    ["buy", "1.09000", "1.08999", "below"],
    ["sell", "1.08000", "1.08001", "above"],
  ] as const)(
    "CI-06 a %s stop at %s that accepts nothing worse than %s is refused",
    async (...row) => {
      const [side, at, bound, where] = row;
      const order = { side, terms: terms("stop", at), maxSlippage: exit(bound) };
      const failure = await failureOf(() => place(order));
      expect(failure).toMatchObject({ code: "INVALID_PRICE", sent: false });
      expect(failure.message).toContain(`is ${where} the price`);
      const fair = { ...order, maxSlippage: exit(at) };
      expect((await place(fair)).report.status).toBe("pending");
    },
  );

  it("for all prices and sides, a stop waits beyond the market or is refused", async () => {
    const points = fc.integer({ min: 1_08000, max: 1_09000 });
    await fc.assert(
      fc.asyncProperty(points, fc.constantFrom<Side>("buy", "sell"), async (point, side) => {
        const desk = aDesk();
        const at = decimal(String(point)).times(decimal("0.00001"));
        const work = place({ side, terms: terms("stop", at.toString()) }, desk);
        const { ask, bid } = desk.broker.quote;
        const isBeyond = side === "buy" ? at.isGreaterThan(ask) : at.isLessThan(bid);
        const [result] = await Promise.allSettled([work]);
        expect(result.status).toBe(isBeyond ? "fulfilled" : "rejected");
        expect(desk.broker.placed).toHaveLength(isBeyond ? 1 : 0);
      }),
      { numRuns: 40 },
    );
  });
});

describe("what a broker can't do", () => {
  const without = (changes: Partial<Capabilities>) =>
    aDesk({ capabilities: { ...EVERYTHING, ...changes } });

  it.each<[string, Partial<Capabilities>, Partial<OrderDraft>]>([
    ["orders of type mit", { orderTypes: ["market", "limit"] }, { terms: terms("mit", "1.08") }],
    [
      "limit orders that wait as DAY",
      { timesInForce: ["GTC"] },
      { terms: terms("limit", "1.08", { timeInForce: "DAY" }) },
    ],
    [
      "limit orders that wait as FOK",
      {},
      { terms: terms("limit", "1.08", { timeInForce: "FOK" }) },
    ],
    [
      "a worst price",
      { priceBound: false },
      { terms: terms("stop", "1.09"), maxSlippage: exit("2p") },
    ],
    [
      "reduce-only orders",
      { reduceOnly: false },
      { terms: terms("stop", "1.09"), reduceOnly: true },
    ],
  ])("%s: is refused, never imitated", async (part, capabilities, draft) => {
    const failure = await failureOf(() => place(draft, without(capabilities)));
    expect(failure).toMatchObject({ code: "UNSUPPORTED", sent: false });
    expect(failure.message).toContain(part);
    expect(failure.message).toContain("Nothing was sent.");
  });

  it("a market order may take what is there now, whatever entries may wait for", async () => {
    const desk = aDesk();
    const { report } = await place({ terms: { type: "market", timeInForce: "IOC" } }, desk);
    expect(report).toMatchObject({ status: "filled", timeInForce: "IOC" });
    expect(desk.broker.placed[0]).toMatchObject({ kind: "market", timeInForce: "IOC" });
  });
});

describe("a guaranteed stop", () => {
  const guaranteed = { stopLoss: exit("20p"), isStopGuaranteed: true };

  it.each<[string, Partial<OrderDraft>, string | null]>([
    ["allowed", guaranteed, null],
    ["allowed", { stopLoss: exit("20p") }, null],
    ["required", guaranteed, null],
    ["required", { reduceOnly: true }, null],
    ["disabled", { stopLoss: exit("20p") }, null],
    ["disabled", guaranteed, "has no guaranteed stops"],
    ["required", { stopLoss: exit("20p") }, "no trade without a guaranteed stop"],
    ["required", {}, "no trade without a guaranteed stop"],
  ])("where they are %s: %j", async (mode, draft, refusal) => {
    const desk = aDesk();
    const guaranteedStops = mode as ReturnType<typeof anAccount>["guaranteedStops"];
    desk.broker.account = anAccount({ guaranteedStops });
    const order = { ...draft, terms: terms("limit", "1.08") };
    if (refusal === null) {
      await place(order, desk);
      const { stopLoss } = sent(desk);
      expect(stopLoss?.isGuaranteed).toBe(draft.isStopGuaranteed ? true : undefined);
      return;
    }
    const failure = await failureOf(() => place(order, desk));
    expect(failure).toMatchObject({ code: "UNSUPPORTED" });
    expect(failure.message).toContain(refusal);
    expect(failure.hint).toContain("--guaranteed");
  });
});

describe("an entry whose fate is unknown", () => {
  it("P2 keeps new risk in its instrument back until it is proven", async () => {
    const desk = aDesk({ capabilities: { ...EVERYTHING, arrivalGraceMs: 30_000 } });
    desk.broker.script.place = () => Promise.reject(lost());
    const { report } = await place({ terms: terms("limit", "1.08") }, desk);
    expect(report).toMatchObject({ status: "unknown", type: "limit", price: "1.08000" });
    const failure = await failureOf(() => place({ terms: terms("limit", "1.07") }, desk));
    expect(failure.code).toBe("OUTCOME_UNKNOWN");
    desk.broker.script.outcomeOf = async () => ({ status: "pending", orderId: "101" });
    desk.broker.script.place = async (order) => desk.broker.answerTo(order);
    expect((await place({ terms: terms("limit", "1.07") }, desk)).report.status).toBe("pending");
  });

  it("that turns out to be filled is reported with its own price and where its stop stands", async () => {
    const desk = aDesk({ capabilities: { ...EVERYTHING, arrivalGraceMs: 30_000 } });
    desk.broker.script.place = () => Promise.reject(lost());
    const draft = { terms: terms("limit", "1.08"), stopLoss: exit("20p"), clientOrderId: "mine" };
    await place(draft, desk);
    const fill = aFill({ units: toUnits(decimal("1000")), price: price("1.07990") });
    desk.broker.script.outcomeOf = async () => filled([fill]);
    await place({ terms: terms("limit", "1.07") }, desk);
    const key = { connection: "paper", account: "001", clientOrderId: "mine" };
    expect((await desk.journal.find(key))?.result).toMatchObject({
      status: "filled",
      price: "1.08000",
      averagePrice: "1.07990",
      stopLoss: { price: "1.07790" },
    });
  });
});
