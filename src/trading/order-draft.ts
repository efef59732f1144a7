import type { Distance } from "../core/distance.ts";
import type { Decimal } from "../core/money.ts";
import type { OrderOrigin, Side } from "../core/order.ts";

/** A market order as it was asked for, before prices and sizes are worked out. */
export type OrderDraft = {
  /** As typed: `EUR/USD`, `eurusd`. */
  readonly instrument: string;
  readonly side: Side;
  readonly size: OrderSize;
  readonly stopLoss: ExitRequest | null;
  readonly takeProfit: ExitRequest | null;
  readonly trailingStop: ExitRequest | null;
  /** How much worse than expected the fill may be. */
  readonly maxSlippage: Distance | null;
  readonly reduceOnly: boolean;
  readonly clientOrderId: string | null;
  readonly origin: OrderOrigin;
};

/** Units, or what may be lost at the stop: an amount in account currency or a percentage of equity. */
export type OrderSize =
  | { readonly kind: "units"; readonly units: Decimal; readonly text: string }
  | { readonly kind: "risk_amount"; readonly amount: Decimal }
  | { readonly kind: "risk_percent"; readonly percent: Decimal };

/** Bare means the configured default distance. */
export type ExitRequest = { readonly kind: "default" } | Distance;
