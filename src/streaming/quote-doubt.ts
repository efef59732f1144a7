import { type Decimal, wholeNumber } from "../core/money.ts";
import { midOf, type Quote } from "../core/quote.ts";
import type { QuoteDoubt } from "../ports/live.ts";

/** Far from what is shown, and how many in a row have agreed with it. */
export type Suspect = { readonly mid: Decimal; readonly count: number };

/** What a price is judged by. */
export type Evidence = {
  /** The newest that was believed. */
  readonly shown: Quote | null;
  readonly suspect: Suspect | null;
  /** Whether a time lies ahead of the venue's own clock. */
  readonly isAhead: (time: Quote["time"]) => boolean;
};

/** A price this share (a fifth) away from the one before is believed only when others bear it out. */
const ABSURD_SHARE = wholeNumber(5);
/** So many in a row must agree. */
const WITNESSES = 3;

/** Why a price can't be shown as a fact; null when it can. */
export function doubtOf(quote: Quote, { shown, suspect, isAhead }: Evidence): QuoteDoubt | null {
  const { bid, ask, time } = quote;
  if (!(bid.isPositive() && ask.isPositive())) return "zero";
  if (bid.isGreaterThan(ask)) return "crossed";
  if (isAhead(time)) return "from_the_future";
  if (shown === null) return null;
  // What is shown may be of a time that the venue has taken back since.
  if (time < shown.time && !isAhead(shown.time)) return "out_of_order";
  const mid = midOf(quote);
  if (!isFar(mid, midOf(shown))) return null;
  const isBorneOut = suspect !== null && agrees(mid, suspect) && suspect.count + 1 >= WITNESSES;
  return isBorneOut ? null : "absurd";
}

/** The suspect after a price that was found absurd. */
export function suspectAfter(quote: Quote, suspect: Suspect | null): Suspect {
  const mid = midOf(quote);
  return { mid, count: suspect !== null && agrees(mid, suspect) ? suspect.count + 1 : 1 };
}

function agrees(mid: Decimal, suspect: Suspect): boolean {
  return !isFar(mid, suspect.mid);
}

function isFar(mid: Decimal, from: Decimal): boolean {
  return mid.minus(from).abs().times(ABSURD_SHARE).isGreaterThan(from);
}
