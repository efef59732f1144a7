import * as v from "valibot";
import { type HomeConversion, identityConversion } from "../../core/conversion.ts";
import { decimal, ONE, type Price, parseDecimal, toPrice } from "../../core/money.ts";
import type { Quote } from "../../core/quote.ts";
import type { Instant } from "../../core/time.ts";
import { quoteCurrencyOf } from "./instruments.ts";
import { readWire, wireDecimal, wirePrice, wireTime } from "./wire-values.ts";

const bucket = v.object({ price: wirePrice });

const clientPrice = v.object({
  instrument: v.string(),
  time: wireTime,
  tradeable: v.nullish(v.boolean()),
  bids: v.nullish(v.array(bucket)),
  asks: v.nullish(v.array(bucket)),
  closeoutBid: v.nullish(wirePrice),
  closeoutAsk: v.nullish(wirePrice),
  quoteHomeConversionFactors: v.nullish(
    v.object({ positiveUnits: wireDecimal, negativeUnits: wireDecimal }),
  ),
});
type ClientPrice = v.InferOutput<typeof clientPrice>;

const homeConversion = v.object({
  currency: v.string(),
  accountGain: wireDecimal,
  accountLoss: wireDecimal,
  positionValue: wireDecimal,
});

const pricing = v.object({
  prices: v.array(clientPrice),
  homeConversions: v.nullish(v.array(homeConversion)),
  time: v.nullish(wireTime),
});

export type Pricing = {
  /** By instrument; one without any price is left out. */
  readonly quotes: ReadonlyMap<string, Quote>;
  readonly conversions: readonly HomeConversion[];
  readonly time: Instant;
};

/** Reads the answer of GET …/pricing. */
export function toPricing(body: unknown, receivedAt: Instant): Pricing {
  const { prices, homeConversions, time } = readWire(pricing, body, "price list");
  const quotes = prices
    .map((price) => toQuote(price, receivedAt))
    .filter((quote) => quote !== null);
  return {
    quotes: new Map(quotes.map((quote) => [quote.instrument, quote])),
    conversions: toConversions(homeConversions ?? [], prices),
    time: time ?? receivedAt,
  };
}

/** `conversions` with one for the account's own currency. */
export function withHome(
  conversions: readonly HomeConversion[],
  home: string,
): readonly HomeConversion[] {
  const isThere = conversions.some((conversion) => conversion.currency === home);
  return isThere ? conversions : [...conversions, identityConversion(home)];
}

/** Whether one of them converts a currency into itself, and so is the account's own. */
export function hasIdentity(conversions: readonly HomeConversion[]): boolean {
  return conversions.some(
    ({ gain, loss, value }) => gain.equals(ONE) && loss.equals(ONE) && value.equals(ONE),
  );
}

/**
 * Reads prices of a stream: null for one without any price. They come by the thousand, so the form in which OANDA sends
 * them is read by itself, and every other one by the schema.
 * @throws Failure as `readWire` does.
 */
export function openQuoteReader(): (line: object, receivedAt: Instant) => Quote | null {
  let minute = "";
  return (line, receivedAt) => {
    const quote = usualQuote(line as UsualPrice, minute, receivedAt);
    if (quote) return quote;
    const wire = readWire(clientPrice, line, "price");
    minute = wire.time.slice(0, MINUTE_LENGTH);
    return toQuote(wire, receivedAt);
  };
}

const MINUTE_LENGTH = "2026-11-18T14:00".length;
const REST_OF_MINUTE = /^.{16}:[0-5]\d\.\d{9}Z$/;

type UsualPrice = Readonly<Record<string, unknown>> & {
  readonly bids?: readonly { readonly price?: unknown }[];
  readonly asks?: readonly { readonly price?: unknown }[];
};

/** A price of a minute that is known to be one, complete and in plain digits; null for any other. */
function usualQuote(line: UsualPrice, minute: string, receivedAt: Instant): Quote | null {
  const { instrument, tradeable, time } = line;
  if (typeof instrument !== "string" || typeof tradeable !== "boolean") return null;
  if (typeof time !== "string" || !time.startsWith(minute) || minute === "") return null;
  if (!REST_OF_MINUTE.test(time)) return null;
  const bid = plainPrice(line.bids?.[0]?.price);
  const ask = plainPrice(line.asks?.[0]?.price);
  if (!bid || !ask) return null;
  return { instrument, bid, ask, tradeable, time: time as Instant, receivedAt };
}

function plainPrice(text: unknown): Price | null {
  const value = typeof text === "string" ? parseDecimal(text) : undefined;
  return value && !value.isNegative() ? toPrice(value) : null;
}

function toQuote(wire: ClientPrice, receivedAt: Instant): Quote | null {
  const best = { bid: wire.bids?.[0]?.price, ask: wire.asks?.[0]?.price };
  // Without an offer on a side nothing can be traded; the closeout price still values what is open.
  const bid: Price | null | undefined = best.bid ?? wire.closeoutBid;
  const ask: Price | null | undefined = best.ask ?? wire.closeoutAsk;
  if (!bid || !ask) return null;
  const tradeable = wire.tradeable === true && best.bid !== undefined && best.ask !== undefined;
  return { instrument: wire.instrument, bid, ask, tradeable, time: wire.time, receivedAt };
}

const HALF = decimal("0.5");

function toConversions(
  wire: readonly v.InferOutput<typeof homeConversion>[],
  prices: readonly ClientPrice[],
): readonly HomeConversion[] {
  const found = new Map<string, HomeConversion>();
  for (const { instrument, quoteHomeConversionFactors: factors } of prices) {
    if (!factors) continue;
    const { positiveUnits: gain, negativeUnits: loss } = factors;
    const currency = quoteCurrencyOf(instrument);
    found.set(currency, { currency, gain, loss, value: gain.plus(loss).times(HALF) });
  }
  // The full list, where there is one, is newer and more exact than the factors beside the prices.
  for (const { currency, accountGain, accountLoss, positionValue } of wire) {
    found.set(currency, { currency, gain: accountGain, loss: accountLoss, value: positionValue });
  }
  return [...found.values()];
}
