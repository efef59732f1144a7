import type { HomeConversion } from "../../core/conversion.ts";
import { Failure } from "../../core/failures.ts";
import type { Instrument } from "../../core/instrument.ts";
import { midOf, type Quote } from "../../core/quote.ts";
import type { Instant } from "../../core/time.ts";
import { instantToMs } from "../../core/time.ts";
import { tradingDayStart } from "../../core/trading-day.ts";
import { conversionFactors } from "../../paper/engine/figures.ts";
import type { Venue } from "../../paper/engine/venue.ts";
import type { DayOpening, QuoteSnapshot } from "../../ports/broker.ts";

/**
 * The venue's prices at `now`, in the order asked, and the conversions of their currencies.
 * @throws Failure INSTRUMENT_NOT_FOUND naming the first unknown one.
 */
export function quotesOf(
  venue: Venue,
  { names, home }: { readonly names: readonly string[]; readonly home: string },
  now: Instant,
): QuoteSnapshot {
  const instruments = names.map((name) => known(venue, name));
  const currencies = new Set([
    home,
    ...instruments.flatMap((each) => [each.quoteCurrency, each.baseCurrency]),
  ]);
  return {
    quotes: instruments.map((instrument) => quoteOf(venue, instrument, now)),
    conversions: [...currencies].flatMap((currency) =>
      conversionOf(venue, { currency, home }, now),
    ),
    time: now,
  };
}

/** Mid prices at the beginning of the trading day of `now`, of the instruments that had one then. */
export function dayOpeningsOf(
  { feed }: Venue,
  names: readonly string[],
  now: Instant,
): ReadonlyMap<string, DayOpening> {
  const since = tradingDayStart(now);
  return new Map(
    names.flatMap((name) => {
      const quote = feed.quoteAt(name, instantToMs(since));
      return quote ? [[name, { mid: midOf(quote), since }] as const] : [];
    }),
  );
}

function known({ feed }: Venue, name: string): Instrument {
  const instrument = feed.instrument(name);
  if (instrument) return instrument;
  throw new Failure("INSTRUMENT_NOT_FOUND", `The paper broker has no instrument ${name}.`, {
    hint: "See `accounts instruments` for what it has.",
    details: { instrument: name },
  });
}

function quoteOf({ feed }: Venue, { name }: Instrument, now: Instant): Quote {
  const quote = feed.quoteAt(name, instantToMs(now));
  if (!quote) throw new Failure("BROKER_UNAVAILABLE", `The paper broker has no price for ${name}.`);
  const { bid, ask, tradeable, time } = quote;
  return { instrument: name, bid, ask, tradeable, time, receivedAt: now };
}

function conversionOf(
  venue: Venue,
  pair: { readonly currency: string; readonly home: string },
  now: Instant,
): readonly HomeConversion[] {
  const factors = conversionFactors(venue, pair, now);
  return factors ? [{ currency: pair.currency, ...factors }] : [];
}
