import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { identityConversion } from "../../src/core/conversion.ts";
import type { Instrument } from "../../src/core/instrument.ts";
import type { Side } from "../../src/core/order.ts";
import type { Quote } from "../../src/core/quote.ts";
import { buildOrder } from "../../src/trading/build-order.ts";
import type { MarketView } from "../../src/trading/market-view.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { AAPL, EUR_USD, USD_JPY, XAU_USD } from "../support/instruments.ts";
import { anAccount, aQuote, NOON } from "../support/market.ts";
import { aDesk, aDraft, exit, failureOf, type TestDesk } from "./test-desk.ts";

const QUOTE = aQuote("1.08500", "1.08510");

function viewOf(quote: Quote = QUOTE, instrument: Instrument = EUR_USD): MarketView {
  const state = { account: anAccount(), trades: [], pendingOrders: [] };
  const conversion = identityConversion("USD");
  return { instrument, quote, state, conversion, venueTime: NOON, askedAtMs: 0 };
}

let desk: TestDesk;
beforeEach(() => {
  desk = aDesk();
});

function build(changes: Partial<OrderDraft>, view: MarketView = viewOf()) {
  return buildOrder(desk, aDraft({ instrument: view.instrument.name, ...changes }), view);
}

describe("an order without exits", () => {
  it("is the draft, at the price it would trade at", () => {
    const { order, expected, sizing } = build({ clientOrderId: "mine", reduceOnly: true });
    expect(order).toMatchObject({
      kind: "market",
      clientOrderId: "mine",
      account: "001",
      instrument: "EUR_USD",
      side: "buy",
      stopLoss: null,
      takeProfit: null,
      trailingStop: null,
      priceBound: null,
      reduceOnly: true,
      timeInForce: "FOK",
    });
    expect(expected).toMatchObject({ price: QUOTE.ask, stopLoss: null, trailingStop: null });
    expect(sizing).toBeNull();
    expect(build({ side: "sell" }).expected.price).toBe(QUOTE.bid);
  });
});

describe("exits at a distance", () => {
  it.each([
    ["buy", "20p", "1.0831", "1.0871"],
    ["sell", "20p", "1.087", "1.083"],
    ["buy", "0.5%", "1.07967", "1.09053"],
    ["sell", "0.5%", "1.09042", "1.07958"],
  ] as const)("of a %s, %s away: stop %s, target %s", (...row) => {
    const [side, distance, stop, target] = row;
    const { order, expected } = build({
      side,
      stopLoss: exit(distance),
      takeProfit: exit(distance),
      trailingStop: exit(distance),
    });
    expect(expected.stopLoss?.toString()).toBe(stop);
    expect(expected.trailingStop?.toString()).toBe(stop);
    expect(order.takeProfit?.toString()).toBe(target);
    expect(order.stopLoss?.kind).toBe("distance");
    expect(order.trailingStop?.toString()).toBe(
      side === "buy" ? distanceOf(distance) : distanceOf(distance, "sell"),
    );
  });

  it("CI-08 --sl, --tp and --trailing without a value are the defaults, never nothing", () => {
    const bare = { kind: "default" } as const;
    const draft = { stopLoss: bare, takeProfit: bare, trailingStop: bare };
    const { order } = build(draft);
    expect(JSON.stringify(order.stopLoss)).toBe('{"kind":"distance","distance":"0.002"}');
    expect(order.takeProfit?.toString()).toBe("1.0891");
    expect(order.trailingStop?.toString()).toBe("0.002");
  });

  it.each([
    [AAPL, "190.00", "190.02", "3.8"],
    [XAU_USD, "2650.000", "2650.400", "53.008"],
  ])("a default stop of what is no currency pair is a percentage", (...row) => {
    const [instrument, bid, ask, distance] = row;
    const quote = aQuote(bid, ask, { instrument: instrument.name });
    const { order } = build({ stopLoss: { kind: "default" } }, viewOf(quote, instrument));
    expect(JSON.stringify(order.stopLoss)).toBe(`{"kind":"distance","distance":"${distance}"}`);
  });

  it.each([
    ["stopLoss", "0.01p", "--sl"],
    ["takeProfit", "0.04p", "--tp"],
    ["trailingStop", "0.0001%", "--trailing"],
    ["maxSlippage", "0.01p", "--max-slippage"],
  ])("%s of %s is less than a price step and refused", async (part, distance, option) => {
    const failure = await failureOf(() => build({ [part]: exit(distance) }));
    expect(failure.code).toBe("INVALID_PRICE");
    expect(failure.message).toContain(`${option} ${distance}`);
    expect(failure.message).toContain("Nothing was sent.");
  });

  it("CI-05 pips finer than a price step are refused, with the nearest legal ones", async () => {
    const failure = await failureOf(() => build({ stopLoss: exit("20.05p") }));
    expect(failure.code).toBe("INVALID_PRICE");
    expect(failure.message).toContain("20.05p");
    expect(failure.message).toContain("Nothing was sent.");
    expect(failure.hint).toBe("The nearest distances are 20p and 20.1p.");
    const stock = viewOf(aQuote("190.00", "190.02", { instrument: "AAPL" }), AAPL);
    const other = await failureOf(() => build({ takeProfit: exit("20.5p") }, stock));
    expect(other.hint).toBe("The nearest distances are 20p and 21p.");
  });

  it.each([
    ["stopLoss", "buy"],
    ["takeProfit", "sell"],
  ] as const)("%s of a %s at or below zero is refused", async (part, side) => {
    const failure = await failureOf(() => build({ side, [part]: exit("100%") }));
    expect(failure.code).toBe("INVALID_PRICE");
    expect(failure.message).toContain("at or below zero");
  });

  it.each([
    ["4.9p", false],
    ["5p", true],
    ["10000p", true],
    ["10000.1p", false],
  ])(
    "BR-12 a trailing distance of %s, with 5p to 10000p allowed: %s",
    async (distance, isLegal) => {
      const side: Side = "sell";
      const work = () => build({ side, trailingStop: exit(distance) });
      if (isLegal) {
        expect(work().order.trailingStop?.isPositive()).toBe(true);
        return;
      }
      const failure = await failureOf(work);
      expect(failure).toMatchObject({ code: "INVALID_PRICE" });
      expect(failure.message).toContain("0.0005 to 1");
    },
  );

  it("any trailing distance will do where the broker names no range", () => {
    const quote = aQuote("190.00", "190.02", { instrument: "AAPL" });
    const { order } = build({ trailingStop: exit("3p") }, viewOf(quote, AAPL));
    expect(order.trailingStop?.toString()).toBe("0.03");
  });
});

describe("exits at a price", () => {
  it.each([
    ["buy", "stopLoss", "1.08499", "ok"],
    ["buy", "stopLoss", "1.08500", "below"],
    ["buy", "stopLoss", "1.08505", "below"],
    ["buy", "stopLoss", "1.08510", "below"],
    ["buy", "stopLoss", "1.09000", "below"],
    ["buy", "takeProfit", "1.08511", "ok"],
    ["buy", "takeProfit", "1.08510", "above"],
    ["buy", "takeProfit", "1.08505", "above"],
    ["buy", "takeProfit", "1.08000", "above"],
    ["sell", "stopLoss", "1.08511", "ok"],
    ["sell", "stopLoss", "1.08510", "above"],
    ["sell", "stopLoss", "1.08505", "above"],
    ["sell", "stopLoss", "1.08000", "above"],
    ["sell", "takeProfit", "1.08499", "ok"],
    ["sell", "takeProfit", "1.08500", "below"],
    ["sell", "takeProfit", "1.09000", "below"],
    ["buy", "trailingStop", "1.08310", "ok"],
    ["buy", "trailingStop", "1.09000", "below"],
    ["sell", "trailingStop", "1.08700", "ok"],
    ["sell", "trailingStop", "1.08000", "above"],
  ] as const)("CI-06 a %s with %s at %s and the market at 1.08500/1.08510: %s", async (...row) => {
    const [side, part, price, verdict] = row;
    const work = () => build({ side, [part]: exit(price) });
    if (verdict === "ok") {
      expect(() => work()).not.toThrow();
      return;
    }
    const failure = await failureOf(work);
    expect(failure).toMatchObject({ code: "INVALID_PRICE", sent: false });
    expect(failure.message).toContain(price);
    expect(failure.message).toContain(`of a ${side} must be ${verdict} the market`);
    expect(failure.message).toContain("Nothing was sent.");
  });

  it("CI-06 a distance that ends inside the spread would trigger at once and is refused", async () => {
    const failure = await failureOf(() => build({ stopLoss: exit("1p") }));
    expect(failure).toMatchObject({ code: "INVALID_PRICE" });
    expect(failure.message).toContain("must be below the market, which is at 1.08500");
    expect(build({ stopLoss: exit("1.1p") }).expected.stopLoss?.toString()).toBe("1.08499");
  });

  it.each([
    ["stopLoss", "1.083005", EUR_USD, ["1.08300", "1.08301"]],
    ["takeProfit", "1.0900051", EUR_USD, ["1.09000", "1.09001"]],
    ["trailingStop", "1.083005", EUR_USD, ["1.08300", "1.08301"]],
    ["maxSlippage", "1.086005", EUR_USD, ["1.08600", "1.08601"]],
    ["stopLoss", "148.12345", USD_JPY, ["148.123", "148.124"]],
    ["stopLoss", "2600.0001", XAU_USD, ["2600.000", "2600.001"]],
    ["stopLoss", "185.999", AAPL, ["185.99", "186.00"]],
  ])("CI-05 %s at %s has too many decimals; the two legal prices are named", async (...row) => {
    const [part, price, instrument, [below, above]] = row;
    const markets = { EUR_USD: "1.08510", USD_JPY: "149.123", XAU_USD: "2650.5", AAPL: "190.02" };
    const market = markets[instrument.name as keyof typeof markets];
    const quote = aQuote(market, market, { instrument: instrument.name });
    const failure = await failureOf(() =>
      build({ [part]: exit(price) }, viewOf(quote, instrument)),
    );
    expect(failure.code).toBe("INVALID_PRICE");
    expect(failure.message).toContain(price);
    expect(failure.hint).toBe(`The nearest prices are ${below} and ${above}.`);
  });

  it("for all stops, a buy's is below the bid and a sell's above the ask, or it is refused", () => {
    const points = fc
      .integer({ min: 100_000, max: 120_000 })
      .map((each) => `1.${each}`.slice(0, 7));
    fc.assert(
      fc.property(points, fc.constantFrom<Side>("buy", "sell"), (price, side) => {
        try {
          const { expected } = build({ side, stopLoss: exit(price) });
          const stop = expected.stopLoss;
          if (!stop) throw new Error("a stop was expected");
          expect(side === "buy" ? stop.isLessThan(QUOTE.bid) : stop.isGreaterThan(QUOTE.ask)).toBe(
            true,
          );
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_PRICE" });
        }
      }),
    );
  });
});

describe("the worst price accepted", () => {
  it.each([
    ["buy", "2p", "1.0853"],
    ["sell", "2p", "1.0848"],
    ["buy", "1.08600", "1.086"],
  ] as const)("of a %s with a slippage of %s is %s", (side, slippage, bound) => {
    expect(build({ side, maxSlippage: exit(slippage) }).order.priceBound?.toString()).toBe(bound);
  });
});

function distanceOf(text: string, side: Side = "buy"): string {
  if (text === "20p") return "0.002";
  return side === "buy" ? "0.00543" : "0.00542";
}
