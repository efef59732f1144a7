import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterExecution,
  countDayTrades,
  makesDayTrade,
  type StockDay,
  startOfDay,
} from "../../../src/compliance/day-trading/day-trades.ts";
import { NYSE_DAYS } from "../../../src/compliance/day-trading/nyse-days.ts";
import { type Decimal, decimal, sumOf, wholeNumber, ZERO } from "../../../src/core/money.ts";
import type { StockExecution } from "../../../src/core/stock-account.ts";
import { executions, newYork } from "./trading-days.ts";

describe("day trades of one stock on one day", () => {
  it.each([
    { code: "P1", from: "FINRA, RN 21-13, example A", did: "B250 B250 S500", count: 1 },
    { code: "P2", from: "FINRA, RN 21-13, example B", did: "B100 S100 B100 S100", count: 2 },
    { code: "P3", from: "FINRA, RN 21-13, example C", did: "B500 S100 S100 S300", count: 1 },
    { code: "", from: "FINRA, RN 21-13, example D", did: "B250 B300 B100 S150 S175", count: 1 },
    { code: "", from: "FINRA, RN 21-13, example E", did: "B199 B142 S1 B45 S100 S200", count: 2 },
    { code: "P4", from: "held overnight, none bought", held: "200", did: "S200", count: 0 },
    { code: "P5", from: "only the second pair", held: "200", did: "S200 B200 S200", count: 1 },
    { code: "P6", from: "a sale after a purchase", held: "200", did: "B50 S250", count: 1 },
    { code: "P7", from: "sold short and bought back", did: "S80 B80", count: 1 },
    { code: "P8", from: "reversed, then bought back", did: "B100 S180 B80", count: 2 },
    { code: "P9", from: "a partial close", did: "B100 S40", count: 1 },
    { code: "", from: "a short held overnight", held: "-80", did: "B80", count: 0 },
    { code: "", from: "a short sold again first", held: "-80", did: "S20 B100", count: 1 },
    { code: "", from: "fractions of a share", did: "B0.5 S0.25 S0.25", count: 1 },
    {
      code: "",
      from: "an overnight sale cut in two by a purchase",
      held: "200",
      did: "S100 B50 S150",
      count: 1,
    },
  ])("$code $from: $did is $count", ({ held = "0", did, count }) => {
    expect(dayAfter(held, did).dayTrades).toBe(count);
  });

  it("F of FINRA's examples (RN 21-13): two stocks are two day trades", () => {
    const did = executions("2026-05-26", "ABC B200", "XYZ B100", "ABC S100", "XYZ S100");
    expect(count(did, { ABC: "100" })).toEqual({ "2026-05-26": 2 });
  });

  it("P10 a purchase and a sale of different stocks are no day trade", () => {
    const did = executions("2026-05-26", "X B10", "Y S10");
    expect(count(did, { X: "10", Y: "-10" })).toEqual({});
  });

  it("P9 what is left of a partial close is overnight on the next day", () => {
    const did = [
      ...executions("2026-05-26", "ABC B100", "ABC S40"),
      ...executions("2026-05-27", "ABC S60"),
    ];
    expect(count(did, {})).toEqual({ "2026-05-26": 1 });
  });

  it("knows from the position of now what was held before", () => {
    expect(count(executions("2026-05-26", "ABC S200"), {})).toEqual({});
    expect(count(executions("2026-05-26", "ABC S200", "ABC B200"), { ABC: "200" })).toEqual({});
    expect(count(executions("2026-05-26", "ABC S200", "ABC B200"), {})).toEqual({
      "2026-05-26": 1,
    });
  });

  it("counts orders, not their executions, as trades", () => {
    const parts = ["2026-05-26T14:00:00", "2026-05-26T14:00:01"].map((at) => ({
      orderId: "one",
      instrument: "ABC",
      side: "buy" as const,
      units: decimal("5"),
      time: newYork(at),
    }));
    const { orders } = countDayTrades(parts, new Map(), NYSE_DAYS);
    expect([...orders]).toEqual([["2026-05-26", 1]]);
  });
});

const step = fc.record({
  side: fc.constantFrom<"buy" | "sell">("buy", "sell"),
  units: fc.integer({ min: 1, max: 300 }).map(wholeNumber),
});
const steps = fc.array(step, { maxLength: 12 });
const held = fc.integer({ min: -300, max: 300 }).map(wholeNumber);

describe("counting day trades", () => {
  it("for all days, shares are neither made nor lost", () => {
    fc.assert(
      fc.property(held, steps, (start, did) => {
        const end = run(start, did);
        const moved = sumOf(
          did.map(({ side, units }) => (side === "buy" ? units : units.negated())),
        );
        expect(end.overnight.plus(end.today).equals(start.plus(moved))).toBe(true);
      }),
    );
  });

  it("for all days, there are no more day trades than changes of direction", () => {
    fc.assert(
      fc.property(held, steps, (start, did) => {
        const changes = did.filter(({ side }, index) => index > 0 && did[index - 1]?.side !== side);
        expect(run(start, did).dayTrades).toBeLessThanOrEqual(changes.length);
      }),
    );
  });

  it("for all days, an execution cut into pieces counts as the whole", () => {
    fc.assert(
      fc.property(held, fc.array(step, { minLength: 1, maxLength: 8 }), (start, did) => {
        const cut = did.flatMap(({ side, units }) => {
          const first = units.dividedBy(wholeNumber(3), 0, "down");
          const pieces = [first, units.minus(first)].filter((piece) => piece.isPositive());
          return pieces.map((piece) => ({ side, units: piece }));
        });
        expect(run(start, cut)).toEqual(run(start, did));
      }),
    );
  });

  it("for all days, buying and selling short mirror each other", () => {
    fc.assert(
      fc.property(held, steps, (start, did) => {
        const mirrored = did.map(({ side, units }) => ({
          side: side === "buy" ? ("sell" as const) : ("buy" as const),
          units,
        }));
        expect(run(start.negated(), mirrored).dayTrades).toBe(run(start, did).dayTrades);
      }),
    );
  });

  it("for all days, what is told beforehand is what is counted afterwards", () => {
    fc.assert(
      fc.property(held, steps, step, (start, did, next) => {
        const before = run(start, did);
        const grew = afterExecution(before, next).dayTrades - before.dayTrades;
        expect(grew).toBe(makesDayTrade(before, next) ? 1 : 0);
      }),
    );
  });
});

function run(start: Decimal, did: readonly Pick<StockExecution, "side" | "units">[]): StockDay {
  return did.reduce(afterExecution, startOfDay(start));
}

function dayAfter(held: string, did: string): StockDay {
  const parsed = did.split(" ").map((word) => ({
    side: word.startsWith("B") ? ("buy" as const) : ("sell" as const),
    units: decimal(word.slice(1)),
  }));
  return run(decimal(held), parsed);
}

function count(did: readonly StockExecution[], now: Readonly<Record<string, string>>) {
  const positions = new Map(Object.entries(now).map(([name, units]) => [name, decimal(units)]));
  expect([...positions.values()].every((units) => !units.equals(ZERO))).toBe(true);
  return Object.fromEntries(countDayTrades(did, positions, NYSE_DAYS).dayTrades);
}
