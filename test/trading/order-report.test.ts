import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { OrderOutcome, Side } from "../../src/core/order.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { anAccount } from "../support/market.ts";
import { aFill, filled } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, sending } from "./test-desk.ts";

/** The command-line contract's document of an order. */
const KEYS = [
  "orderId",
  "clientOrderId",
  "status",
  "connection",
  "broker",
  "environment",
  "account",
  "instrument",
  "side",
  "type",
  "units",
  "filledUnits",
  "price",
  "averagePrice",
  "expectedPrice",
  "slippagePips",
  "slippageCost",
  "currency",
  "fills",
  "tradeIds",
  "stopLoss",
  "takeProfit",
  "trailingStop",
  "timeInForce",
  "expiresAt",
  "signalId",
  "agent",
  "compliance",
  "latencyMs",
  "brokerLatencyMs",
  "submittedAt",
  "completedAt",
  "error",
];
const FILL_KEYS = [
  "transactionId",
  "units",
  "price",
  "time",
  "realizedPl",
  "commission",
  "financing",
];

const units = (text: string) => toUnits(decimal(text));
const price = (text: string) => toPrice(decimal(text));

async function reportOf(outcome: OrderOutcome, changes: Parameters<typeof aDraft>[0] = {}) {
  const desk = aDesk();
  desk.broker.script.place = async () => outcome;
  return (await placeOrder(desk, aDraft(changes), sending())).report;
}

describe("the report of an order", () => {
  it("has exactly the keys of the contract, in its order, also as JSON", async () => {
    const fill = aFill({ units: units("1000"), price: price("1.0851") });
    const report = await reportOf(filled([fill]), { stopLoss: exit("20p") });
    const document: typeof report = JSON.parse(JSON.stringify(report));
    expect(Object.keys(document)).toEqual(KEYS);
    expect(document.fills.map(Object.keys)).toEqual([FILL_KEYS]);
    expect(Object.keys(document.stopLoss ?? {})).toEqual(["price", "distancePips"]);
    for (const check of document.compliance) {
      expect(Object.keys(check)).toEqual(["rule", "outcome", "detail"]);
    }
  });

  it("writes amounts as text with the instrument's decimals", async () => {
    const fill = aFill({
      units: units("1000"),
      price: price("1.0851"),
      realizedPl: decimal("12.50"),
      commission: decimal("0.03"),
      financing: decimal("-0.0012"),
    });
    expect(await reportOf(filled([fill]))).toMatchObject({
      units: "1000",
      filledUnits: "1000",
      price: "1.08510",
      averagePrice: "1.08510",
      expectedPrice: "1.08510",
      fills: [
        {
          transactionId: "102",
          units: "1000",
          price: "1.08510",
          realizedPl: "12.5",
          commission: "0.03",
          financing: "-0.0012",
        },
      ],
    });
  });

  it("says that nothing was attached when nothing was asked for", async () => {
    const fill = aFill({ units: units("1000"), price: price("1.0851") });
    expect(await reportOf(filled([fill]))).toMatchObject({
      stopLoss: null,
      takeProfit: null,
      trailingStop: null,
      expiresAt: null,
      timeInForce: "FOK",
    });
  });
});

describe("slippage", () => {
  it.each([
    ["buy", "1.08520", "1", "0.1"],
    ["buy", "1.08510", "0", "0"],
    ["buy", "1.08500", "-1", "-0.1"],
    ["sell", "1.08490", "1", "0.1"],
    ["sell", "1.08500", "0", "0"],
    ["sell", "1.08515", "-1.5", "-0.15"],
  ] as const)("of a %s at %s is %s pips and costs %s USD", async (...row) => {
    const [side, at, pips, cost] = row;
    const fill = aFill({ units: units("1000"), price: price(at) });
    const report = await reportOf(filled([fill]), { side });
    expect(report).toMatchObject({ slippagePips: pips, slippageCost: cost });
  });

  it("for all fills, a worse price costs and a better one doesn't, whichever the side", async () => {
    const desk = aDesk();
    const steps = fc.integer({ min: -500, max: 500 });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom<Side>("buy", "sell"), async (step, side) => {
        desk.clock.advance(60_001);
        desk.broker.quote = { ...desk.broker.quote, time: desk.clock.now() };
        const market = side === "buy" ? desk.broker.quote.ask : desk.broker.quote.bid;
        const at = toPrice(market.plus(decimal(String(step)).times(decimal("0.00001"))));
        const fill = aFill({ units: units("1000"), price: at });
        desk.broker.script.place = async () => filled([fill]);
        const { report } = await placeOrder(desk, aDraft({ side }), sending());
        const worse = Math.sign(side === "buy" ? step : -step);
        const signs = [report.slippagePips, report.slippageCost].map((text) => signOf(text));
        expect(signs).toEqual([worse + 0, worse + 0]);
      }),
      { numRuns: 40 },
    );
  });

  it("is counted in account currency, a loss at the rate of losses", async () => {
    const desk = aDesk();
    desk.broker.account = anAccount({ currency: "EUR" });
    desk.broker.conversions = [
      { currency: "USD", gain: decimal("0.90"), loss: decimal("0.92"), value: decimal("0.91") },
    ];
    const costAt = async (at: string) => {
      const fill = aFill({ units: units("10000"), price: price(at) });
      desk.broker.script.place = async () => filled([fill]);
      return (await placeOrder(desk, aDraft(), sending())).report.slippageCost;
    };
    expect(await costAt("1.08520")).toBe("0.92");
    expect(await costAt("1.08500")).toBe("-0.9");
  });
});

describe("several fills", () => {
  const parts = [
    aFill({ transactionId: "102", units: units("600"), price: price("1.08510") }),
    aFill({ transactionId: "103", units: units("200"), price: price("1.08550") }),
  ];

  it("BR-04 of a part are added up and averaged by size", async () => {
    const whole = filled(parts);
    if (whole.status !== "filled") throw new Error("a fill was expected");
    const report = await reportOf({ ...whole, status: "partially_filled" });
    expect(report).toMatchObject({
      status: "partially_filled",
      units: "1000",
      filledUnits: "800",
      averagePrice: "1.08520",
      slippagePips: "1",
      slippageCost: "0.08",
      error: null,
    });
    expect(report.fills.map((fill) => fill.transactionId)).toEqual(["102", "103"]);
  });

  it("stops at a distance stand that far from the average, at a legal price", async () => {
    const uneven = aFill({ units: units("300"), price: price("1.08511") });
    const report = await reportOf(filled([...parts, uneven]), { stopLoss: exit("20p") });
    expect(report.averagePrice).toBe("1.08517545");
    expect(report.stopLoss).toEqual({ price: "1.08318", distancePips: "20" });
  });

  it("none at all is no price", async () => {
    expect(await reportOf(filled([]))).toMatchObject({ filledUnits: "0", averagePrice: "0.00000" });
  });
});

describe("exits in the report", () => {
  const fill = aFill({ units: units("1000"), price: price("1.08520") });
  const asked = {
    stopLoss: exit("20p"),
    takeProfit: exit("1.09000"),
    trailingStop: exit("30p"),
  };

  it("are where they stand after the fill", async () => {
    expect(await reportOf(filled([fill]), asked)).toMatchObject({
      stopLoss: { price: "1.08320", distancePips: "20" },
      takeProfit: { price: "1.09000", distancePips: "48" },
      trailingStop: { price: "1.08220", distancePips: "30" },
    });
  });

  it("of a sell stand above", async () => {
    const report = await reportOf(filled([fill]), { ...asked, side: "sell", takeProfit: null });
    expect(report.stopLoss).toEqual({ price: "1.08720", distancePips: "20" });
    expect(report.trailingStop).toEqual({ price: "1.08820", distancePips: "30" });
  });

  it("at a price stay there", async () => {
    const report = await reportOf(filled([fill]), { stopLoss: exit("1.08000") });
    expect(report.stopLoss).toEqual({ price: "1.08000", distancePips: "52" });
  });

  it("BR-03 aren't there when the order only closed trades", async () => {
    expect(await reportOf(filled([fill], false), asked)).toMatchObject({
      tradeIds: ["7"],
      stopLoss: null,
      takeProfit: null,
      trailingStop: null,
    });
  });
});

function signOf(text: string | null): number {
  return decimal(text ?? "none").sign();
}
