import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../../src/commands/exit-codes.ts";
import { parseSignalLines } from "../../../src/commands/order/signal-lines.ts";
import { signalContent } from "../../../src/trading/signal-content.ts";
import { aSignal, type Signal } from "../../support/signals.ts";

function parseOne(signal: Signal) {
  const { signals, problems } = parseSignalLines(JSON.stringify(signal));
  return { draft: signals[0]?.draft, problem: problems[0] };
}

function problemOf(line: string) {
  const { signals, problems } = parseSignalLines(line);
  expect(signals).toEqual([]);
  const [problem] = problems;
  if (!problem) throw new Error("a problem was expected");
  return problem;
}

const text = (minLength: number, maxLength: number) =>
  fc.string({ minLength, maxLength, unit: fc.constantFrom(..."abcXYZ019_.:/@+-") });
const digits = (places: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 9_999_999 }), fc.integer({ min: 0, max: places }))
    .map(([value, point]) => {
      const shown = String(value).padStart(point + 1, "0");
      return point === 0 ? shown : `${shown.slice(0, -point)}.${shown.slice(-point)}`;
    });
const exit = fc.oneof(
  digits(5),
  digits(1).map((pips) => `${pips}p`),
  digits(2).map((percent) => `${percent}%`),
  fc.constant(true),
);
const terms = fc.oneof(
  fc.record({ type: fc.constant("market"), timeInForce: fc.constantFrom("FOK", "IOC") }),
  fc.record({
    type: fc.constantFrom("limit", "stop", "mit"),
    price: digits(5),
    timeInForce: fc.constantFrom("GTC", "DAY", "FOK", "IOC"),
  }),
  fc.record({
    type: fc.constantFrom("limit", "stop", "mit"),
    price: digits(5),
    timeInForce: fc.constant("GTD"),
    expiresAt: fc.constantFrom("2030-01-02", "2030-01-02T03:04:05Z", "2019-12-31T23:00:00-05:00"),
  }),
);
const signal = fc
  .tuple(
    fc.record({
      signalId: text(1, 50),
      agent: text(1, 50),
      instrument: fc.constantFrom("EUR_USD", "eur/usd", "AAPL"),
      side: fc.constantFrom("buy", "sell"),
      units: digits(3),
    }),
    terms,
    fc.record({ stopLoss: exit, takeProfit: exit, trailingStop: exit }, { requiredKeys: [] }),
  )
  .map(([common, ...rest]): Signal => Object.assign({}, common, ...rest));

describe("a line of signals", () => {
  it("means what it says, for all signals", () => {
    fc.assert(
      fc.property(signal, (given) => {
        const { draft, problem } = parseOne(given);
        expect(problem).toBeUndefined();
        expect(draft?.origin).toEqual({
          signalId: given.signalId,
          agent: given.agent,
          comment: null,
        });
        expect([draft?.side, draft?.instrument]).toEqual([given.side, given.instrument]);
        expect(draft?.size).toMatchObject({ kind: "units", text: given.units });
        expect(draft?.terms).toMatchObject({ type: given.type, timeInForce: given.timeInForce });
        for (const key of ["stopLoss", "takeProfit", "trailingStop"] as const) {
          expect(draft?.[key] === null).toBe(given[key] === undefined);
          expect(draft?.[key]?.kind === "default").toBe(given[key] === true);
        }
      }),
    );
  });

  it("means the same however its keys are ordered and its absent ones left out, for all signals", () => {
    fc.assert(
      fc.property(signal, (given) => {
        const turned = Object.fromEntries([
          ...Object.entries({ comment: null, price: null, expiresAt: null }),
          ...Object.entries(given).reverse(),
        ]);
        const [one, two] = [parseOne(given).draft, parseOne(turned).draft];
        if (!one || !two) throw new Error("both must be read");
        expect(signalContent(two, "EUR_USD")).toBe(signalContent(one, "EUR_USD"));
      }),
    );
  });

  it("is read or refused with exit code 2, and never anything else, for all texts", () => {
    const anyValue = fc.oneof(fc.jsonValue(), exit, fc.string());
    const changed = fc
      .tuple(signal, fc.constantFrom(...KEYS_AND_OTHERS), anyValue)
      .map(([given, key, value]) => JSON.stringify({ ...given, [key]: value }));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), changed), (line) => {
        const { signals, problems } = parseSignalLines(line.replaceAll("\n", " "));
        const codes = problems.map(({ failure }) => EXIT_CODES[failure.code]);
        expect(codes.every((code) => code === 2)).toBe(true);
        expect(signals.length + problems.length).toBe(
          line.replaceAll("\n", " ").trim() === "" ? 0 : 1,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("has its number counted with the empty ones, whatever ends the lines", () => {
    const line = JSON.stringify(aSignal("s-1"));
    const { signals, problems } = parseSignalLines(`\uFEFF${line}\r\n\r\n  \n${line}\r\nno\r\n`);
    expect(signals.map((each) => each.line)).toEqual([1, 4]);
    expect(problems.map((each) => each.line)).toEqual([5]);
  });

  it.each([
    ["no JSON", "{", [null, /\{ is not JSON/]],
    ["no object", '["buy"]', [null, /not a JSON object/]],
    ["an unknown key", JSON.stringify(aSignal("s", { unit: "1" })), ["unit", /"unit" is no key/]],

    [
      "a missing key",
      JSON.stringify(aSignal("s", { units: undefined })),
      ["units", /units is missing/],
    ],
    [
      "a null for a needed key",
      JSON.stringify(aSignal("s", { agent: null })),
      ["agent", /missing/],
    ],
    ["a number", JSON.stringify(aSignal("s", { units: 1000 })), ["units", /units is 1000.*text/]],
    ["a list", JSON.stringify(aSignal("s", { side: ["buy"] })), ["side", /side is \["buy"\]/]],
    ["a true that means nothing", JSON.stringify(aSignal("s", { price: true })), ["price", /text/]],
    ["a bad size", JSON.stringify(aSignal("s", { units: "-5" })), ["units", /"-5" is not a size/]],
    ["a bad side", JSON.stringify(aSignal("s", { side: "long" })), ["side", /"long".*buy, sell/]],
    ["a bad exit", JSON.stringify(aSignal("s", { stopLoss: "20q" })), ["stopLoss", /"20q"/]],
    ["a price at the market", JSON.stringify(aSignal("s", { price: "1.1" })), ["type", /no price/]],
    [
      "a time that moves",
      JSON.stringify(aSignal("s", { type: "mit", price: "1", expiresAt: "7d" })),
      ["type", /"7d" is not a time/],
    ],
    ["a long label", JSON.stringify(aSignal("é".repeat(30))), ["signalId", /too long together/]],
  ] as const)("with %s is refused by name", (_, line, [key, message]) => {
    const problem = problemOf(line);
    expect(problem.key).toBe(key);
    expect(problem.failure.message).toMatch(message);
    expect(problem.failure.message).not.toContain("--");
  });

  it("with a key twice is refused, also where one is written in escapes", () => {
    const line = JSON.stringify(aSignal("s-1"));
    expect(problemOf(`${line.slice(0, -1)},"units":"9"}`).failure.message).toMatch(/twice/);
    expect(problemOf(`${line.slice(0, -1)},"\\u0075nits":"9"}`).failure.message).toMatch(/twice/);
  });
});

const KEYS_AND_OTHERS = [
  ...["signalId", "agent", "instrument", "side", "units", "type", "price", "stopLoss"],
  ...["takeProfit", "trailingStop", "timeInForce", "expiresAt", "comment", "__proto__", "x"],
];
