import type { Instrument } from "../../core/instrument.ts";
import type { Price } from "../../core/money.ts";
import type { VenueQuote } from "../feed/feed.ts";
import type { VenueProfile } from "../venue-profile.ts";
import {
  EXIT_PREFIXES,
  type ExitPlan,
  isOver,
  plannedExits,
  stopPrice,
  watchedPrice,
} from "./exits.ts";
import { guaranteedStopTerms } from "./guaranteed.ts";
import type { CancelReason } from "./reasons.ts";
import type { Work } from "./step.ts";
import type { FillableTerms, PendingOrder } from "./types.ts";

/** The moment at which an order would open a trade. */
type Opening = {
  readonly terms: FillableTerms;
  /** At which the trade would be opened. */
  readonly price: Price;
  readonly quote: VenueQuote;
  readonly instrument: Instrument;
  readonly profile: VenueProfile;
};

/** Why the exits of an order can't be attached to the trade that it would open now; null when they can. */
export function refusalOfExits(work: Work, opening: Opening): CancelReason | null {
  const { terms, profile } = opening;
  if (profile.guaranteedStops.mode === "REQUIRED" && !terms.guaranteedStopLossOnFill) {
    return "GUARANTEED_STOP_LOSS_ON_FILL_REQUIRED";
  }
  for (const plan of plannedExits(terms)) {
    if (isOver(plan, work.account.processedTo)) {
      return `${EXIT_PREFIXES[plan.type]}_ON_FILL_GTD_TIMESTAMP_IN_PAST`;
    }
    const refusal = refusalOfLevel(plan, opening);
    if (refusal) return refusal;
  }
  return null;
}

/** Which of the exits has a client id that a pending order has; `left` are those that the fill leaves. */
export function refusalOfExitIds(
  terms: FillableTerms,
  left: readonly PendingOrder[],
): CancelReason | null {
  for (const { type, clientExtensions } of plannedExits(terms)) {
    const id = clientExtensions?.id ?? null;
    if (id !== null && left.some((order) => order.clientExtensions?.id === id)) {
      return `${EXIT_PREFIXES[type]}_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS`;
    }
  }
  return null;
}

function refusalOfLevel(plan: ExitPlan, opening: Opening): CancelReason | null {
  const { terms, price, quote, instrument, profile } = opening;
  const sign = terms.units.sign();
  if (plan.type === "trailing_stop") return null;
  if (plan.type === "take_profit") {
    const isLoss = plan.price !== null && plan.price.compare(price) * sign <= 0;
    return isLoss ? "TAKE_PROFIT_ON_FILL_LOSS" : null;
  }
  const prefix = EXIT_PREFIXES[plan.type];
  const stop = stopPrice(plan, { from: price, sign });
  if (!stop?.isPositive()) return `${prefix}_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED`;
  const watched = watchedPrice(quote, terms.units, plan.triggerCondition);
  if (stop.compare(watched) * sign >= 0) return `${prefix}_ON_FILL_LOSS`;
  if (plan.type === "stop_loss") return null;
  const { minimumDistance } = guaranteedStopTerms(profile, instrument);
  return price.minus(stop).abs().isLessThan(minimumDistance)
    ? "GUARANTEED_STOP_LOSS_ON_FILL_MINIMUM_DISTANCE_NOT_MET"
    : null;
}
