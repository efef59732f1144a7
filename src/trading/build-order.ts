import { isReached } from "../core/entry-order.ts";
import { Failure } from "../core/failures.ts";
import { type Decimal, type Price, toUnits } from "../core/money.ts";
import type { EntryOrder, MarketOrder } from "../core/order-request.ts";
import { type Desk, newClientOrderId } from "./desk.ts";
import { entryBasis, expectedEntry, marketBasis } from "./entry-price.ts";
import {
  type ExitBasis,
  levelAt,
  resolveBound,
  resolveStop,
  resolveTarget,
  resolveTrailing,
} from "./exit-levels.ts";
import type { MarketView } from "./market-view.ts";
import type { OrderDraft } from "./order-draft.ts";
import { type RiskSizing, sizeByRisk } from "./size-order.ts";

export type BuiltOrder = {
  readonly order: MarketOrder | EntryOrder;
  /** The arithmetic behind `--risk`; null when units were given. */
  readonly sizing: RiskSizing | null;
  /** Where the exits stand if it fills at the expected price. */
  readonly expected: ExpectedLevels;
  /** An order with a price of its own that the open market has reached already: it executes at once. */
  readonly isReached: boolean;
};

export type ExpectedLevels = {
  readonly price: Price;
  readonly stopLoss: Price | null;
  readonly takeProfit: Price | null;
  readonly trailingStop: Price | null;
};

/**
 * Works out prices and size of a draft on one view of the market.
 * @throws Failure INVALID_PRICE or INVALID_UNITS: nothing was sent.
 */
export function buildOrder(desk: Desk, draft: OrderDraft, view: MarketView): BuiltOrder {
  const { terms, side } = draft;
  const basis = basisOf(desk, draft, view);
  const stop = resolveStop(draft.stopLoss, basis);
  const takeProfit = resolveTarget(draft.takeProfit, basis);
  const trailingStop = resolveTrailing(draft.trailingStop, basis);
  const stopDistance = stop ? stop.price.minus(basis.entry).abs() : trailingStop;
  const sizing = sizeByRisk(draft.size, { instrument: view.instrument, view, stopDistance });
  const guarantee = draft.isStopGuaranteed ? ({ isGuaranteed: true } as const) : {};
  const common = {
    clientOrderId: draft.clientOrderId ?? newClientOrderId(desk),
    account: desk.account.id,
    instrument: view.instrument.name,
    side,
    units: toUnits(sizing ? sizing.units : draftUnits(draft)),
    stopLoss: stop && { ...stop.attached, ...guarantee },
    takeProfit,
    trailingStop,
    priceBound: resolveBound(draft.maxSlippage, basis),
    reduceOnly: draft.reduceOnly,
    origin: draft.origin,
  };
  const order: MarketOrder | EntryOrder =
    terms.type === "market"
      ? { kind: "market", ...common, timeInForce: terms.timeInForce }
      : { kind: "entry", ...common, ...terms };
  const expected = {
    price: basis.entry,
    stopLoss: stop?.price ?? null,
    takeProfit,
    trailingStop: trailingStop ? levelAt("stop_loss", trailingStop, basis) : null,
  };
  const { quote } = view;
  const reached = terms.type !== "market" && quote.tradeable && isReached(terms, side, quote);
  return { order, sizing, expected, isReached: reached };
}

function basisOf(desk: Desk, { terms, side }: OrderDraft, view: MarketView): ExitBasis {
  if (terms.type === "market") return marketBasis(desk, side, view);
  return entryBasis(desk, { side, entry: expectedEntry(terms, side, view) }, view);
}

function draftUnits(draft: OrderDraft): Decimal {
  if (draft.size.kind === "units") return draft.size.units;
  throw new Failure("INVALID_UNITS", "The order has no size. Nothing was sent.");
}
