import { type Decimal, wholeNumber } from "../core/money.ts";
import type { Quote } from "../core/quote.ts";
import type { QuoteDoubt } from "../ports/live.ts";

/** Far from what is shown, and how many in a row have agreed with it. */
export type Suspect = { readonly mid: Decimal; readonly count: number };

/** What a price is judged by. */
export type Evidence = {
  /** The newest that was believed, and its mid price. */
  readonly shown: Quote | null;
  readonly shownMid: Decimal | null;
  readonly suspect: Suspect | null;
  /** Whether the price's time lies ahead of the venue's own clock, and whether the shown one's does. */
  readonly isAhead: boolean;
  readonly isShownAhead: () => boolean;
};

/** A price this share (a fifth) away from the one before is believed only when others bear it out. */
const ABSURD_SHARE = wholeNumber(5);
/** So many in a row must agree. */
const WITNESSES = 3;

/** Why a price, whose mid is `mid`, can't be shown as a fact; null when it can. */
export function doubtOf(quote: Quote, mid: Decimal, evidence: Evidence): QuoteDoubt | null {
  const { shown, shownMid, suspect, isAhead, isShownAhead } = evidence;
  const { bid, ask, time } = quote;
  if (!(bid.isPositive() && ask.isPositive())) return "zero";
  if (bid.isGreaterThan(ask)) return "crossed";
  if (isAhead) return "from_the_future";
  if (shown === null || shownMid === null) return null;
  // What is shown may be of a time that the venue has taken back since.
  if (time < shown.time && !isShownAhead()) return "out_of_order";
  if (!isFar(mid, shownMid)) return null;
  const isBorneOut = suspect !== null && agrees(mid, suspect) && suspect.count + 1 >= WITNESSES;
  return isBorneOut ? null : "absurd";
}

/** The suspect after a price that was found absurd. */
export function suspectAfter(mid: Decimal, suspect: Suspect | null): Suspect {
  return { mid, count: suspect !== null && agrees(mid, suspect) ? suspect.count + 1 : 1 };
}

function agrees(mid: Decimal, suspect: Suspect): boolean {
  return !isFar(mid, suspect.mid);
}

function isFar(mid: Decimal, from: Decimal): boolean {
  return mid.minus(from).abs().times(ABSURD_SHARE).isGreaterThan(from);
}
