import { factorsAt } from "./conversion.ts";
import { midOfQuote } from "./figures.ts";
import type { Dealing } from "./fill.ts";
import { reachedMs, type Venue, type Work } from "./step.ts";
import type { VenueAccount } from "./types.ts";

/** The prices and rates of `ms`; null when the feed lacks one of them. */
export function dealingAt(
  venue: Venue,
  { account, name }: { readonly account: VenueAccount; readonly name: string },
  ms: number,
): Dealing | null {
  const instrument = venue.feed.instrument(name);
  const quote = venue.feed.quoteAt(name, ms);
  if (!instrument || !quote) return null;
  const { baseCurrency, quoteCurrency } = instrument;
  const quoteConversion = factorsAt(venue, [quoteCurrency, account.currency], ms);
  if (!quoteConversion) return null;
  const base = factorsAt(venue, [baseCurrency, account.currency], ms);
  const mid = midOfQuote(quote);
  const { gain, loss, value } = quoteConversion;
  const throughQuote = { gain: gain.times(mid), loss: loss.times(mid), value: value.times(mid) };
  return { instrument, quote, quoteConversion, baseConversion: base ?? throughQuote };
}

/** The prices and rates of the moment that the account has reached; null when the feed lacks one of them. */
export function dealingNow({ venue, account }: Work, name: string): Dealing | null {
  return dealingAt(venue, { account, name }, reachedMs(account));
}
