import { hasLegalPrecision, type Instrument } from "../../core/instrument.ts";
import { type Decimal, ZERO } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { RejectReason } from "./reasons.ts";
import type {
  ClientExtensions,
  MarketOrderTerms,
  StopLossDetails,
  TakeProfitDetails,
  TrailingStopDetails,
  VenueAccount,
} from "./types.ts";

type Refusal = RejectReason | null;
type Subject = {
  readonly account: VenueAccount;
  readonly instrument: Instrument;
  readonly now: Instant;
};

const EXTENSION_LENGTH = 128;
const CLEAN_TEXT = /^\P{Cc}+$/u;

/** Why the venue doesn't take a market order with these terms; null when it does. */
export function refusalOfOrder(terms: MarketOrderTerms, subject: Subject): Refusal {
  return (
    refusalOfUnits(terms.units, subject.instrument) ??
    refusalOfTiming(terms) ??
    refusalOfBound(terms.priceBound, subject.instrument) ??
    refusalOfLabels(terms, subject.account) ??
    refusalOfTakeProfit(terms.takeProfitOnFill, subject) ??
    refusalOfStopLoss(terms.stopLossOnFill, subject) ??
    refusalOfTrailing(terms.trailingStopOnFill, subject) ??
    refusalOfSharedIds(terms)
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
  const order = badLabel(terms.clientExtensions);
  if (order) return `CLIENT_ORDER_${order}_INVALID`;
  const trade = badLabel(terms.tradeClientExtensions);
  if (trade) return `CLIENT_TRADE_${trade}_INVALID`;
  if (holdsId(account.orders, terms.clientExtensions)) return "CLIENT_ORDER_ID_ALREADY_EXISTS";
  if (holdsId(account.trades, terms.tradeClientExtensions)) return "CLIENT_TRADE_ID_ALREADY_EXISTS";
  return null;
}

function refusalOfUnits(units: Decimal, instrument: Instrument): Refusal {
  const size = units.abs();
  if (size.isZero()) return "UNITS_INVALID";
  if (size.decimals() > instrument.unitsPrecision) return "UNITS_PRECISION_EXCEEDED";
  if (size.isLessThan(instrument.minimumUnits)) return "UNITS_MINIMUM_NOT_MET";
  const maximum = instrument.maximumUnits;
  return maximum && size.isGreaterThan(maximum) ? "UNITS_LIMIT_EXCEEDED" : null;
}

function refusalOfTiming({ timeInForce }: MarketOrderTerms): Refusal {
  return timeInForce === "FOK" || timeInForce === "IOC" ? null : "TIME_IN_FORCE_INVALID";
}

function refusalOfBound(bound: Decimal | null, instrument: Instrument): Refusal {
  if (!bound) return null;
  if (!bound.isPositive()) return "PRICE_BOUND_INVALID";
  return isTooFine(bound, instrument) ? "PRICE_BOUND_PRECISION_EXCEEDED" : null;
}

function refusalOfTakeProfit(details: TakeProfitDetails | null, subject: Subject): Refusal {
  if (!details) return null;
  if (!details.price) return "TAKE_PROFIT_ON_FILL_PRICE_MISSING";
  if (!details.price.isPositive()) return "TAKE_PROFIT_ON_FILL_PRICE_INVALID";
  if (isTooFine(details.price, subject.instrument)) {
    return "TAKE_PROFIT_ON_FILL_PRICE_PRECISION_EXCEEDED";
  }
  return refusalOfExit("TAKE_PROFIT", details, subject.now);
}

function refusalOfStopLoss(details: StopLossDetails | null, subject: Subject): Refusal {
  if (!details) return null;
  const { price, distance } = details;
  if (price && distance) return "STOP_LOSS_ON_FILL_PRICE_AND_DISTANCE_BOTH_SPECIFIED";
  if (!price && !distance) return "STOP_LOSS_ON_FILL_PRICE_AND_DISTANCE_BOTH_MISSING";
  if (price && !price.isPositive()) return "STOP_LOSS_ON_FILL_PRICE_INVALID";
  if (distance && !distance.isPositive()) return "STOP_LOSS_ON_FILL_DISTANCE_INVALID";
  if (isTooFine(price ?? distance ?? ZERO, subject.instrument)) {
    return price
      ? "STOP_LOSS_ON_FILL_PRICE_PRECISION_EXCEEDED"
      : "STOP_LOSS_ON_FILL_DISTANCE_PRECISION_EXCEEDED";
  }
  return refusalOfExit("STOP_LOSS", details, subject.now);
}

function refusalOfTrailing(details: TrailingStopDetails | null, subject: Subject): Refusal {
  if (!details) return null;
  const { distance } = details;
  const { minimumTrailingDistance: least, maximumTrailingDistance: most } = subject.instrument;
  if (!distance) return "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MISSING";
  if (!distance.isPositive()) return "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_INVALID";
  if (isTooFine(distance, subject.instrument)) {
    return "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_PRECISION_EXCEEDED";
  }
  if (least && distance.isLessThan(least)) {
    return "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MINIMUM_NOT_MET";
  }
  if (most && distance.isGreaterThan(most)) {
    return "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED";
  }
  return refusalOfExit("TRAILING_STOP_LOSS", details, subject.now);
}

type ExitName = "TAKE_PROFIT" | "STOP_LOSS" | "TRAILING_STOP_LOSS";

function refusalOfExit(
  name: ExitName,
  details: TrailingStopDetails | TakeProfitDetails,
  now: Instant,
) {
  const { timeInForce, gtdTime } = details;
  if (timeInForce === "FOK" || timeInForce === "IOC") {
    return `${name}_ON_FILL_TIME_IN_FORCE_INVALID` as const;
  }
  if (timeInForce === "GTD" && !gtdTime) return `${name}_ON_FILL_GTD_TIMESTAMP_MISSING` as const;
  if (timeInForce === "GTD" && gtdTime && gtdTime <= now) {
    return `${name}_ON_FILL_GTD_TIMESTAMP_IN_PAST` as const;
  }
  const label = badLabel(details.clientExtensions);
  return label ? (`${name}_ON_FILL_CLIENT_ORDER_${label}_INVALID` as const) : null;
}

function refusalOfSharedIds(terms: MarketOrderTerms): Refusal {
  const ids = [
    terms.clientExtensions?.id,
    terms.takeProfitOnFill?.clientExtensions?.id,
    terms.stopLossOnFill?.clientExtensions?.id,
    terms.trailingStopOnFill?.clientExtensions?.id,
  ].filter((id) => typeof id === "string");
  return new Set(ids).size < ids.length ? "ORDERS_ON_FILL_DUPLICATE_CLIENT_ORDER_IDS" : null;
}

/** Which of the labels is empty, too long or unprintable; null when none is. */
function badLabel(labels: ClientExtensions | null): "ID" | "TAG" | "COMMENT" | null {
  if (!isLabel(labels?.id)) return "ID";
  if (!isLabel(labels?.tag)) return "TAG";
  return isLabel(labels?.comment) ? null : "COMMENT";
}

function isLabel(text: string | null | undefined): boolean {
  if (text === null || text === undefined) return true;
  return text.length <= EXTENSION_LENGTH && CLEAN_TEXT.test(text);
}

function holdsId(
  holders: readonly { readonly clientExtensions: ClientExtensions | null }[],
  labels: ClientExtensions | null,
): boolean {
  const id = labels?.id ?? null;
  return id !== null && holders.some((holder) => holder.clientExtensions?.id === id);
}

function isTooFine(price: Decimal, instrument: Instrument): boolean {
  return !hasLegalPrecision(price, instrument);
}
