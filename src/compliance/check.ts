import type { HomeConversion } from "../core/conversion.ts";
import { entryTermsOf, isReached } from "../core/entry-order.ts";
import type { FailureCode } from "../core/failures.ts";
import type { Instrument } from "../core/instrument.ts";
import { type Decimal, maximumOf, sumOf, ZERO } from "../core/money.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Quote } from "../core/quote.ts";
import type { StockStanding } from "../core/stock-account.ts";
import type { Instant } from "../core/time.ts";
import type { Trade } from "../core/trade.ts";
import type { AccountState, Capabilities } from "../ports/broker.ts";
import type { Halt } from "../ports/control.ts";
import type { RuleSet } from "./rule-set.ts";

/** The user's own limits. None is ever absent: a limit that isn't configured is the shipped default. */
export type RiskLimits = {
  readonly maxQuoteAgeMs: number;
  readonly maxUnits: Decimal;
  /** Value of one order, in account currency. */
  readonly maxNotional: Decimal;
  readonly maxOrdersPerMinute: number;
  /** Loss of a trading day that stops trading: an amount in account currency or a share of the day's first equity. */
  readonly maxDailyLoss: DailyLossLimit;
  readonly maxSpreadPips: Decimal;
  /** How far an order's own prices may lie from the market, as a share of it (0.05 is 5 %). */
  readonly priceCollar: Decimal;
};

export type DailyLossLimit =
  | { readonly kind: "amount"; readonly amount: Decimal }
  | { readonly kind: "share"; readonly share: Decimal };

/** What is known without asking for prices: enough for a request that needs none. */
export type AccountCircumstances = {
  readonly request: OrderRequest;
  readonly state: AccountState;
  readonly halt: Halt | null;
  readonly quote: Quote | null;
};

/** All that a rule may look at: one request, and the account, market and limits of this moment. */
export type Circumstances = AccountCircumstances & {
  readonly instrument: Instrument;
  readonly quote: Quote;
  /** From the instrument's quote currency into account currency. */
  readonly conversion: HomeConversion;
  readonly limits: RiskLimits;
  /** Orders sent in the last 60 seconds, over all processes. */
  readonly ordersInLastMinute: number;
  /** Equity when the trading day was first looked at; null on the first look. */
  readonly equityAtDayStart: Decimal | null;
  /** By the venue's clock, as its quotes' times are. */
  readonly now: Instant;
  readonly venue: VenueTraits;
  /** Of an order for a stock; null or absent where the broker tells none. */
  readonly stockStanding?: StockStanding | null;
  /** The region's rules on this day. */
  readonly ruleSet: RuleSet;
};

/** What the broker's own way of doing things means for rules. */
export type VenueTraits = Pick<Capabilities, "hedging" | "fifoSafeguard">;

export type Check = {
  readonly rule: string;
  readonly outcome: "pass" | "block" | "not_applicable";
  /** The numbers, in words. What passes with a warning begins with `warning: `. */
  readonly detail: string;
};

/** Why an order was blocked: what the user reads and what the exit code is made of. */
export type Block = {
  readonly rule: string;
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: Hint;
};

/** What to do next. One that names a command is completed by whoever knows whose account it is: see `hintText`. */
export type Hint = string | ((here: Here) => string);

/** Where a command that a hint names is to act, whatever the default is. */
export type Here = {
  readonly connection: string;
  readonly account: string;
  /** The end of a command about this account. */
  readonly selecting: string;
};

export function hintText(hint: Hint, here: Here): string {
  return typeof hint === "string" ? hint : hint(here);
}

export type RuleResult =
  | { readonly outcome: "pass" | "not_applicable"; readonly detail: string }
  | {
      readonly outcome: "block";
      readonly detail: string;
      readonly code: FailureCode;
      readonly message: string;
      readonly hint: Hint;
    };

/** One rule: pure, and it explains itself with numbers. */
export type Rule = {
  readonly id: string;
  readonly review: (circumstances: Circumstances) => RuleResult;
};

export function pass(detail: string): RuleResult {
  return { outcome: "pass", detail };
}

const WARNING = "warning: ";

/** Passes, and says what may go wrong. */
export function warn(detail: string): RuleResult {
  return { outcome: "pass", detail: `${WARNING}${detail}` };
}

/** What a check warns of; null where it doesn't. */
export function warningOf({ detail }: Pick<Check, "detail">): string | null {
  return detail.startsWith(WARNING) ? detail.slice(WARNING.length) : null;
}

export function notApplicable(detail: string): RuleResult {
  return { outcome: "not_applicable", detail };
}

/** Whether the request is carried out at the prices of now; anything else waits, and may do so while the market is closed. */
export function actsAtOnce({
  request,
  quote,
}: Pick<AccountCircumstances, "request" | "quote">): boolean {
  if (request.kind === "market" || request.kind === "close") return true;
  const terms = entryTermsOf(request);
  return terms !== null && quote?.tradeable === true && isReached(terms, request.side, quote);
}

/** Each rule asks for it, and an account may have a thousand trades: it is worked out once for each look at it. */
const OPENING = new WeakMap<object, Decimal>();

/**
 * Units of the request that add to the account's exposure; the rest reduces what is open. Of an order that waits, or that
 * takes a waiting one's place, all units count: what it would reduce now may be gone when it fills.
 */
export function openingUnits(
  circumstances: Pick<AccountCircumstances, "request" | "state" | "quote">,
): Decimal {
  const known = OPENING.get(circumstances);
  if (known) return known;
  const opening = workedOut(circumstances);
  OPENING.set(circumstances, opening);
  return opening;
}

function workedOut(
  circumstances: Pick<AccountCircumstances, "request" | "state" | "quote">,
): Decimal {
  const { request } = circumstances;
  const terms = request.kind === "market" ? request : entryTermsOf(request);
  if (!terms || terms.reduceOnly) return ZERO;
  if (request.kind === "change" || !actsAtOnce(circumstances)) return request.units;
  const reduced = sumOf(reducedTrades(circumstances).map((trade) => trade.units));
  return maximumOf(ZERO, request.units.minus(reduced));
}

/** Open trades that the request reduces before it opens anything: none in an account that hedges. */
export function reducedTrades(
  circumstances: Pick<AccountCircumstances, "request" | "state">,
): readonly Trade[] {
  const { request, state } = circumstances;
  const terms = request.kind === "market" ? request : entryTermsOf(request);
  const isBeside = state.account.isHedging === true && terms !== null && !terms.reduceOnly;
  return isBeside ? [] : oppositeTrades(circumstances);
}

/** Open trades of the request's instrument on the other side. */
export function oppositeTrades({
  request,
  state,
}: Pick<AccountCircumstances, "request" | "state">): readonly Trade[] {
  const opposite = request.side === "buy" ? "short" : "long";
  return state.trades.filter(
    (trade) => trade.instrument === request.instrument && trade.direction === opposite,
  );
}

/** Why limits on new risk don't bind the request, in words; null when they do. */
export function exemption(
  circumstances: Pick<AccountCircumstances, "request" | "state" | "quote">,
): string | null {
  const { request } = circumstances;
  if (request.kind === "cancel") return "only takes an order back";
  const isAboutExits =
    request.kind === "exits" || (request.kind === "change" && !entryTermsOf(request));
  if (isAboutExits) return "only concerns the exits of an open trade";
  return openingUnits(circumstances).isZero() ? "only reduces what is open" : null;
}
