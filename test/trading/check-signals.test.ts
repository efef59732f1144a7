import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../src/core/money.ts";
import { addMs, type Instant } from "../../src/core/time.ts";
import { checkSignals } from "../../src/trading/check-signals.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { placeSignal } from "../../src/trading/place-signal.ts";
import { NO_ORIGIN } from "../support/clear-order.ts";
import { NOON } from "../support/market.ts";
import { aDesk, aDraft, exit, sending, type TestDesk, units } from "./test-desk.ts";

type Line = readonly [signalId: string, changes?: Partial<OrderDraft>];

function draftOf([signalId, changes = {}]: Line): OrderDraft {
  return aDraft({ ...changes, origin: { ...NO_ORIGIN, signalId } });
}

async function check(lines: readonly Line[], desk: TestDesk = aDesk()) {
  const { signals, problems } = await checkSignals(
    desk,
    lines.map((line, index) => ({ line: index + 1, draft: draftOf(line) })),
  );
  return {
    signals: signals.map(({ line, draft, isKnown }) => [line, draft.origin.signalId, isKnown]),
    problems: problems.map(({ line, failure }) => [line, failure.code]),
  };
}

const limit = (price: string, expiresAt: Instant | null) =>
  ({
    type: "limit",
    price: toPrice(decimal(price)),
    timeInForce: expiresAt === null ? "GTC" : "GTD",
    expiresAt,
  }) as OrderDraft["terms"];

describe("signals before any of them is sent", () => {
  it("pass where nothing can be said against them, each once", async () => {
    const waits = { terms: limit("1.08", addMs(NOON, 60_000)), stopLoss: exit("20p") };
    const exits = { stopLoss: exit("1.08000"), takeProfit: exit("40p"), trailingStop: exit("20p") };
    const lines: readonly Line[] = [
      ["a"],
      ["b", waits],
      ["a"],
      ["c", exits],
      ["d", { stopLoss: exit("0.5%") }],
    ];
    expect(await check(lines)).toEqual({
      signals: [
        [1, "a", false],
        [2, "b", false],
        [4, "c", false],
        [5, "d", false],
      ],
      problems: [],
    });
  });

  it.each([
    ["an instrument that isn't there", { instrument: "EUR_XXX" }, "INSTRUMENT_NOT_FOUND"],
    ["a size that the instrument doesn't take", { size: units("0.5") }, "INVALID_UNITS"],
    ["a price with too many digits", { terms: limit("1.0812345", null) }, "INVALID_PRICE"],
    ["an exit with too many digits", { stopLoss: exit("1.0712345") }, "INVALID_PRICE"],
    ["a distance that no price has", { takeProfit: exit("20.05p") }, "INVALID_PRICE"],
    ["an expiry in the past", { terms: limit("1.08", addMs(NOON, -1)) }, "USAGE"],
  ] as const)("are told of with their lines: %s", async (_, changes, code) => {
    const { signals, problems } = await check([["fine"], ["wrong", changes]]);
    expect(signals).toEqual([[1, "fine", false]]);
    expect(problems).toEqual([[2, code]]);
  });

  it("may not be two orders of one id, in the file or in the journal", async () => {
    const desk = aDesk();
    const { problems } = await checkSignals(desk, [
      { line: 1, draft: draftOf(["a"]) },
      { line: 2, draft: draftOf(["a", { side: "sell" }]) },
    ]);
    expect(problems.map(({ line }) => line)).toEqual([2]);
    expect(problems[0]?.failure.message).toContain('signalId "a" stands in line 1 already');
    await placeSignal(desk, draftOf(["a"]), sending());
    expect(await check([["a"], ["a", { size: units("2000") }]], desk)).toEqual({
      signals: [[1, "a", true]],
      problems: [[2, "USAGE"]],
    });
  });

  it("are not judged where their instruments can't be read", async () => {
    const desk = aDesk();
    desk.broker.instruments = async () => {
      throw new Error("no answer");
    };
    await expect(check([["a"]], desk)).rejects.toThrow("no answer");
  });
});
