import { decimal } from "../../../src/core/money.ts";
import type { StockExecution } from "../../../src/core/stock-account.ts";
import { type Instant, instantFromMs, instantToMs } from "../../../src/core/time.ts";
import { newYorkOffsetHours } from "../../../src/core/trading-day.ts";

/** The moment that a clock in New York shows as `2026-05-26T09:31:00`. */
export function newYork(clock: string): Instant {
  const ms = Date.parse(`${clock}Z`);
  const offset = newYorkOffsetHours(ms + 5 * 3_600_000);
  return instantFromMs(ms - offset * 3_600_000);
}

/** Orders of a day, filled at once, a minute apart from 09:31 New York on: `ABC B200`. */
export function executions(day: string, ...did: readonly string[]): readonly StockExecution[] {
  const start = instantToMs(newYork(`${day}T09:31:00`));
  return did.map((words, index) => {
    const [instrument = "", what = ""] = words.split(" ");
    return {
      orderId: `${day}-${index}-${words}`,
      instrument,
      side: what.startsWith("B") ? "buy" : "sell",
      units: decimal(what.slice(1)),
      time: instantFromMs(start + index * 60_000),
    };
  });
}
