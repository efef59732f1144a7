import type { Decimal, Price, Units } from "./money.ts";
import type { Side } from "./order.ts";
import type { Instant } from "./time.ts";

export type Direction = "long" | "short";

/** What a fill opened, until it is closed. Money is in account currency. */
export type Trade = {
  readonly id: string;
  readonly instrument: string;
  readonly direction: Direction;
  readonly units: Units;
  readonly openPrice: Price;
  readonly openedAt: Instant;
  readonly unrealizedPl: Decimal;
  readonly realizedPl: Decimal;
  readonly financing: Decimal;
  readonly marginUsed: Decimal;
  readonly stopLoss: Price | null;
  readonly isStopGuaranteed: boolean;
  readonly takeProfit: Price | null;
  readonly trailingStop: TrailingStop | null;
  readonly clientOrderId: string | null;
  readonly signalId: string | null;
};

/** A stop that follows the price at `distance`; `price` is where it stands now, null while unknown. */
export type TrailingStop = { readonly distance: Decimal; readonly price: Price | null };

/** The side of the order that closes a trade of that direction. */
export function closingSide(direction: Direction): Side {
  return direction === "long" ? "sell" : "buy";
}

/** Whether a stop or a trailing stop stands at it. */
export function hasStop({ stopLoss, trailingStop }: Trade): boolean {
  return stopLoss !== null || trailingStop !== null;
}

/** Whether a stop, a target or a trailing stop stands at it. */
export function hasExits({ stopLoss, takeProfit, trailingStop }: Trade): boolean {
  return stopLoss !== null || takeProfit !== null || trailingStop !== null;
}
