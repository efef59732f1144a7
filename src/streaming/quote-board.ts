import type { Age, Moment } from "../core/age.ts";
import { midOf, type Quote } from "../core/quote.ts";
import { instantToMs } from "../core/time.ts";
import type { QuoteDoubt } from "../ports/live.ts";
import { doubtOf, type Suspect, suspectAfter } from "./quote-doubt.ts";
import type { VenueClock } from "./venue-clock.ts";

/** What is known of an instrument's price. */
export type BoardEntry = {
  readonly instrument: string;
  /** The newest that can be believed; null before the first. */
  readonly quote: Quote | null;
  /** How old it was when it came; null for one that a stream began with, and while it can't be told. */
  readonly latencyMs: number | null;
  readonly direction: "up" | "down" | "none";
  /** Why what came after it isn't shown; null when nothing came. */
  readonly doubt: QuoteDoubt | null;
};

/** A price that came. */
export type Offer = {
  readonly quote: Quote;
  readonly at: Moment;
  /** A change as it happens, the price that a stream begins with, or the answer to a question. */
  readonly origin: "change" | "snapshot" | "answer";
};

/** `known`: it is shown already. */
export type Verdict = "shown" | "known" | QuoteDoubt;

/** The newest price of each instrument: nothing else is kept, however many come. */
export interface QuoteBoard {
  offer(offer: Offer): Verdict;
  /** null before anything came of it. */
  entry(instrument: string): BoardEntry | null;
  /** null while that can't be told. */
  ageOf(quote: Quote, now: Moment): Age | null;
  forget(instrument: string): void;
}

type Row = BoardEntry & { readonly suspect: Suspect | null };

/** How far ahead of the venue's own clock a price may be. */
const AHEAD_MS = 1_000;

export function openQuoteBoard(venue: VenueClock): QuoteBoard {
  const rows = new Map<string, Row>();
  const ageMsOf = ({ time }: Quote, now: Moment): number | null => {
    const latestMs = venue.latestMsAt(now);
    return latestMs === null ? null : latestMs - instantToMs(time);
  };
  const judge = ({ quote, at, origin }: Offer, row: Row): Verdict => {
    const { quote: shown, suspect } = row;
    if (shown && isSame(shown, quote)) return "known";
    const latestMs = venue.latestMsAt(at);
    const isAhead = (time: Quote["time"]) =>
      latestMs !== null && instantToMs(time) - latestMs > AHEAD_MS;
    const doubt = doubtOf(quote, { shown, suspect, isAhead });
    // An answer takes its time: what has come meanwhile is newer.
    return doubt === "out_of_order" && origin === "answer" ? "known" : (doubt ?? "shown");
  };
  return {
    offer(offer) {
      const { instrument } = offer.quote;
      const row = rows.get(instrument) ?? emptyRow(instrument);
      const verdict = judge(offer, row);
      if (verdict === "shown") {
        const ageMs = offer.origin === "change" ? ageMsOf(offer.quote, offer.at) : null;
        rows.set(instrument, shownRow(offer.quote, row, ageMs));
      } else if (verdict !== "known") {
        rows.set(instrument, doubtedRow(offer.quote, row, verdict));
      }
      return verdict;
    },
    entry: (instrument) => rows.get(instrument) ?? null,
    ageOf(quote, now) {
      const ms = ageMsOf(quote, now);
      return ms === null ? null : { ms: Math.max(0, ms), at: now };
    },
    forget(instrument) {
      rows.delete(instrument);
    },
  };
}

function emptyRow(instrument: string): Row {
  const nothing = { quote: null, latencyMs: null, doubt: null, suspect: null } as const;
  return { instrument, direction: "none", ...nothing };
}

function shownRow(quote: Quote, earlier: Row, ageMs: number | null): Row {
  const latencyMs = ageMs === null ? null : Math.max(0, ageMs);
  const direction = directionOf(earlier, quote);
  return { ...emptyRow(quote.instrument), quote, latencyMs, direction };
}

function doubtedRow(quote: Quote, row: Row, doubt: QuoteDoubt): Row {
  const suspect = doubt === "absurd" ? suspectAfter(quote, row.suspect) : row.suspect;
  return { ...row, doubt, suspect };
}

function isSame(left: Quote, right: Quote): boolean {
  return (
    left.time === right.time &&
    left.tradeable === right.tradeable &&
    left.bid.equals(right.bid) &&
    left.ask.equals(right.ask)
  );
}

function directionOf({ quote, direction }: Row, next: Quote): BoardEntry["direction"] {
  if (quote === null) return "none";
  const change = midOf(next).compare(midOf(quote));
  if (change === 0) return direction;
  return change > 0 ? "up" : "down";
}
