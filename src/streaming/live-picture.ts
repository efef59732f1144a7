import { type Age, ageMsAt } from "../core/age.ts";
import type { HomeConversion } from "../core/conversion.ts";
import { identityConversion } from "../core/conversion.ts";
import type { Instrument } from "../core/instrument.ts";
import {
  closingPriceOf,
  sumOfAccounts,
  unrealizedPlAt,
  withUnrealizedPl,
} from "../core/live-pl.ts";
import { sumOf } from "../core/money.ts";
import { type Position, positionsOf } from "../core/position.ts";
import type { Quote } from "../core/quote.ts";
import type { Trade } from "../core/trade.ts";
import type { LiveAccount, LivePosition, LiveQuote, LiveTotal } from "../ports/live.ts";
import type { AccountView } from "./account-watch.ts";
import type { BoardEntry } from "./quote-board.ts";

/** An age that is known to be this much too high is told anew. */
const AGE_SLACK_MS = 500;

/** What a quote is shown from. */
export type QuoteParts = {
  readonly connection: string;
  readonly instrument: string;
  readonly entry: BoardEntry | null;
  readonly age: Age | null;
  readonly terms: Instrument | null;
  readonly isFlowing: boolean;
  readonly maxQuoteAgeMs: number;
};

/** The quote as it's shown; `before` itself where nothing has changed. */
export function pictureQuote(parts: QuoteParts, before: LiveQuote | null): LiveQuote {
  const { connection, instrument, entry, terms, isFlowing, maxQuoteAgeMs } = parts;
  const quote = entry?.quote ?? null;
  const age = steadyAge(parts.age, quote !== null && before?.quote === quote ? before.age : null);
  const picture: LiveQuote = {
    connection,
    instrument,
    terms,
    quote,
    age,
    isStale: !isFlowing || parts.age === null || parts.age.ms > maxQuoteAgeMs,
    latencyMs: entry?.latencyMs ?? null,
    direction: entry?.direction ?? "none",
    doubt: entry?.doubt ?? null,
  };
  return before !== null && isSameObject(before, picture) ? before : picture;
}

function steadyAge(age: Age | null, before: Age | null): Age | null {
  if (age === null || before === null) return age;
  return ageMsAt(before, age.at) - age.ms > AGE_SLACK_MS ? age : before;
}

/** What an account is shown from. */
export type AccountParts = Pick<LiveAccount, "connection" | "environment" | "id" | "alias"> & {
  readonly view: AccountView;
  /** The price of now; null where there is none to be trusted. */
  readonly priceOf: (instrument: string) => Quote | null;
  /** The newest price, trusted or not. */
  readonly lastPriceOf: (instrument: string) => Quote | null;
  readonly termsOf: (instrument: string) => Instrument | null;
};

/** The account as it's shown, its P&L by the prices of now. */
export function pictureAccount(parts: AccountParts): LiveAccount {
  const { connection, environment, id, alias, view } = parts;
  const { status, detail, state, age } = view;
  const shared = { connection, environment, id, alias, status, detail, age };
  if (state === null) return { ...shared, account: null, positions: [], pendingOrders: [] };
  const valued = state.trades.map((trade) => valueTrade(trade, state.account.currency, parts));
  const trades = valued.map(({ trade }) => trade);
  const live = new Set(valued.flatMap(({ trade, isLive }) => (isLive ? [trade.id] : [])));
  const positions = positionsOf(trades).map((position) => picturePosition(position, live, parts));
  // Where no price is known, the broker's own sum is nearer than one that is half ours.
  const unrealizedPl = sumOf(trades.map((trade) => trade.unrealizedPl));
  const account = live.size > 0 ? withUnrealizedPl(state.account, unrealizedPl) : state.account;
  return { ...shared, account, positions, pendingOrders: state.pendingOrders };
}

type ValuedTrade = { readonly trade: Trade; readonly isLive: boolean };

function valueTrade(trade: Trade, home: string, parts: AccountParts): ValuedTrade {
  const quote = parts.priceOf(trade.instrument);
  const conversion = conversionOf(trade.instrument, home, parts);
  if (!quote || !conversion) return { trade, isLive: false };
  const unrealizedPl = unrealizedPlAt(trade, closingPriceOf(trade, quote), conversion);
  return { trade: { ...trade, unrealizedPl }, isLive: true };
}

function conversionOf(
  instrument: string,
  home: string,
  { view, termsOf }: AccountParts,
): HomeConversion | null {
  const currency = termsOf(instrument)?.quoteCurrency;
  if (currency === undefined) return null;
  if (currency === home) return identityConversion(home);
  return view.conversions.get(currency) ?? null;
}

function picturePosition(
  position: Position,
  live: ReadonlySet<string>,
  { lastPriceOf, termsOf }: AccountParts,
): LivePosition {
  const quote = lastPriceOf(position.instrument);
  return {
    position,
    currentPrice: quote && closingPriceOf(position, quote),
    isLive: position.trades.every(({ id }) => live.has(id)),
    terms: termsOf(position.instrument),
  };
}

/** Accounts together, by environment and currency, in the order they first appear. */
export function totalsOf(accounts: readonly LiveAccount[]): readonly LiveTotal[] {
  const groups = Map.groupBy(
    accounts.filter(({ account }) => account !== null),
    ({ environment, account }) => `${environment} ${account?.currency}`,
  );
  return [...groups.values()].flatMap((group) => {
    const sums = sumOfAccounts(group.flatMap(({ account }) => account ?? []));
    const { environment, account } = group[0] ?? {};
    if (!environment || !account) return [];
    return [{ environment, currency: account.currency, accounts: group.length, ...sums }];
  });
}

/** Whether all values of two objects of one kind are the same ones. */
export function isSameObject<T extends object>(left: T, right: T): boolean {
  return (Object.keys(right) as (keyof T)[]).every((key) => Object.is(left[key], right[key]));
}

/** `next`, or `before` where it holds the very same parts: so that nobody looks at it again. */
export function steadyList<T>(next: readonly T[], before: readonly T[]): readonly T[] {
  const isSame = next.length === before.length && next.every((part, at) => part === before[at]);
  return isSame ? before : next;
}
