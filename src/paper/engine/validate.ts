import { hasLegalPrecision, type Instrument } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import type { TimeInForce } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import type { VenueProfile } from "../venue-profile.ts";
import { plannedExits } from "./exits.ts";
import { badLabel, isIdTaken } from "./labels.ts";
import { MAX_PENDING_ORDERS } from "./pending.ts";
import type { RejectReason } from "./reasons.ts";
import type {
  EntryOrderTerms,
  EntryOrderType,
  FillableTerms,
  MarketOrderTerms,
  VenueAccount,
} from "./types.ts";
import { refusalOfExitsOnFill, type Subject } from "./validate-on-fill.ts";

type Refusal = RejectReason | null;

/** Why the venue doesn't take a market order with these terms; null when it does. */
export function refusalOfOrder(terms: MarketOrderTerms, subject: Subject): Refusal {
  return (
    refusalOfUnits(terms.units, subject.instrument) ??
    refusalOfMarketTiming(terms.timeInForce) ??
    refusalOfBound(terms.priceBound, subject.instrument) ??
    refusalOfLabels(terms, subject.account) ??
    refusalOfOnFill(terms, subject)
  );
}

/** Why the venue doesn't take a waiting order with these terms; null when it does. */
export function refusalOfEntry(
  type: EntryOrderType,
  terms: EntryOrderTerms,
  subject: Subject,
): Refusal {
  const { account, instrument, now } = subject;
  return (
    refusalOfUnits(terms.units, instrument) ??
    refusalOfPrice(terms.price, instrument) ??
    refusalOfEntryTiming(type, terms.timeInForce) ??
    refusalOfDate(terms, now) ??
    refusalOfBound(terms.priceBound, instrument) ??
    refusalOfOwnLabels(terms, account) ??
    refusalOfOnFill(terms, subject) ??
    refusalWithoutGuarantee(terms, subject.profile) ??
    refusalOfCount(account)
  );
}

/** Why the venue doesn't take an order that closes `units` of the `open` ones; null when it does. */
export function refusalOfClose(
  units: Decimal | "ALL",
  open: { readonly units: Decimal; readonly excess: RejectReason },
  instrument: Instrument,
): Refusal {
  if (units === "ALL") return null;
  if (!units.isPositive()) return "UNITS_INVALID";
  if (units.decimals() > instrument.unitsPrecision) return "UNITS_PRECISION_EXCEEDED";
  return units.isGreaterThan(open.units) ? open.excess : null;
}

/** Why an order's own or its trade's labels aren't acceptable; null when they are. */
export function refusalOfLabels(
  terms: Pick<MarketOrderTerms, "clientExtensions" | "tradeClientExtensions">,
  account: VenueAccount,
): Refusal {
  const refusal = refusalOfOwnLabels(terms, account);
  if (refusal) return refusal;
  const isTaken = isIdTaken(account.trades, terms.tradeClientExtensions);
  return isTaken ? "CLIENT_TRADE_ID_ALREADY_EXISTS" : null;
}

/** The same without a look at the open trades: a waiting order's trade meets others than today's. */
export function refusalOfOwnLabels(
  terms: Pick<MarketOrderTerms, "clientExtensions" | "tradeClientExtensions">,
  account: VenueAccount,
): Refusal {
  const order = badLabel(terms.clientExtensions);
  if (order) return `CLIENT_ORDER_${order}_INVALID`;
  const trade = badLabel(terms.tradeClientExtensions);
  if (trade) return `CLIENT_TRADE_${trade}_INVALID`;
  const isTaken = isIdTaken(account.orders, terms.clientExtensions);
  return isTaken ? "CLIENT_ORDER_ID_ALREADY_EXISTS" : null;
}

/** Why a date isn't acceptable for an order that waits; null when it is. */
export function refusalOfDate(
  { timeInForce, gtdTime }: { readonly timeInForce: TimeInForce; readonly gtdTime: Instant | null },
  now: Instant,
): Refusal {
  if (timeInForce !== "GTD") return null;
  if (!gtdTime) return "TIME_IN_FORCE_GTD_TIMESTAMP_MISSING";
  return gtdTime <= now ? "TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST" : null;
}

/** Why there can't be one more waiting order; null when there can. */
export function refusalOfCount({ orders }: VenueAccount): Refusal {
  return orders.length >= MAX_PENDING_ORDERS ? "PENDING_ORDERS_ALLOWED_EXCEEDED" : null;
}

function refusalOfUnits(units: Decimal, instrument: Instrument): Refusal {
  const size = units.abs();
  if (size.isZero()) return "UNITS_INVALID";
  if (size.decimals() > instrument.unitsPrecision) return "UNITS_PRECISION_EXCEEDED";
  if (size.isLessThan(instrument.minimumUnits)) return "UNITS_MINIMUM_NOT_MET";
  const maximum = instrument.maximumUnits;
  return maximum && size.isGreaterThan(maximum) ? "UNITS_LIMIT_EXCEEDED" : null;
}

function refusalOfPrice(price: Decimal, instrument: Instrument): Refusal {
  if (!price.isPositive()) return "PRICE_INVALID";
  return hasLegalPrecision(price, instrument) ? null : "PRICE_PRECISION_EXCEEDED";
}

function refusalOfMarketTiming(timeInForce: TimeInForce): Refusal {
  return timeInForce === "FOK" || timeInForce === "IOC" ? null : "TIME_IN_FORCE_INVALID";
}

/** An if-touched order waits for a touch, so it can't have to be filled at once. */
function refusalOfEntryTiming(type: EntryOrderType, timeInForce: TimeInForce): Refusal {
  const isWaiting = timeInForce !== "FOK" && timeInForce !== "IOC";
  return isWaiting || type !== "market_if_touched" ? null : "TIME_IN_FORCE_INVALID";
}

function refusalOfBound(bound: Decimal | null, instrument: Instrument): Refusal {
  if (!bound) return null;
  if (!bound.isPositive()) return "PRICE_BOUND_INVALID";
  return hasLegalPrecision(bound, instrument) ? null : "PRICE_BOUND_PRECISION_EXCEEDED";
}

/** Why what is to become of the trade isn't acceptable. */
function refusalOfOnFill(terms: FillableTerms, subject: Subject): Refusal {
  if (terms.positionFill === "REDUCE_ONLY" && terms.tradeClientExtensions) {
    return "TRADE_ON_FILL_CLIENT_EXTENSIONS_NOT_SUPPORTED";
  }
  return refusalOfExitsOnFill(terms, subject) ?? refusalOfSharedIds(terms);
}

function refusalWithoutGuarantee(terms: FillableTerms, profile: VenueProfile): Refusal {
  if (profile.guaranteedStops.mode !== "REQUIRED" || terms.positionFill === "REDUCE_ONLY") {
    return null;
  }
  const hasGuarantee = terms.guaranteedStopLossOnFill !== null;
  return hasGuarantee ? null : "GUARANTEED_STOP_LOSS_ON_FILL_REQUIRED_FOR_PENDING_ORDER";
}

function refusalOfSharedIds(terms: FillableTerms): Refusal {
  const ids = [terms, ...plannedExits(terms)]
    .map(({ clientExtensions }) => clientExtensions?.id)
    .filter((id) => typeof id === "string");
  return new Set(ids).size < ids.length ? "ORDERS_ON_FILL_DUPLICATE_CLIENT_ORDER_IDS" : null;
}
