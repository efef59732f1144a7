import { describe, expect, it } from "vitest";
import { type BookTrade, type Opinion, type Ruling, ruleOn, type Wish } from "./us-forex.ts";

/** The second opinion itself, held to the worked examples of the rule and of the dealer's FAQ. */

const WITH_SAFEGUARD = { hasSafeguard: true };
const LAW_ONLY = { hasSafeguard: false };

/** Prices in tenths of a pip, so that 10,000 units make a dollar for each ten of them. */
const OPENED_AT: Readonly<Record<number, bigint>> = { 1: 110_000n, 2: 110_500n, 3: 111_000n };
const NOW = 110_800n;

const THREE = [trade(1, 10_000n), trade(2, 20_000n), trade(3, 10_000n)];

type Example = {
  readonly code: string;
  readonly wish: Wish;
  readonly closes: string;
  readonly opens?: bigint;
  readonly realized: number;
};

const EXAMPLES: readonly Example[] = [
  { code: "F1", wish: sell(10_000n), closes: "1:10000", realized: 80 },
  { code: "F2", wish: sell(20_000n), closes: "1:10000 2:10000", realized: 110 },
  { code: "F3", wish: sameSizeAs(2), closes: "2:20000", realized: 60 },
  { code: "F4", wish: sameSizeAs(3), closes: "1:10000", realized: 80 },
  { code: "F6", wish: close(2), closes: "2:20000", realized: 60 },
  { code: "F7", wish: sell(15_000n), closes: "1:10000 2:5000", realized: 95 },
  { code: "F8", wish: sell(40_000n), closes: "1:10000 2:20000 3:10000", realized: 120 },
  {
    code: "F9",
    wish: sell(50_000n),
    closes: "1:10000 2:20000 3:10000",
    opens: -10_000n,
    realized: 120,
  },
  {
    code: "F10",
    wish: { ...sell(10_000n), pair: "GBP_USD" } as Wish,
    closes: "",
    opens: -10_000n,
    realized: 0,
  },
];

type Clash = {
  readonly code: string;
  readonly book: readonly BookTrade[];
  readonly wish: Wish;
  readonly verdict: Opinion["verdict"];
};

describe("the reference of US currency accounts", () => {
  it.each(EXAMPLES)("offsets example $code as the rule does", (example) => {
    const ruling = ruleOn(THREE, example.wish, LAW_ONLY);
    expect(ruling.law.verdict).toBe(example.opens && ruling.closes.length > 0 ? "warn" : "pass");
    expect(spelled(ruling)).toBe(example.closes);
    expect(ruling.opens).toBe(example.opens ?? 0n);
    expect(realized(ruling)).toBe(example.realized);
  });

  it("refuses example F5 and names the older trade of the size", () => {
    expect(ruleOn(THREE, close(3), LAW_ONLY)).toMatchObject({
      law: { verdict: "block", reason: "NOT_OLDEST_OF_SIZE" },
      instead: 1,
    });
  });

  it("refuses an opposite position", () => {
    expect(ruleOn(THREE, { ...sell(5n), fill: "open_only" } as Wish, LAW_ONLY)).toMatchObject({
      law: { verdict: "block", reason: "OPPOSITE_POSITION" },
    });
  });

  it("refuses a part of a trade that has an older one of its size", () => {
    expect(ruleOn(THREE, close(3, 400n), LAW_ONLY)).toMatchObject({
      law: { verdict: "block", reason: "NOT_OLDEST_OF_SIZE" },
      instead: 1,
    });
  });

  it("lets the oldest be closed in part, and warns of a newer one", () => {
    expect(ruleOn(THREE, close(1, 400n), WITH_SAFEGUARD).law.verdict).toBe("pass");
    expect(ruleOn(THREE, close(2, 400n), WITH_SAFEGUARD)).toMatchObject({
      law: { verdict: "warn", reason: "PART_OF_NEWER" },
      instead: 1,
    });
  });

  it.each<Clash>([
    { code: "S1", book: [trade(1, 1000n, true)], wish: buy(1000n, true), verdict: "block" },
    { code: "S2", book: [trade(1, 1000n, true)], wish: buy(1001n, true), verdict: "pass" },
    { code: "S3", book: [trade(1, 1000n)], wish: buy(1000n, false), verdict: "pass" },
    {
      code: "S3, exits added later",
      book: [trade(1, 1000n), trade(2, 1000n)],
      wish: { kind: "set_exits", id: 2 },
      verdict: "warn",
    },
    { code: "S4", book: [trade(1, 1000n, true)], wish: buy(1000n, false), verdict: "warn" },
    {
      code: "S5",
      book: [trade(1, 1500n, true), trade(2, 1000n, true)],
      wish: close(1, 500n),
      verdict: "warn",
    },
    {
      code: "S6",
      book: [trade(1, 1000n, true)],
      wish: { ...buy(1000n, true), pair: "GBP_USD" } as Wish,
      verdict: "pass",
    },
  ])("judges the dealer's example $code", ({ book, wish, verdict }) => {
    expect(ruleOn(book, wish, WITH_SAFEGUARD).house.verdict).toBe(verdict);
    expect(ruleOn(book, wish, LAW_ONLY).house.verdict).toBe("pass");
  });

  it("keeps two accounts of one person apart", () => {
    const other = { ...trade(1, 1000n, true), account: "B" };
    expect(ruleOn([other], buy(1000n, true), WITH_SAFEGUARD).house.verdict).toBe("pass");
    expect(ruleOn([other], sell(1000n), LAW_ONLY)).toMatchObject({ closes: [], opens: -1000n });
  });
});

function trade(id: number, units: bigint, hasExits = false): BookTrade {
  return { id, account: "A", pair: "EUR_USD", units, openedAt: id, hasExits };
}

function buy(units: bigint, hasExits: boolean): Wish {
  return { kind: "order", account: "A", pair: "EUR_USD", units, hasExits, fill: "reduce_first" };
}

function sell(units: bigint): Wish {
  return buy(-units, false);
}

function close(id: number, units: bigint | "all" = "all"): Wish {
  return { kind: "close_trade", id, units };
}

function sameSizeAs(tradeOfSize: number): Wish {
  return { kind: "offset_same_size", tradeOfSize };
}

function spelled(ruling: Ruling): string {
  return ruling.closes.map(({ id, units }) => `${id}:${units}`).join(" ");
}

/** In dollars; positions of these examples are long. */
function realized(ruling: Ruling): number {
  const tenths = ruling.closes.reduce(
    (sum, { id, units }) => sum + units * (NOW - (OPENED_AT[id] ?? NOW)),
    0n,
  );
  return Number(tenths / 100_000n);
}
