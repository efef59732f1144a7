import { expect } from "vitest";
import { decimal } from "../../src/core/money.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import type { User } from "./program.ts";

/** The report of a command that must succeed. */
export async function report(user: User, words: string): Promise<OrderReport> {
  const result = await user.run(`${words} --json`);
  expect(result.code, result.stderr).toBe(0);
  return result.json<OrderReport>();
}

/** A price so many pips from where EUR_USD would be bought now. */
export async function priceAt(user: User, pips: number, words = ""): Promise<string> {
  const { expectedPrice } = await report(user, `order buy EUR_USD 1000 --dry-run ${words}`);
  const offset = decimal(String(pips)).times(decimal("0.0001"));
  return decimal(expectedPrice ?? "none")
    .plus(offset)
    .toFixed(5);
}
