import type { Instrument } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import type { VenueQuote } from "../feed/feed.ts";
import { EXIT_PREFIXES, type ExitPlan, stopPrice } from "./exits.ts";
import { hasEqual, isFifoVenue } from "./fifo.ts";
import { closingPrice } from "./figures.ts";
import { guaranteedStopTerms } from "./guaranteed.ts";
import { badLabel, isIdTaken } from "./labels.ts";
import { exitsOf } from "./pending.ts";
import type { RejectReason } from "./reasons.ts";
import type { ExitOrder, VenueTrade } from "./types.ts";
import { refusalOfCount, refusalOfDate } from "./validate.ts";
import {
  isTriggerAllowed,
  problemOf,
  type Subject,
  trailingProblemOf,
} from "./validate-on-fill.ts";

type Refusal = RejectReason | null;

/** What a new exit of an open trade is held against. */
export type ExitSubject = Subject & {
  readonly trade: VenueTrade;
  readonly quote: VenueQuote;
  /** What a stop's distance is measured from. */
  readonly stopFrom: Decimal;
  /** The order that the new one replaces; the subject's account is without it. */
  readonly replaced: ExitOrder | null;
};

/** Why the venue doesn't take a new exit of an open trade; null when it does. */
export function refusalOfExit(plan: ExitPlan, subject: ExitSubject): Refusal {
  return (
    refusalOfLevel(plan, subject.instrument) ??
    refusalOfTiming(plan, subject) ??
    refusalOfLabels(plan, subject) ??
    refusalOfCount(subject.account) ??
    refusalOfCompany(plan, subject) ??
    refusalByFifo(plan, subject) ??
    refusalOfStop(plan, subject)
  );
}

function refusalOfLevel({ type, price, distance }: ExitPlan, instrument: Instrument): Refusal {
  if (type === "take_profit") {
    const problem = problemOf(price, instrument);
    return problem && `PRICE_${problem}`;
  }
  if (type === "trailing_stop") {
    const problem = trailingProblemOf(distance, instrument);
    return problem && `PRICE_DISTANCE_${problem}`;
  }
  const prefix = EXIT_PREFIXES[type];
  if (price && distance) return `${prefix}_ORDER_PRICE_AND_DISTANCE_BOTH_SPECIFIED`;
  const problem = problemOf(price ?? distance, instrument);
  if (problem === "MISSING") return `${prefix}_ORDER_PRICE_AND_DISTANCE_BOTH_MISSING`;
  return problem && (price ? `PRICE_${problem}` : `PRICE_DISTANCE_${problem}`);
}

function refusalOfTiming(plan: ExitPlan, { now, trade }: ExitSubject): Refusal {
  const { timeInForce } = plan;
  if (timeInForce === "FOK" || timeInForce === "IOC") return "TIME_IN_FORCE_INVALID";
  const refusal = refusalOfDate(plan, now);
  if (refusal) return refusal;
  return isTriggerAllowed(plan, trade.currentUnits) ? null : "TRIGGER_CONDITION_INVALID";
}

function refusalOfLabels({ clientExtensions }: ExitPlan, { account }: ExitSubject): Refusal {
  const label = badLabel(clientExtensions);
  if (label) return `CLIENT_ORDER_${label}_INVALID`;
  return isIdTaken(account.orders, clientExtensions) ? "CLIENT_ORDER_ID_ALREADY_EXISTS" : null;
}

/** A trade has one exit of a kind, and a guaranteed stop is its only stop. */
function refusalOfCompany({ type }: ExitPlan, { account, trade, profile }: ExitSubject): Refusal {
  const prefix = EXIT_PREFIXES[type];
  const others = exitsOf(account, trade).map((order) => order.type);
  if (others.includes(type)) return `${prefix}_ORDER_ALREADY_EXISTS`;
  const { mode } = profile.guaranteedStops;
  if (type === "guaranteed_stop_loss" && mode === "DISABLED") {
    return "GUARANTEED_STOP_LOSS_ORDER_NOT_ALLOWED";
  }
  if (type === "stop_loss" && mode === "REQUIRED") return "STOP_LOSS_ORDER_GUARANTEED_REQUIRED";
  if (type === "take_profit") return null;
  const excluded: readonly ExitOrder["type"][] =
    type === "guaranteed_stop_loss" ? ["stop_loss", "trailing_stop"] : ["guaranteed_stop_loss"];
  const isExcluded = others.some((other) => excluded.includes(other));
  return isExcluded
    ? `${EXIT_PREFIXES[type]}_ORDER_RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION`
    : null;
}

function refusalByFifo({ type }: ExitPlan, { account, trade, profile }: ExitSubject): Refusal {
  if (!isFifoVenue(profile) || !hasEqual(account, trade)) return null;
  return `${EXIT_PREFIXES[type]}_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD`;
}

function refusalOfStop(plan: ExitPlan, subject: ExitSubject): Refusal {
  const { trade, stopFrom } = subject;
  if (plan.type === "take_profit" || plan.type === "trailing_stop") return null;
  const stop = stopPrice(plan, { from: stopFrom, sign: trade.currentUnits.sign() });
  if (!stop?.isPositive()) return "PRICE_DISTANCE_MAXIMUM_EXCEEDED";
  return plan.type === "guaranteed_stop_loss" ? refusalOfGuarantee(stop, subject) : null;
}

/** While the market is closed a guarantee can't be had, and only be widened: the gap would be on the venue. */
function refusalOfGuarantee(stop: Decimal, subject: ExitSubject): Refusal {
  const { trade, quote, instrument, profile, replaced } = subject;
  const sign = trade.currentUnits.sign();
  const old = replaced && "price" in replaced ? replaced.price : null;
  if (!quote.tradeable) {
    if (!old) return "GUARANTEED_STOP_LOSS_ORDER_HALTED_CREATE_VIOLATION";
    const isTighter = stop.compare(old) * sign > 0;
    return isTighter ? "GUARANTEED_STOP_LOSS_ORDER_HALTED_TIGHTEN_VIOLATION" : null;
  }
  if (stop.isGreaterThan(quote.bid) && stop.isLessThan(quote.ask)) {
    return "GUARANTEED_STOP_LOSS_ORDER_PRICE_WITHIN_SPREAD";
  }
  const gap = closingPrice(trade.currentUnits, quote).minus(stop);
  const distance = sign < 0 ? gap.negated() : gap;
  const { minimumDistance } = guaranteedStopTerms(profile, instrument);
  return distance.isLessThan(minimumDistance)
    ? "GUARANTEED_STOP_LOSS_ORDER_MINIMUM_DISTANCE_NOT_MET"
    : null;
}
