import { type Decimal, decimal, type Price, toPrice, wholeNumber } from "../../src/core/money.ts";
import type { Side } from "../../src/core/order.ts";
import { type Quote, spreadOf } from "../../src/core/quote.ts";
import type { Instant } from "../../src/core/time.ts";
import { only, required } from "./answers.ts";
import type { BrokerUnderTest, VenueControls } from "./subject.ts";

export async function quoteOf({ broker, instrument }: BrokerUnderTest): Promise<Quote> {
  return only((await broker.quotes([instrument])).quotes);
}

export async function describedInstrument({ broker, instrument }: BrokerUnderTest) {
  return only((await broker.instruments()).filter((each) => each.name === instrument));
}

/** Prices of now and the smallest step of a price: prices made of them have legal precision. */
export type Market = { readonly bid: Price; readonly ask: Price; readonly step: Decimal };

export async function market(subject: BrokerUnderTest): Promise<Market> {
  const [{ bid, ask }, described] = [await quoteOf(subject), await describedInstrument(subject)];
  return { bid, ask, step: lastDigit(described) };
}

function lastDigit({ pricePrecision }: { readonly pricePrecision: number }): Decimal {
  return decimal(pricePrecision === 0 ? "1" : `0.${"1".padStart(pricePrecision, "0")}`);
}

/** `price` moved by so many of its smallest steps. */
export function points(price: Price, count: number, { step }: Pick<Market, "step">): Price {
  return toPrice(price.plus(step.times(wholeNumber(count))));
}

/** A price difference of so many of the smallest steps. */
export function distance(count: number, { step }: Pick<Market, "step">): Decimal {
  return step.times(wholeNumber(count));
}

/** Moves the market so that an order of `side` would trade at `price`, with the spread as it was. */
export async function moveTo(subject: BrokerUnderTest, side: Side, price: Price): Promise<void> {
  const spread = spreadOf(await quoteOf(subject));
  const prices =
    side === "buy"
      ? { bid: toPrice(price.minus(spread)), ask: price }
      : { bid: price, ask: toPrice(price.plus(spread)) };
  await venueOf(subject).price(subject.instrument, prices);
}

/** Moves both prices by so many of the smallest steps. */
export async function moveBy(subject: BrokerUnderTest, count: number): Promise<void> {
  const now = await market(subject);
  const prices = { bid: points(now.bid, count, now), ask: points(now.ask, count, now) };
  await venueOf(subject).price(subject.instrument, prices);
}

export function venueOf({ venue }: BrokerUnderTest): VenueControls {
  return required(venue);
}

/** The venue's time. */
export async function timeOf({ broker, instrument }: BrokerUnderTest): Promise<Instant> {
  return (await broker.quotes([instrument])).time;
}
