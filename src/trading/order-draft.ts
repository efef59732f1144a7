import type { Distance } from "../core/distance.ts";
import type { Decimal, Price } from "../core/money.ts";
import type { OrderOrigin, Side } from "../core/order.ts";
import type { EntryType, MarketOrder, Waiting } from "../core/order-request.ts";

/** An order as it was asked for, before prices and sizes are worked out. */
export type OrderDraft = {
  /** As typed: `EUR/USD`, `eurusd`. */
  readonly instrument: string;
  readonly side: Side;
  readonly size: OrderSize;
  readonly terms: MarketDraft | EntryDraft;
  readonly stopLoss: ExitRequest | null;
  /** Whether the stop is to fill at its price also through a gap. */
  readonly isStopGuaranteed: boolean;
  readonly takeProfit: ExitRequest | null;
  readonly trailingStop: ExitRequest | null;
  /** How much worse than expected the fill may be. */
  readonly maxSlippage: Distance | null;
  readonly reduceOnly: boolean;
  readonly clientOrderId: string | null;
  readonly origin: OrderOrigin;
};

type MarketDraft = Pick<MarketOrder, "timeInForce"> & { readonly type: "market" };

/** What it waits for, and for how long. */
export type EntryDraft = Waiting & { readonly type: EntryType; readonly price: Price };

/** Units, or what may be lost at the stop: an amount in account currency or a percentage of equity. */
export type OrderSize =
  | { readonly kind: "units"; readonly units: Decimal; readonly text: string }
  | { readonly kind: "risk_amount"; readonly amount: Decimal }
  | { readonly kind: "risk_percent"; readonly percent: Decimal };

/** Bare means the configured default distance. */
export type ExitRequest = { readonly kind: "default" } | Distance;

/** What is to be different about a pending order; null and `keep` leave it as it is. */
export type OrderChange = ExitChoices & {
  readonly price: Price | null;
  readonly units: Decimal | null;
  readonly waiting: Waiting | null;
};

/** What is to become of exits; a stop that is set is guaranteed where that is asked for, or where it was before. */
export type ExitChoices = {
  readonly stopLoss: ExitChoice;
  readonly isStopGuaranteed: boolean;
  readonly takeProfit: ExitChoice;
  readonly trailingStop: ExitChoice;
};

export type ExitChoice = "keep" | "remove" | ExitRequest;

/** The same for the exits of an open trade, whose stop can also go to its open price. */
export type TradeExitChoices = Omit<ExitChoices, "stopLoss"> & {
  readonly stopLoss: ExitChoice | { readonly kind: "breakeven" };
};
