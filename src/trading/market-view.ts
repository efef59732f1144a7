import { actsAtOnce, type Circumstances } from "../compliance/check.ts";
import { type RuleSet, ruleSetAt } from "../compliance/rule-set.ts";
import { type HomeConversion, identityConversion } from "../core/conversion.ts";
import { Failure } from "../core/failures.ts";
import type { Instrument } from "../core/instrument.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Quote } from "../core/quote.ts";
import type { StockStanding } from "../core/stock-account.ts";
import { addMs, type Instant } from "../core/time.ts";
import { nextRollover } from "../core/trading-day.ts";
import type { AccountState } from "../ports/broker.ts";
import type { Desk } from "./desk.ts";

/** One moment of an account, for one instrument: what a request is decided on that needs no price. */
export type AccountView = {
  readonly instrument: Instrument;
  readonly state: AccountState;
  /** From the instrument's quote currency into account currency; null where no price was asked for. */
  readonly conversion: HomeConversion | null;
};

/** One moment of an account and an instrument's prices: what an order is decided on. */
export type MarketView = AccountView & {
  readonly quote: Quote;
  readonly conversion: HomeConversion;
  /** The venue's own time of its prices' answer, and our monotonic clock when it was asked for. */
  readonly venueTime: Instant;
  readonly askedAtMs: number;
  /** Of a stock account under US rules; null elsewhere, and where the broker tells none. */
  readonly stockStanding?: StockStanding | null;
};

const MINUTE_MS = 60_000;

/** Reads quote and account at the same time. @throws Failure when either can't be read; nothing was sent. */
export async function readMarket(desk: Desk, instrument: Instrument): Promise<MarketView> {
  const askedAtMs = desk.clock.monotonicMs();
  const [snapshot, state, stockStanding] = await Promise.all([
    desk.broker.quotes([instrument.name]),
    desk.broker.state(),
    readStanding(desk, instrument),
  ]);
  const quote = snapshot.quotes.find((candidate) => candidate.instrument === instrument.name);
  if (!quote) {
    throw new Failure(
      "MARKET_CLOSED",
      `${desk.profile.name} has no price for ${instrument.name}. Nothing was sent.`,
      { hint: "Try again when quotes return." },
    );
  }
  const conversion = conversionOf(instrument.quoteCurrency, state, snapshot.conversions);
  const moment = { venueTime: snapshot.time, askedAtMs };
  return { instrument, quote, conversion, state, stockStanding, ...moment };
}

/** More than the days that count together, with holidays and weekends between them. */
const EXECUTIONS_MS = 21 * 24 * 3_600_000;

async function readStanding(
  { account, broker, clock }: Desk,
  { type }: Instrument,
): Promise<StockStanding | null> {
  if (type !== "stock" || account.region !== "US") return null;
  return (await broker.stockStanding?.(addMs(clock.now(), -EXECUTIONS_MS))) ?? null;
}

/** A view that is younger is as good as a new one. */
const YOUNG_MS = 5_000;

/**
 * The view for a review of `request`: `view`, or a new one where a waiting order was confirmed only after a while. What acts
 * at once keeps the prices that it was confirmed on: their own age is a rule.
 */
export async function viewForReview(
  desk: Desk,
  request: OrderRequest,
  view: MarketView,
): Promise<MarketView> {
  const isYoung = desk.clock.monotonicMs() - view.askedAtMs <= YOUNG_MS;
  if (isYoung || actsAtOnce({ request, quote: view.quote })) return view;
  return readMarket(desk, view.instrument);
}

/** Adds what review needs beside the market: limits, halt, pace and the day's start. */
export async function circumstancesOf<T extends OrderRequest>(
  desk: Desk,
  request: T,
  view: MarketView,
): Promise<Circumstances & { readonly request: T }> {
  // Days and ages are the venue's: our own clock may be set forth and back meanwhile.
  const now = venueTimeNow(desk, view);
  const { name } = desk.profile;
  const key = { connection: name, account: desk.account.id };
  const [halt, ordersInLastMinute, equityAtDayStart] = await Promise.all([
    desk.halts.haltOf(name),
    desk.journal.countIn(name, { nowMs: desk.clock.monotonicMs(), withinMs: MINUTE_MS }),
    desk.dayBook.equityAtDayStart(key, nextRollover(now), view.state.account.equity),
  ]);
  const { limits } = desk.policy;
  const ruleSet = rulesOf(desk, now);
  const venue = venueOf(desk, view.state);
  const market = { request, ...view, venue, ruleSet, limits, now };
  return { ...market, halt, ordersInLastMinute, equityAtDayStart };
}

/** How the broker treats this account. */
export function venueOf({ capabilities }: Pick<Desk, "capabilities">, { account }: AccountState) {
  const { hedging, fifoSafeguard } = capabilities;
  return { hedging: hedging || account.isHedging === true, fifoSafeguard };
}

/** The rules that bind the desk's account at a moment. */
export function rulesOf(
  { account, profile }: Pick<Desk, "account" | "profile">,
  now: Instant,
): RuleSet {
  return ruleSetAt(account, profile.broker, now);
}

/** By the venue's clock, so that a quote is as old as it is although our own clock is wrong. */
function venueTimeNow(desk: Desk, { venueTime, askedAtMs }: MarketView): Instant {
  return addMs(venueTime, Math.ceil(desk.clock.monotonicMs() - askedAtMs));
}

function conversionOf(
  currency: string,
  state: AccountState,
  conversions: readonly HomeConversion[],
): HomeConversion {
  if (currency === state.account.currency) return identityConversion(currency);
  const known = conversions.find((conversion) => conversion.currency === currency);
  if (known) return known;
  throw new Failure(
    "BROKER_UNAVAILABLE",
    `There is no rate from ${currency} to ${state.account.currency} now, so the order's risk can't be computed. Nothing was sent.`,
    { hint: "Try again in a moment.", retryable: true },
  );
}
