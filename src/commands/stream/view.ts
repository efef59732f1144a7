import { formatPrice, type Instrument, toPips } from "../../core/instrument.ts";
import { midOf, spreadOf } from "../../core/quote.ts";
import { type Instant, roundedMs } from "../../core/time.ts";
import type { FeedStatus } from "../../streaming/feed-status.ts";
import type { BoardEntry } from "../../streaming/quote-board.ts";
import { quoteLine } from "../../ui/output/stream-text.ts";
import type { Times } from "../../ui/output/times.ts";

/** How lines are written. */
export type LineForm = {
  readonly connection: string;
  readonly isJson: boolean;
  /** For people; programs get UTC. */
  readonly times: Times;
  readonly termsOf: (instrument: string) => Instrument | undefined;
};

/** A price as the contract's line of JSON, or as text. */
export function entryLine(
  { instrument, quote, latencyMs }: BoardEntry,
  { connection, isJson, times, termsOf }: LineForm,
): string {
  const terms = termsOf(instrument);
  if (!quote || !terms) throw new RangeError(`a price of ${instrument} that nobody asked for`);
  if (!isJson) return quoteLine(quote, latencyMs, { instrument: terms, times });
  return JSON.stringify({
    type: "quote",
    connection,
    instrument,
    bid: formatPrice(quote.bid, terms),
    ask: formatPrice(quote.ask, terms),
    mid: formatPrice(midOf(quote), terms),
    spreadPips: toPips(spreadOf(quote), terms),
    tradeable: quote.tradeable,
    time: quote.time,
    receivedAt: quote.receivedAt,
    latencyMs: latencyMs === null ? null : roundedMs(latencyMs),
  });
}

/** A status as the contract's line of JSON. */
export function statusLine(
  { status, detail }: FeedStatus,
  { connection, time }: { readonly connection: string; readonly time: Instant },
): string {
  return JSON.stringify({ type: "status", status, connection, detail, time });
}

/** A status as a remark for people. */
export function statusText({ status, detail }: FeedStatus, connection: string): string {
  const words = status.replaceAll("_", " ");
  return `${connection}: ${words}${detail === null ? "" : `. ${detail}`}`;
}
