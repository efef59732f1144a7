import type { HomeConversion } from "../core/conversion.ts";
import type { FailureCode } from "../core/failures.ts";
import type { Instrument } from "../core/instrument.ts";
import { type Decimal, maximumOf, sumOf, ZERO } from "../core/money.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Quote } from "../core/quote.ts";
import type { Instant } from "../core/time.ts";
import type { Trade } from "../core/trade.ts";
import type { AccountState } from "../ports/broker.ts";
import type { Halt } from "../ports/control.ts";

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

/** All that a rule may look at: one request, and the account, market and limits of this moment. */
export type Circumstances = {
  readonly request: OrderRequest;
  readonly instrument: Instrument;
  readonly quote: Quote;
  /** From the instrument's quote currency into account currency. */
  readonly conversion: HomeConversion;
  readonly state: AccountState;
  readonly limits: RiskLimits;
  readonly halt: Halt | null;
  /** Orders sent in the last 60 seconds, over all processes. */
  readonly ordersInLastMinute: number;
  /** Equity when the trading day was first looked at; null on the first look. */
  readonly equityAtDayStart: Decimal | null;
  /** By the venue's clock, as its quotes' times are. */
  readonly now: Instant;
};

export type Check = {
  readonly rule: string;
  readonly outcome: "pass" | "block" | "not_applicable";
  /** The numbers, in words. */
  readonly detail: string;
};

/** Why an order was blocked: what the user reads and what the exit code is made of. */
export type Block = {
  readonly rule: string;
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string;
};

export type RuleResult =
  | { readonly outcome: "pass" | "not_applicable"; readonly detail: string }
  | {
      readonly outcome: "block";
      readonly detail: string;
      readonly code: FailureCode;
      readonly message: string;
      readonly hint: string;
    };

/** One rule: pure, and it explains itself with numbers. */
export type Rule = {
  readonly id: string;
  readonly review: (circumstances: Circumstances) => RuleResult;
};

export function pass(detail: string): RuleResult {
  return { outcome: "pass", detail };
}

export function notApplicable(detail: string): RuleResult {
  return { outcome: "not_applicable", detail };
}

/** Units of the request that add to the account's exposure; the rest reduces what is open. */
export function openingUnits({
  request,
  state,
}: Pick<Circumstances, "request" | "state">): Decimal {
  if (request.kind !== "market" && request.kind !== "entry") return ZERO;
  if (request.reduceOnly) return ZERO;
  const reduced = sumOf(oppositeTrades({ request, state }).map((trade) => trade.units));
  return maximumOf(ZERO, request.units.minus(reduced));
}

/** Open trades that the request reduces before it opens anything. */
export function oppositeTrades({
  request,
  state,
}: Pick<Circumstances, "request" | "state">): readonly Trade[] {
  const opposite = request.side === "buy" ? "short" : "long";
  return state.trades.filter(
    (trade) => trade.instrument === request.instrument && trade.direction === opposite,
  );
}

/** Whether the request can only reduce what is open: never blocked by limits on new risk. */
export function isReducing(circumstances: Pick<Circumstances, "request" | "state">): boolean {
  return openingUnits(circumstances).isZero();
}
