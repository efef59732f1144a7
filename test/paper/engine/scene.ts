import { type Decimal, decimal } from "../../../src/core/money.ts";
import { addMs, type Instant, instantToMs, parseInstant } from "../../../src/core/time.ts";
import { openAccount } from "../../../src/paper/engine/account.ts";
import type { EntryOrderCommand, MarketOrderCommand } from "../../../src/paper/engine/commands.ts";
import type { VenueTransaction } from "../../../src/paper/engine/transactions.ts";
import type { EntryOrderType, VenueAccount } from "../../../src/paper/engine/types.ts";
import { placeMarketOrder, type Venue, type VenueStep } from "../../../src/paper/engine/venue.ts";
import { openRecordedFeed } from "../../../src/paper/feed/recorded-feed.ts";
import { openSyntheticFeed } from "../../../src/paper/feed/synthetic-feed.ts";
import {
  type VenueHours,
  type VenueProfile,
  venueProfile,
} from "../../../src/paper/venue-profile.ts";

/** A Tuesday, 10:00 in New York. */
export const START = at("2026-11-17T15:00:00Z");

/** Seconds after the start, bid and ask. */
export type Tick = readonly [seconds: number, bid: string, ask: string];

export const GTC = { timeInForce: "GTC", gtdTime: null, clientExtensions: null } as const;

export function at(text: string): Instant {
  const instant = parseInstant(text);
  if (!instant) throw new Error(`not a time: ${text}`);
  return instant;
}

/** So many seconds after the start. */
export function secondsIn(seconds: number): Instant {
  return addMs(START, seconds * 1000);
}

/** A venue whose prices are just these, each instrument's beginning at the start. */
export function scriptedVenue(
  scripts: Readonly<Record<string, readonly Tick[]>>,
  changes: Partial<VenueProfile> = {},
): Venue {
  const ticks = Object.entries(scripts)
    .flatMap(([instrument, script]) =>
      script.map(([seconds, bid, ask]) => ({
        timeMs: instantToMs(START) + seconds * 1000,
        instrument,
        bid,
        ask,
      })),
    )
    .toSorted((left, right) => left.timeMs - right.timeMs);
  const feed = openRecordedFeed(ticks, { start: START, speed: 1 });
  return { feed, profile: { ...venueProfile(changes.region ?? "US", "always"), ...changes } };
}

export function syntheticVenue(
  seed = 1,
  changes: Partial<VenueProfile> = {},
  hours: VenueHours = "always",
): Venue {
  const profile = { ...venueProfile(changes.region ?? "US", hours), ...changes };
  return { feed: openSyntheticFeed({ seed, hours }), profile };
}

export function newAccount(balance = "100000", currency = "USD"): VenueAccount {
  return openAccount({ id: "001", currency, balance: decimal(balance), at: START }).account;
}

/** A market order for 1000 EUR_USD at the start, with the parts named in `changes` replaced. */
export function order(changes: Partial<MarketOrderCommand> = {}): MarketOrderCommand {
  return { at: START, instrument: "EUR_USD", units: decimal("1000"), ...changes };
}

/** A waiting order for 1000 EUR_USD, placed at the start. */
export function waiting(
  type: EntryOrderType,
  price: string,
  changes: Partial<EntryOrderCommand> = {},
): EntryOrderCommand {
  return { ...order(), type, price: decimal(price), ...changes };
}

/** The venue with its markets closed at some moments, told in seconds after the start. */
export function closedAt(venue: Venue, isClosed: (second: number, instrument: string) => boolean) {
  const { feed } = venue;
  const quoteAt: typeof feed.quoteAt = (name, ms) => {
    const quote = feed.quoteAt(name, ms);
    return quote && { ...quote, tradeable: !isClosed((ms - instantToMs(START)) / 1000, name) };
  };
  return { ...venue, feed: { ...feed, quoteAt } };
}

export function labels(id: string | null, tag: string | null = null) {
  return { id, tag, comment: null };
}

/** Places orders one after the other; the step of the last with everything that all of them wrote. */
export function placeAll(
  venue: Venue,
  account: VenueAccount,
  orders: readonly MarketOrderCommand[],
): VenueStep {
  let step: VenueStep = { account, transactions: [], own: [], endedOrders: [], closedTrades: [] };
  for (const each of orders) step = placeMarketOrder(venue, step.account, each);
  return step;
}

export function types(entries: readonly VenueTransaction[]): readonly string[] {
  return entries.map((entry) => entry.type);
}

/** The only entry of that type. */
export function onlyEntry<T extends VenueTransaction["type"]>(
  entries: readonly VenueTransaction[],
  type: T,
): Extract<VenueTransaction, { type: T }> {
  const found = entries.filter((entry) => isType(entry, type));
  const [entry] = found;
  if (!entry || found.length > 1) throw new Error(`${found.length} entries of type ${type}`);
  return entry;
}

export function isType<T extends VenueTransaction["type"]>(
  entry: VenueTransaction,
  type: T,
): entry is Extract<VenueTransaction, { type: T }> {
  return entry.type === type;
}

/** Amounts as text, for comparing. */
export function text(value: Decimal | null | undefined): string | null {
  return value ? value.toString() : null;
}

export function stopAt(price: string) {
  return { ...GTC, price: decimal(price), distance: null };
}

export function stopAway(distance: string) {
  return { ...GTC, price: null, distance: decimal(distance) };
}

export function targetAt(price: string) {
  return { ...GTC, price: decimal(price) };
}

export function trailing(distance: string) {
  return { ...GTC, distance: decimal(distance) };
}
