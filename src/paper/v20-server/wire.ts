import type { Decimal } from "../../core/money.ts";
import type { TimeInForce } from "../../core/order.ts";
import { type Instant, instantToUnixSeconds } from "../../core/time.ts";
import type { ClientExtensions } from "../engine/types.ts";
import type { Ledger } from "./ledger.ts";

/** JSON as it leaves: an undefined field is left out, as OANDA leaves out what isn't set. */
export type Json = Readonly<Record<string, unknown>>;

/** How one request wants its answer written. */
export type Wire = {
  readonly ledger: Ledger;
  time(instant: Instant): string;
  /** A price or a distance with at least its instrument's decimals. */
  price(instrument: string, value: Decimal): string;
  /** A price or a distance of an exit order, which names only its trade. */
  tradePrice(tradeId: number, value: Decimal): string;
};

const AMOUNT_PLACES = 4;
/** Decimals of a price whose instrument is unknown. */
export const PRECISION = 5;
export const PERCENT_PLACES = 5;
export const NO_AMOUNT = "0.0000";

/** The form of times is the request's `Accept-Datetime-Format`: UNIX, or RFC 3339 for anything else. */
export function timeWriter(timeFormat: string | undefined): (instant: Instant) => string {
  return timeFormat?.trim().toUpperCase() === "UNIX" ? instantToUnixSeconds : String;
}

export function createWire(ledger: Ledger, timeFormat: string | undefined): Wire {
  const time = timeWriter(timeFormat);
  const price = (name: string, value: Decimal) => {
    const instrument = ledger.venue.feed.instrument(name);
    return value.toFixed(Math.max(instrument?.pricePrecision ?? 0, value.decimals()));
  };
  const tradePrice = (tradeId: number, value: Decimal) => {
    const trade = ledger.tradeById(tradeId);
    return trade ? price(trade.instrument, value) : value.toString();
  };
  return { ledger, time, price, tradePrice };
}

/** An amount in account currency, four decimals. */
export function amount(value: Decimal): string {
  return value.toFixed(AMOUNT_PLACES);
}

export function optional<T, R>(value: T | null, write: (value: T) => R): R | undefined {
  return value === null ? undefined : write(value);
}

export function ids(values: readonly number[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values.map(String);
}

export function extensionsJson(extensions: ClientExtensions | null): Json | undefined {
  if (extensions === null) return undefined;
  return {
    id: extensions.id ?? undefined,
    tag: extensions.tag ?? undefined,
    comment: extensions.comment ?? undefined,
  };
}

/** OANDA calls a day order GFD. */
export function timeInForceJson(timeInForce: TimeInForce): string {
  return timeInForce === "DAY" ? "GFD" : timeInForce;
}

/** The user that an account id names in its third part: 101-001-1234567-001. */
export function userOf(accountId: string): number {
  return Number(accountId.split("-")[2] ?? 0);
}
