import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HomeConversion, identityConversion } from "../../src/core/conversion.ts";
import type { Instrument } from "../../src/core/instrument.ts";
import { decimal } from "../../src/core/money.ts";
import type { OrderSize } from "../../src/trading/order-draft.ts";
import { sizeByRisk } from "../../src/trading/size-order.ts";
import { validateSize } from "../../src/trading/validate-size.ts";
import { AAPL, EUR_USD, INSTRUMENTS, USD_JPY } from "../support/instruments.ts";
import { anAccount, aQuote, NOON } from "../support/market.ts";
import { failureOf } from "./test-desk.ts";

const amount = (text: string): OrderSize => ({ kind: "risk_amount", amount: decimal(text) });
const percent = (text: string): OrderSize => ({ kind: "risk_percent", percent: decimal(text) });

type Basis = {
  readonly instrument?: Instrument;
  readonly stop?: string | null;
  readonly conversion?: HomeConversion;
  readonly equity?: string;
};

function size(asked: OrderSize, basis: Basis = {}) {
  const { instrument = EUR_USD, stop = "0.002", conversion, equity = "10000" } = basis;
  const state = {
    account: anAccount({ equity: decimal(equity) }),
    trades: [],
    pendingOrders: [],
  };
  const view = {
    instrument,
    quote: aQuote("1.08500", "1.08510"),
    conversion: conversion ?? identityConversion("USD"),
    state,
    venueTime: NOON,
    askedAtMs: 0,
  };
  return sizeByRisk(asked, {
    instrument,
    view,
    stopDistance: stop === null ? null : decimal(stop),
  });
}

describe("sizing by risk", () => {
  it("isn't done when units were given", () => {
    expect(size({ kind: "units", units: decimal("5"), text: "5" })).toBeNull();
  });

  it.each([
    [percent("1"), "50000"],
    [amount("50"), "25000"],
    [amount("0.0039"), "1"],
  ])("of %j with a stop 20 pips away gives %s units", (asked, units) => {
    expect(size(asked)?.units.toString()).toBe(units);
  });

  it("shows the arithmetic", () => {
    expect(size(percent("1"))).toMatchObject({
      explanation: "100.00 USD ÷ 0.002 per unit (stop 0.00200 away, 20 pips) = 50000 units",
    });
  });

  it("counts the loss at the rate at which losses are converted", () => {
    const conversion = {
      currency: "JPY",
      gain: decimal("0.0066"),
      loss: decimal("0.0068"),
      value: decimal("0.0067"),
    };
    const sizing = size(amount("68"), { instrument: USD_JPY, stop: "0.5", conversion });
    expect(sizing?.units.toString()).toBe("20000");
    expect(sizing?.lossPerUnit.toString()).toBe("0.0034");
  });

  it("needs a stop to measure the loss at", async () => {
    for (const stop of [null, "0"]) {
      const failure = await failureOf(() => size(percent("1"), { stop }));
      expect(failure).toMatchObject({ code: "USAGE", sent: false });
      expect(failure.message).toContain("Nothing was sent.");
      expect(failure.hint).toContain("--sl");
    }
  });

  it.each([
    [amount("0.0019"), EUR_USD, "10000"],
    [percent("1"), EUR_USD, "0"],
    [percent("1"), EUR_USD, "-500"],
    [amount("0.0001"), AAPL, "10000"],
  ])("%j that buys less than the smallest order is refused", async (asked, instrument, equity) => {
    const stop = instrument === AAPL ? "1" : "0.002";
    const failure = await failureOf(() => size(asked, { instrument, equity, stop }));
    expect(failure).toMatchObject({ code: "INVALID_UNITS", sent: false });
    expect(failure.message).toContain("Nothing was sent.");
    expect(failure.message).toContain(instrument.minimumUnits.toString());
  });

  it("for all risks and stops, the loss at the stop is at most the risk, and one step more would exceed it", () => {
    const cents = fc.integer({ min: 1, max: 10_000_000 });
    const steps = fc.integer({ min: 1, max: 100_000 });
    const rate = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(cents, steps, rate, fc.constantFrom(...INSTRUMENTS), (...given) => {
        const [risk, distance, factor, instrument] = given;
        const step = decimal("1").dividedBy(
          decimal(`1${"0".repeat(instrument.pricePrecision)}`),
          9,
        );
        const stop = step.times(decimal(String(distance)));
        const loss = decimal(String(factor)).times(decimal("0.00001"));
        const conversion = { currency: "X", gain: loss, value: loss, loss };
        const allowed = decimal(String(risk)).times(decimal("0.01"));
        const perUnit = stop.times(loss);
        const more = decimal("1").dividedBy(
          decimal(`1${"0".repeat(instrument.unitsPrecision)}`),
          9,
        );
        fc.pre(!allowed.isLessThan(perUnit.times(instrument.minimumUnits)));
        const asked = { kind: "risk_amount", amount: allowed } as const;
        const sizing = size(asked, { instrument, stop: stop.toString(), conversion });
        if (!sizing) throw new Error("a size was expected");
        expect(sizing.units.times(perUnit).isGreaterThan(allowed)).toBe(false);
        expect(sizing.units.plus(more).times(perUnit).isGreaterThan(allowed)).toBe(true);
        expect(sizing.units.decimals()).toBeLessThanOrEqual(instrument.unitsPrecision);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a size", () => {
  it.each([
    ["1", EUR_USD],
    ["100000000", EUR_USD],
    ["0.001", AAPL],
    ["999999999999", AAPL],
    ["1.000", EUR_USD],
  ])("of %s is legal at its edge", (units, instrument) => {
    expect(() => validateSize(decimal(units), instrument)).not.toThrow();
  });

  it.each([
    ["0.5", EUR_USD, "The nearest sizes are 0 and 1."],
    ["1000.5", EUR_USD, "The nearest sizes are 1000 and 1001."],
    ["0.0005", AAPL, "The nearest sizes are 0 and 0.001."],
    ["1.2345", AAPL, "The nearest sizes are 1.234 and 1.235."],
    ["100000001", EUR_USD, "Order at most 100000000."],
  ])("CI-04 of %s is refused, not rounded", async (units, instrument, hint) => {
    const failure = await failureOf(() => validateSize(decimal(units), instrument));
    expect(failure).toMatchObject({ code: "INVALID_UNITS", hint, sent: false });
    expect(failure.message).toContain(units);
    expect(failure.message).toContain("Nothing was sent.");
  });

  it("CI-04 below the smallest order is refused", async () => {
    const hundred = { ...EUR_USD, minimumUnits: decimal("100") };
    expect(await failureOf(() => validateSize(decimal("99"), hundred))).toMatchObject({
      code: "INVALID_UNITS",
      hint: "Order at least 100.",
    });
    expect(() => validateSize(decimal("100"), hundred)).not.toThrow();
  });
});
