import { hasLegalPrecision, type Instrument } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { VenueProfile } from "../venue-profile.ts";
import { EXIT_PREFIXES, type ExitPlan, isOver, plannedExits } from "./exits.ts";
import { badLabel } from "./labels.ts";
import type { RejectReason } from "./reasons.ts";
import type { FillableTerms, VenueAccount } from "./types.ts";

type Refusal = RejectReason | null;

/** What a new order is held against. */
export type Subject = {
  /** Without the order that the new one replaces. */
  readonly account: VenueAccount;
  readonly instrument: Instrument;
  readonly now: Instant;
  readonly profile: VenueProfile;
};

/** Why the exits that come with an order aren't acceptable; null when they are. */
export function refusalOfExitsOnFill(terms: FillableTerms, subject: Subject): Refusal {
  const plans = plannedExits(terms);
  for (const plan of plans) {
    const refusal =
      refusalOfGuarantee(plan, subject.profile) ??
      refusalOfLevel(plan, subject.instrument) ??
      refusalOfTiming(plan, subject) ??
      refusalOfTrigger(plan, terms.units) ??
      refusalOfLabels(plan);
    if (refusal) return refusal;
  }
  return refusalOfCompany(plans);
}

/** What is wrong with a price or a distance as such; null when nothing is. */
export function problemOf(
  amount: Decimal | null,
  instrument: Instrument,
): "MISSING" | "INVALID" | "PRECISION_EXCEEDED" | null {
  if (!amount) return "MISSING";
  if (!amount.isPositive()) return "INVALID";
  return hasLegalPrecision(amount, instrument) ? null : "PRECISION_EXCEEDED";
}

/** What is wrong with a trailing stop's distance; null when nothing is. */
export function trailingProblemOf(distance: Decimal | null, instrument: Instrument) {
  const problem = problemOf(distance, instrument);
  if (problem || !distance) return problem;
  const { minimumTrailingDistance: least, maximumTrailingDistance: most } = instrument;
  if (least && distance.isLessThan(least)) return "MINIMUM_NOT_MET";
  return most && distance.isGreaterThan(most) ? "MAXIMUM_EXCEEDED" : null;
}

/** Whether a guarantee can be had with that trigger: only for the price at which the trade would be closed. */
export function isTriggerAllowed({ type, triggerCondition }: ExitPlan, units: Decimal): boolean {
  if (type !== "guaranteed_stop_loss" || triggerCondition === "DEFAULT") return true;
  return triggerCondition === (units.isNegative() ? "ASK" : "BID");
}

function refusalOfGuarantee({ type }: ExitPlan, { guaranteedStops }: VenueProfile): Refusal {
  const { mode } = guaranteedStops;
  if (type === "guaranteed_stop_loss" && mode === "DISABLED") {
    return "GUARANTEED_STOP_LOSS_ON_FILL_NOT_ALLOWED";
  }
  const isPlain = type === "stop_loss" && mode === "REQUIRED";
  return isPlain ? "STOP_LOSS_ON_FILL_GUARANTEED_REQUIRED" : null;
}

function refusalOfLevel(plan: ExitPlan, instrument: Instrument): Refusal {
  const { type, price, distance } = plan;
  if (type === "take_profit") {
    const problem = problemOf(price, instrument);
    return problem && `TAKE_PROFIT_ON_FILL_PRICE_${problem}`;
  }
  if (type === "trailing_stop") {
    const problem = trailingProblemOf(distance, instrument);
    return problem && `TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_${problem}`;
  }
  const prefix = EXIT_PREFIXES[type];
  if (price && distance) return `${prefix}_ON_FILL_PRICE_AND_DISTANCE_BOTH_SPECIFIED`;
  const problem = problemOf(price ?? distance, instrument);
  if (problem === "MISSING") return `${prefix}_ON_FILL_PRICE_AND_DISTANCE_BOTH_MISSING`;
  if (!problem) return null;
  return price ? `${prefix}_ON_FILL_PRICE_${problem}` : `${prefix}_ON_FILL_DISTANCE_${problem}`;
}

function refusalOfTiming(plan: ExitPlan, { now }: Subject): Refusal {
  const { type, timeInForce, gtdTime } = plan;
  const prefix = EXIT_PREFIXES[type];
  if (timeInForce === "FOK" || timeInForce === "IOC") {
    return `${prefix}_ON_FILL_TIME_IN_FORCE_INVALID`;
  }
  if (timeInForce === "GTD" && !gtdTime) return `${prefix}_ON_FILL_GTD_TIMESTAMP_MISSING`;
  return isOver(plan, now) ? `${prefix}_ON_FILL_GTD_TIMESTAMP_IN_PAST` : null;
}

function refusalOfTrigger(plan: ExitPlan, units: Decimal): Refusal {
  if (isTriggerAllowed(plan, units)) return null;
  return `${EXIT_PREFIXES[plan.type]}_ON_FILL_TRIGGER_CONDITION_INVALID`;
}

function refusalOfLabels({ type, clientExtensions }: ExitPlan): Refusal {
  const label = badLabel(clientExtensions);
  return label && `${EXIT_PREFIXES[type]}_ON_FILL_CLIENT_ORDER_${label}_INVALID`;
}

/** A guaranteed stop is its trade's only stop. */
function refusalOfCompany(plans: readonly ExitPlan[]): Refusal {
  const types = plans.map((plan) => plan.type);
  if (!types.includes("guaranteed_stop_loss")) return null;
  const hasOther = types.includes("stop_loss") || types.includes("trailing_stop");
  return hasOther ? "ORDERS_ON_FILL_RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION" : null;
}
