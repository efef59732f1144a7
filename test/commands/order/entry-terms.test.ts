import { describe, expect, it } from "vitest";
import { type TermsOptions, termsOf } from "../../../src/commands/order/entry-terms.ts";
import { Failure } from "../../../src/core/failures.ts";
import { instantToMs } from "../../../src/core/time.ts";
import { NOON } from "../../support/market.ts";

const NOW = instantToMs(NOON);
const LIMIT = { type: "limit", price: "1.08" } as const;

function refusal(options: TermsOptions): Failure {
  try {
    termsOf(options, NOW);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("a failure was expected");
}

describe("when an order executes and how long it waits", () => {
  it.each<[TermsOptions, Record<string, unknown>]>([
    [{}, { type: "market", timeInForce: "FOK" }],
    [
      { type: "market", tif: "IOC" },
      { type: "market", timeInForce: "IOC" },
    ],
    [
      { type: "market", tif: "fok" },
      { type: "market", timeInForce: "FOK" },
    ],
    [LIMIT, { type: "limit", price: "1.08", timeInForce: "GTC", expiresAt: null }],
    [
      { ...LIMIT, type: "stop", maxSlippage: "2p" },
      { type: "stop", timeInForce: "GTC" },
    ],
    [
      { ...LIMIT, type: "mit", tif: "day" },
      { type: "mit", timeInForce: "DAY", expiresAt: null },
    ],
    [{ ...LIMIT, tif: "FOK" }, { timeInForce: "FOK" }],
    [
      { ...LIMIT, expires: "7d" },
      { timeInForce: "GTD", expiresAt: "2026-11-25T12:00:00.000000000Z" },
    ],
    [
      { ...LIMIT, tif: "GTD", expires: "2026-11-30" },
      { timeInForce: "GTD", expiresAt: "2026-11-30T00:00:00.000000000Z" },
    ],
    [{ ...LIMIT, sl: "20p", guaranteed: true }, { type: "limit" }],
  ])("%j is %j", (options, expected) => {
    expect(JSON.parse(JSON.stringify(termsOf(options, NOW)))).toMatchObject(expected);
  });

  it.each<[TermsOptions, readonly string[]]>([
    [{ price: "1.08" }, ["has no --price"]],
    [{ tif: "GTC" }, ["--tif is FOK or IOC, not GTC"]],
    [{ expires: "7d" }, ["has no --expires"]],
    [{ type: "limit" }, ["A limit order needs --price"]],
    [{ ...LIMIT, maxSlippage: "2p" }, ["has no --max-slippage"]],
    [{ ...LIMIT, tif: "GTD" }, ["--tif GTD needs --expires"]],
    [{ ...LIMIT, tif: "DAY", expires: "7d" }, ["is GTD, not DAY"]],
    [{ ...LIMIT, guaranteed: true }, ["--guaranteed needs --sl"]],
    [{ ...LIMIT, sl: true, guaranteed: true, trailing: true }, ["excludes --trailing"]],
    [{ type: "iceberg" }, ["market, limit, stop, mit"]],
    [{ ...LIMIT, tif: "GTX" }, ["GTC, GTD, DAY, FOK, IOC"]],
    [{ ...LIMIT, expires: "7d ago" }, ["is not a time"]],
    [{ ...LIMIT, expires: "2026-11-18" }, ["is in the past"]],
    [
      { price: "1.08", tif: "GTD", expires: "7d" },
      ["has no --price", "not GTD", "has no --expires"],
    ],
    [{ type: "limit", maxSlippage: "2p", tif: "GTD" }, ["needs --price", "--max-slippage", "GTD"]],
  ])("CI-11 %j is refused with everything that is wrong", (options, words) => {
    const failure = refusal(options);
    expect(failure).toMatchObject({ code: "USAGE", sent: false });
    for (const word of words) expect(failure.message).toContain(word);
  });

  it.each(["0", "-1", "1,08", "20p", "high"])("CI-05 a price of %j is refused", (price) => {
    expect(refusal({ type: "limit", price })).toMatchObject({ code: "INVALID_PRICE" });
  });
});
