import type { Age, Moment } from "../core/age.ts";
import type { Decimal } from "../core/money.ts";
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

type Row = BoardEntry & { readonly mid: Decimal | null; readonly suspect: Suspect | null };

/** How far ahead of the venue's own clock a price may be. */
const AHEAD_MS = 1_000;

export function openQuoteBoard(venue: VenueClock): QuoteBoard {
  const rows = new Map<string, Row>();
  /** A price's mid, its age when it came (not a number where that can't be told), and what speaks against it. */
  const weigh = ({ quote, at }: Offer, { quote: shown, mid: shownMid, suspect }: Row) => {
    const latestMs = venue.latestMsAt(at) ?? Number.NaN;
    const ageMs = latestMs - instantToMs(quote.time);
    const mid = midOf(quote);
    const isAhead = ageMs < -AHEAD_MS;
    const isShownAhead = () => shown !== null && instantToMs(shown.time) - latestMs > AHEAD_MS;
    const doubt = doubtOf(quote, mid, { shown, shownMid, suspect, isAhead, isShownAhead });
    return { mid, ageMs, doubt };
  };
  return {
    offer(offer) {
      const { quote, origin } = offer;
      const row = rows.get(quote.instrument) ?? emptyRow(quote.instrument);
      if (row.quote && isSame(row.quote, quote)) return "known";
      const { mid, ageMs, doubt } = weigh(offer, row);
      // An answer takes its time: what has come meanwhile is newer.
      if (doubt === "out_of_order" && origin === "answer") return "known";
      if (doubt !== null) {
        const suspect = doubt === "absurd" ? suspectAfter(mid, row.suspect) : row.suspect;
        rows.set(quote.instrument, { ...row, doubt, suspect });
        return doubt;
      }
      const isTimed = origin === "change" && !Number.isNaN(ageMs);
      const latencyMs = isTimed ? Math.max(0, ageMs) : null;
      rows.set(quote.instrument, shownRow({ quote, mid, latencyMs }, row));
      return "shown";
    },
    entry: (instrument) => rows.get(instrument) ?? null,
    ageOf({ time }, now) {
      const latestMs = venue.latestMsAt(now);
      return latestMs === null ? null : { ms: Math.max(0, latestMs - instantToMs(time)), at: now };
    },
    forget(instrument) {
      rows.delete(instrument);
    },
  };
}

function emptyRow(instrument: string): Row {
  const nothing = { quote: null, mid: null, latencyMs: null, doubt: null, suspect: null } as const;
  return { instrument, direction: "none", ...nothing };
}

function shownRow(
  { quote, mid, latencyMs }: Pick<BoardEntry, "latencyMs"> & { quote: Quote; mid: Decimal },
  before: Row,
): Row {
  const { instrument } = quote;
  const direction = directionOf(before, mid);
  return { instrument, quote, mid, latencyMs, direction, doubt: null, suspect: null };
}

function isSame(left: Quote, right: Quote): boolean {
  return (
    left.time === right.time &&
    left.tradeable === right.tradeable &&
    left.bid.equals(right.bid) &&
    left.ask.equals(right.ask)
  );
}

function directionOf({ mid: before, direction }: Row, mid: Decimal): BoardEntry["direction"] {
  if (before === null) return "none";
  const change = mid.compare(before);
  if (change === 0) return direction;
  return change > 0 ? "up" : "down";
}
