import { type Decimal, type Price, toPrice } from "../../core/money.ts";
import type { TimeInForce } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import type { VenueQuote } from "../feed/feed.ts";
import { guaranteedStopTerms } from "./guaranteed.ts";
import { addPending, expiryOf } from "./pending.ts";
import type { ExitPrefix } from "./reasons.ts";
import { type Batch, stamp, type Work, write } from "./step.ts";
import type { FillTransaction } from "./transactions.ts";
import { sidePrice, triggerSide } from "./trigger.ts";
import type {
  ClientExtensions,
  ExitOrder,
  ExitOrderType,
  OnFillTerms,
  StopLossDetails,
  TriggerCondition,
  VenueTrade,
} from "./types.ts";

/** How reasons and transactions name the kinds of exits. */
export const EXIT_PREFIXES = {
  take_profit: "TAKE_PROFIT",
  stop_loss: "STOP_LOSS",
  guaranteed_stop_loss: "GUARANTEED_STOP_LOSS",
  trailing_stop: "TRAILING_STOP_LOSS",
} as const satisfies Record<ExitOrderType, ExitPrefix>;

/** An exit to be made: its kind, and what it says with everything that was left open filled in. */
export type ExitPlan = {
  readonly type: ExitOrderType;
  readonly price: Decimal | null;
  readonly distance: Decimal | null;
  readonly timeInForce: TimeInForce;
  readonly gtdTime: Instant | null;
  readonly triggerCondition: TriggerCondition;
  readonly clientExtensions: ClientExtensions | null;
};

/** The plan of an exit with those details; what they leave open is GTC, DEFAULT and nothing. */
export function exitPlan(type: ExitOrderType, details: Partial<StopLossDetails>): ExitPlan {
  return {
    type,
    price: details.price ?? null,
    distance: details.distance ?? null,
    timeInForce: details.timeInForce ?? "GTC",
    gtdTime: details.gtdTime ?? null,
    triggerCondition: details.triggerCondition ?? "DEFAULT",
    clientExtensions: details.clientExtensions ?? null,
  };
}

/** The exits that come with an order, in the order in which they are made. */
export function plannedExits(terms: OnFillTerms): readonly ExitPlan[] {
  const { takeProfitOnFill, stopLossOnFill, guaranteedStopLossOnFill, trailingStopOnFill } = terms;
  const plans: ExitPlan[] = [];
  if (takeProfitOnFill) plans.push(exitPlan("take_profit", takeProfitOnFill));
  if (stopLossOnFill) plans.push(exitPlan("stop_loss", stopLossOnFill));
  if (guaranteedStopLossOnFill) {
    plans.push(exitPlan("guaranteed_stop_loss", guaranteedStopLossOnFill));
  }
  if (trailingStopOnFill) plans.push(exitPlan("trailing_stop", trailingStopOnFill));
  return plans;
}

/** Makes the exit orders that came with an order for the trade that its fill opened. */
export function attachExits(
  work: Work,
  { batch, fill, areStopsRefused = false }: Attaching,
  terms: OnFillTerms,
): void {
  const opened = fill.tradeOpened;
  if (!opened) return;
  const trade = {
    id: opened.tradeId,
    instrument: fill.instrument,
    currentUnits: opened.units,
    clientExtensions: opened.clientExtensions,
  };
  const origin = { reason: "ON_FILL", orderFillTransactionId: fill.id } as const;
  const moment = { trade, quote: fill.fullPrice, stopFrom: opened.price, origin };
  for (const plan of plannedExits(terms)) {
    const isRefused = areStopsRefused && plan.type !== "take_profit";
    if (isRefused) writeRefusedExit(work, batch, { ...moment, plan });
    else makeExit(work, batch, { ...moment, plan });
  }
}

type Attaching = {
  readonly batch: Batch;
  readonly fill: FillTransaction;
  readonly areStopsRefused?: boolean;
};

/** UNVERIFIED: how OANDA logs an exit that it fails to make for a trade that is open already. */
function writeRefusedExit(work: Work, batch: Batch, { plan, trade, origin }: ExitMaking): void {
  const { type, ...terms } = plan;
  write(work, {
    ...stamp(work, batch),
    ...terms,
    type: `${EXIT_PREFIXES[type]}_ORDER_REJECT`,
    tradeId: trade.id,
    clientTradeId: trade.clientExtensions?.id ?? null,
    reason: origin.reason,
    orderFillTransactionId: origin.orderFillTransactionId ?? null,
    intendedReplacesOrderId: null,
    rejectReason: "INTERNAL_SERVER_ERROR",
  });
}

/** What an exit is made from. */
export type ExitMaking = {
  readonly plan: ExitPlan;
  readonly trade: Pick<VenueTrade, "id" | "instrument" | "currentUnits" | "clientExtensions">;
  readonly quote: Pick<VenueQuote, "bid" | "ask">;
  /** What a stop's distance is measured from. */
  readonly stopFrom: Decimal;
  readonly origin: {
    readonly reason: ExitOrder["reason"];
    readonly orderFillTransactionId?: number;
    readonly replacesOrderId?: number;
    readonly cancellingTransactionId?: number;
  };
};

/** Makes one exit order of an open trade; its terms have been looked at. */
export function makeExit(work: Work, batch: Batch, making: ExitMaking): ExitOrder {
  const { plan, trade, origin } = making;
  const { timeInForce, gtdTime, triggerCondition, clientExtensions } = plan;
  const base = {
    id: stamp(work, batch).id,
    createTime: batch.time,
    end: null,
    tradeId: trade.id,
    clientTradeId: trade.clientExtensions?.id ?? null,
    timeInForce,
    gtdTime,
    triggerCondition,
    clientExtensions,
    expiresAt: expiryOf(plan, batch.time),
    reason: origin.reason,
    orderFillTransactionId: origin.orderFillTransactionId ?? null,
    replacesOrderId: origin.replacesOrderId ?? null,
  };
  const order: ExitOrder = { ...base, ...levelOf(work, making) };
  const cancellingTransactionId = origin.cancellingTransactionId ?? null;
  writeExit(work, batch, { order, cancellingTransactionId });
  addPending(work, order);
  return order;
}

/** A stop's price: as given, or its distance on the losing side of `from`. */
export function stopPrice(
  { price, distance }: Pick<ExitPlan, "price" | "distance">,
  { from, sign }: { readonly from: Decimal; readonly sign: number },
): Decimal | null {
  if (price) return price;
  return distance && moved(from, distance, -sign);
}

/** The current price that an exit of a trade of those signed units looks at. */
export function watchedPrice(
  quote: Pick<VenueQuote, "bid" | "ask">,
  units: Decimal,
  condition: TriggerCondition,
): Decimal {
  return sidePrice(quote, triggerSide(condition, units.isNegative()));
}

export function moved(price: Decimal, distance: Decimal, sign: number): Decimal {
  return sign < 0 ? price.minus(distance) : price.plus(distance);
}

/** What sets the kinds of exits apart. */
type ExitLevel =
  | { readonly type: "take_profit"; readonly price: Price }
  | { readonly type: "stop_loss"; readonly price: Price; readonly distance: Decimal | null }
  | {
      readonly type: "guaranteed_stop_loss";
      readonly price: Price;
      readonly distance: Decimal | null;
      readonly guaranteedExecutionPremium: Decimal;
    }
  | {
      readonly type: "trailing_stop";
      readonly distance: Decimal;
      readonly trailingStopValue: Decimal;
    };

function levelOf({ venue }: Work, { plan, trade, quote, stopFrom }: ExitMaking): ExitLevel {
  const { type, distance } = plan;
  const sign = trade.currentUnits.sign();
  if (type === "trailing_stop") {
    if (!distance) throw new RangeError("a trailing stop without a distance");
    const from = watchedPrice(quote, trade.currentUnits, plan.triggerCondition);
    return { type, distance, trailingStopValue: moved(from, distance, -sign) };
  }
  const level = stopPrice(plan, { from: stopFrom, sign });
  if (!level) throw new RangeError("an exit without a price");
  const price = toPrice(level);
  if (type === "take_profit") return { type, price };
  if (type === "stop_loss") return { type, price, distance };
  const instrument = venue.feed.instrument(trade.instrument);
  if (!instrument) throw new RangeError(`an open trade in ${trade.instrument}, which isn't there`);
  const { premium } = guaranteedStopTerms(venue.profile, instrument);
  return { type, price, distance, guaranteedExecutionPremium: premium };
}

function writeExit(
  work: Work,
  batch: Batch,
  { order, cancellingTransactionId }: WrittenExit,
): void {
  const { tradeId, clientTradeId, timeInForce, gtdTime, triggerCondition, reason } = order;
  const { orderFillTransactionId, replacesOrderId, clientExtensions } = order;
  const terms = {
    ...stamp(work, batch),
    tradeId,
    clientTradeId,
    timeInForce,
    gtdTime,
    triggerCondition,
    reason,
    orderFillTransactionId,
    replacesOrderId,
    clientExtensions,
    cancellingTransactionId,
  };
  if (order.type === "take_profit") {
    write(work, { ...terms, type: "TAKE_PROFIT_ORDER", price: order.price });
    return;
  }
  const { distance } = order;
  if (order.type === "trailing_stop") {
    write(work, { ...terms, type: "TRAILING_STOP_LOSS_ORDER", distance: order.distance });
  } else if (order.type === "stop_loss") {
    write(work, { ...terms, type: "STOP_LOSS_ORDER", price: order.price, distance });
  } else {
    const { price, guaranteedExecutionPremium } = order;
    const type = "GUARANTEED_STOP_LOSS_ORDER";
    write(work, { ...terms, type, price, distance, guaranteedExecutionPremium });
  }
}

type WrittenExit = {
  readonly order: ExitOrder;
  readonly cancellingTransactionId: number | null;
};

/** Whether an exit's date is over. */
export function isOver(plan: Pick<ExitPlan, "timeInForce" | "gtdTime">, now: Instant): boolean {
  return plan.timeInForce === "GTD" && plan.gtdTime !== null && plan.gtdTime <= now;
}
