import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DeficitStatus,
  deficitStatus,
  freezeUntil,
  type Ground,
  type Rise,
} from "../../../src/compliance/day-trading/deficits.ts";
import {
  intradayDeficit,
  type LevelChange,
  smallDeficit,
} from "../../../src/compliance/day-trading/intraday-margin.ts";
import { NYSE_DAYS } from "../../../src/compliance/day-trading/nyse-days.ts";
import { DEFICIT_PRACTICES } from "../../../src/compliance/day-trading/terms.ts";
import { tradingDayAfter } from "../../../src/compliance/day-trading/trading-calendar.ts";
import { ruleSetOn } from "../../../src/compliance/rule-set.ts";
import { intradayTerms } from "../../../src/compliance/rules/day-trading.ts";
import { decimal, wholeNumber, ZERO } from "../../../src/core/money.ts";
import { newYork } from "./trading-days.ts";

const TERMS = shippedTerms();
const ALPACA: Ground = {
  terms: TERMS,
  practice: DEFICIT_PRACTICES.alpaca ?? null,
  calendar: NYSE_DAYS,
};
const IBKR: Ground = { ...ALPACA, practice: DEFICIT_PRACTICES.ibkr ?? null };
const SILENT: Ground = { ...ALPACA, practice: null };

/** What changes the level at 25 % maintenance: a purchase by a quarter of its value, a fall by three quarters. */
const BUY_30_000 = trade("09:31", "-7500");
const FALL_BY_TENTH = market("10:00", "-2250");
const BUY_5_000 = trade("10:30", "-1250");
const SELL_8_000 = trade("14:00", "2000");

describe("the intraday margin deficit of a day", () => {
  it.each([
    { code: "M1", start: "10000", did: [BUY_30_000], deficit: "0" },
    { code: "M2", start: "10000", did: [BUY_30_000, FALL_BY_TENTH], deficit: "0" },
    { code: "M3", start: "10000", did: [BUY_30_000, FALL_BY_TENTH, BUY_5_000], deficit: "1000" },
    { code: "M4", start: "500", did: [market("11:00", "-2000")], deficit: "0" },
    {
      code: "M5",
      start: "10000",
      did: [BUY_30_000, FALL_BY_TENTH, BUY_5_000, SELL_8_000],
      deficit: "1000",
    },
    { code: "M6", start: "3100", did: [trade("12:00", "-4000")], deficit: "900" },
  ])("$code", ({ start, did, deficit }) => {
    expect(intradayDeficit(decimal(start), did).toString()).toBe(deficit);
  });

  it.each([
    { code: "M3", equity: "7000", deficit: "1000", small: "350", isSmall: false },
    { code: "M6", equity: "50000", deficit: "900", small: "1000", isSmall: true },
    { code: "at the edge", equity: "7000", deficit: "350", small: "350", isSmall: true },
    { code: "without equity", equity: "-5", deficit: "0.01", small: "0", isSmall: false },
  ])("$code: what is small at an equity of $equity", ({ equity, deficit, small, isSmall }) => {
    const limit = smallDeficit(decimal(equity), TERMS);
    expect(limit.toString()).toBe(small);
    expect(!decimal(deficit).isGreaterThan(limit)).toBe(isSmall);
  });

  it("deepens where a purchase follows the market's fall", () => {
    expect(intradayDeficit(ZERO, [market("10:00", "-500"), trade("10:01", "-1")]).toString()).toBe(
      "501",
    );
  });

  it("assumes the worst order of what happened at one moment", () => {
    const same = [trade("10:00", "400"), trade("10:00", "-300"), market("10:00", "-200")];
    expect(intradayDeficit(decimal("100"), same).toString()).toBe("400");
  });

  it("for all days, it is the same however the list is ordered, and no order of one moment is worse", () => {
    const change = fc
      .record({
        minute: fc.integer({ min: 0, max: 2 }),
        amount: fc.integer({ min: -900, max: 900 }),
        isTransaction: fc.boolean(),
      })
      .map(({ minute, amount, isTransaction }) => ({
        time: newYork(`2026-09-01T10:0${minute}:00`),
        change: wholeNumber(amount),
        isTransaction,
      }));
    const days = fc.array(change, { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.integer({ min: -500, max: 1500 }),
        days.chain((day) =>
          fc.tuple(fc.constant(day), fc.shuffledSubarray(day, { minLength: day.length })),
        ),
        (start, [day, shuffled]) => {
          const worst = intradayDeficit(wholeNumber(start), day);
          expect(intradayDeficit(wholeNumber(start), shuffled).equals(worst)).toBe(true);
          expect(lowestAsListed(start, shuffled)).toBeLessThanOrEqual(worst.toApproximateNumber());
        },
      ),
    );
  });

  it("for all days, a market that only moves makes none", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5000, max: 5000 })), (moves) => {
        const did = moves.map((move) => market("10:00", String(move)));
        expect(intradayDeficit(ZERO, did).isZero()).toBe(true);
      }),
    );
  });
});

describe("meeting a deficit", () => {
  it("M7 days run over Thanksgiving: 5th on 2026-12-02, 15th on 2026-12-16", () => {
    const status = on("2026-11-24", "2026-11-24", []);
    expect(status).toMatchObject({
      state: "outstanding",
      callDue: "2026-11-27",
      promptBy: "2026-12-02",
      outstandingUntil: "2026-12-16",
      areDaysKnown: true,
    });
  });

  it("M5 what rises on the day itself doesn't count, what comes after its end does", () => {
    const sameDay = [{ day: "2026-11-24", amount: decimal("1000") }];
    expect(on("2026-11-24", "2026-11-25", sameDay).state).toBe("outstanding");
    const later = [{ day: "2026-11-25", amount: decimal("1000") }];
    expect(on("2026-11-24", "2026-11-25", later)).toMatchObject({
      state: "satisfied",
      satisfiedOn: "2026-11-25",
      isLate: false,
    });
  });

  it.each([
    { asOf: "2026-12-01", isLate: false, state: "outstanding" },
    { asOf: "2026-12-02", isLate: true, state: "outstanding" },
    { asOf: "2026-12-15", isLate: true, state: "outstanding" },
    { asOf: "2026-12-16", isLate: true, state: "lapsed" },
  ])("at the close of $asOf an unmet one is $state, late: $isLate", ({ asOf, isLate, state }) => {
    expect(on("2026-11-24", asOf, [])).toMatchObject({ state, isLate });
  });

  it.each([
    { day: "2026-12-02", isLate: false, state: "satisfied" },
    { day: "2026-12-03", isLate: true, state: "satisfied" },
    { day: "2026-12-17", isLate: true, state: "lapsed" },
  ])("met on $day it is $state, late: $isLate", ({ day, isLate, state }) => {
    const rises = [{ day, amount: decimal("1000") }];
    expect(on("2026-11-24", "2026-12-31", rises)).toMatchObject({ state, isLate });
  });

  it("nets deposits with withdrawals, and asks for all of it", () => {
    const rises = [
      { day: "2026-11-25", amount: decimal("900") },
      { day: "2026-11-27", amount: decimal("-100") },
      { day: "2026-11-30", amount: decimal("199.99") },
      { day: "2026-12-01", amount: decimal("0.01") },
    ];
    expect(on("2026-11-24", "2026-12-31", rises).satisfiedOn).toBe("2026-12-01");
  });

  it("says when its days are the earliest possible because holidays aren't known", () => {
    expect(on("2028-12-20", "2028-12-21", []).areDaysKnown).toBe(false);
  });

  it("for all sums of rises, it is met on the first day that they reach it", () => {
    const rise = fc.record({
      after: fc.integer({ min: 0, max: 15 }),
      amount: fc.integer({ min: -400, max: 900 }),
    });
    fc.assert(
      fc.property(fc.array(rise, { maxLength: 8 }), (drawn) => {
        const rises = drawn.map(({ after, amount }) => ({
          day: tradingDayAfter("2026-09-01", after, NYSE_DAYS),
          amount: wholeNumber(amount),
        }));
        let expected: string | null = null;
        let sum = 0;
        for (let after = 1; after <= 15 && expected === null; after += 1) {
          const found = drawn.filter((each) => each.after === after);
          for (const { amount } of found) sum += amount;
          if (found.length > 0 && sum >= 1000) {
            expected = tradingDayAfter("2026-09-01", after, NYSE_DAYS);
          }
        }
        expect(on("2026-09-01", "2026-12-31", rises).satisfiedOn).toBe(expected);
      }),
    );
  });
});

describe("a practice of late deficits", () => {
  it("freezes for 90 calendar days after the first one at a broker that says so", () => {
    expect(freezeUntil([late("2026-11-24")], ALPACA)).toBe("2027-03-02");
  });

  it("takes four in twelve months where the broker counts to four", () => {
    const three = ["2026-07-01", "2026-08-03", "2026-09-01"].map((day) => late(day));
    expect(freezeUntil(three, IBKR)).toBeNull();
    expect(freezeUntil([...three, late("2026-10-01")], IBKR)).toBe("2027-01-06");
    expect(freezeUntil([...three, late("2027-08-02")], IBKR)).toBeNull();
  });

  it("is left to a broker that names no number", () => {
    expect(freezeUntil([late("2026-11-24"), late("2026-11-25")], SILENT)).toBeNull();
  });

  it.each([
    { why: "small ones", change: { amount: decimal("350") } },
    { why: "extraordinary circumstances", change: { isExtraordinary: true } },
  ])("leaves $why out", ({ change }) => {
    const status = late("2026-11-24", change);
    expect(status.isLate).toBe(true);
    expect(freezeUntil([status], ALPACA)).toBeNull();
  });
});

function shippedTerms() {
  const { rules } = ruleSetOn({ region: "US", broker: "alpaca", changes: [] }, "2026-11-24");
  const rule = rules.find((each) => each.id === "us-intraday-margin");
  if (rule?.check !== "intraday-margin") throw new Error("there is no such rule");
  return intradayTerms(rule);
}

function on(day: string, asOf: string, rises: readonly Rise[]): DeficitStatus {
  return deficitStatus(deficit(day), { rises, asOf }, ALPACA);
}

function late(day: string, change = {}): DeficitStatus {
  return deficitStatus({ ...deficit(day), ...change }, { rises: [], asOf: "2028-01-03" }, ALPACA);
}

function deficit(day: string) {
  return { day, amount: decimal("1000"), equity: decimal("7000"), isExtraordinary: false };
}

function trade(clock: string, change: string): LevelChange {
  return { ...market(clock, change), isTransaction: true };
}

function market(clock: string, change: string): LevelChange {
  const time = newYork(`2026-09-01T${clock}:00`);
  return { time, change: decimal(change), isTransaction: false };
}

/** As the changes stand in the list, but for their times. */
function lowestAsListed(start: number, changes: readonly LevelChange[]): number {
  const byTime = [...changes].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  let level = start;
  let lowest = 0;
  for (const { change, isTransaction } of byTime) {
    level += change.toApproximateNumber();
    if (isTransaction && change.isNegative()) lowest = Math.min(lowest, level);
  }
  return -lowest;
}
