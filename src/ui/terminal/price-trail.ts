import type { Decimal } from "../../core/money.ts";
import { midOf } from "../../core/quote.ts";
import type { LiveQuote } from "../../ports/live.ts";
import { quoteKey } from "./watch-desk.ts";

const SAMPLE_MS = 1_000;
const LONGEST_TRAIL = 120;

/** Mid prices of one instrument since the screen was opened, at most one a second: for its sparkline. */
export type Trail = {
  /** Approximate, for drawing only. Newest last. */
  readonly mids: readonly number[];
  /** The first one of all: what it changed from, where the day's opening isn't known. */
  readonly firstMid: Decimal;
};

/** The trails of all instruments; a bounded number of points each. */
export class PriceTrails {
  private readonly trails = new Map<string, Trail & { readonly sampledAtMs: number }>();

  note(quotes: readonly LiveQuote[], nowMs: number): void {
    for (const { connection, instrument, quote } of quotes) {
      if (!quote) continue;
      const key = quoteKey(connection, instrument);
      const known = this.trails.get(key);
      if (known && nowMs - known.sampledAtMs < SAMPLE_MS) continue;
      const mid = midOf(quote);
      const mids = [...(known?.mids ?? []), mid.toApproximateNumber()].slice(-LONGEST_TRAIL);
      this.trails.set(key, { mids, firstMid: known?.firstMid ?? mid, sampledAtMs: nowMs });
    }
  }

  of(key: string): Trail | null {
    return this.trails.get(key) ?? null;
  }
}
