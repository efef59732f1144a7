import { type Decimal, minimumOf, type Price } from "../../core/money.ts";
import { factorsAt } from "./conversion.ts";
import { attachExits, cancelLinkedExits, endOrder, refusalOfExits } from "./exits.ts";
import { isCovered, midOfQuote } from "./figures.ts";
import { type BuiltFill, buildFill, type Dealing } from "./fill.ts";
import { type Netting, netTrades, nettedUnits } from "./netting.ts";
import type { CancelReason } from "./reasons.ts";
import { type Batch, openBatch, reachedMs, stamp, type Venue, type Work, write } from "./step.ts";
import type { FillReason, FillTransaction } from "./transactions.ts";
import type {
  ExitOrder,
  MarketOrderReason,
  MarketOrderTerms,
  OrderEnd,
  PositionFill,
  VenueAccount,
  VenueMarketOrder,
} from "./types.ts";

/** A market order that the venue has taken. */
export type MarketExecution = {
  readonly terms: MarketOrderTerms;
  readonly reason: MarketOrderReason;
  /** The most units that get filled, whatever is on offer. */
  readonly maximumFillUnits: Decimal | null;
};

const FILL_REASONS: Record<MarketOrderReason, FillReason> = {
  CLIENT_ORDER: "MARKET_ORDER",
  TRADE_CLOSE: "MARKET_ORDER_TRADE_CLOSE",
  POSITION_CLOSEOUT: "MARKET_ORDER_POSITION_CLOSEOUT",
  MARGIN_CLOSEOUT: "MARKET_ORDER_MARGIN_CLOSEOUT",
  DELAYED_TRADE_CLOSE: "MARKET_ORDER_DELAYED_TRADE_CLOSE",
};

const EXIT_REASONS: Record<ExitOrder["type"], FillReason> = {
  stop_loss: "STOP_LOSS_ORDER",
  guaranteed_stop_loss: "GUARANTEED_STOP_LOSS_ORDER",
  take_profit: "TAKE_PROFIT_ORDER",
  trailing_stop: "TRAILING_STOP_LOSS_ORDER",
};

/** The prices and rates of `ms`; null when the feed lacks one of them. */
export function dealingAt(
  venue: Venue,
  { account, name }: { readonly account: VenueAccount; readonly name: string },
  ms: number,
): Dealing | null {
  const instrument = venue.feed.instrument(name);
  const quote = venue.feed.quoteAt(name, ms);
  if (!instrument || !quote) return null;
  const { baseCurrency, quoteCurrency } = instrument;
  const quoteConversion = factorsAt(venue, [quoteCurrency, account.currency], ms);
  if (!quoteConversion) return null;
  const base = factorsAt(venue, [baseCurrency, account.currency], ms);
  const mid = midOfQuote(quote);
  const { gain, loss, value } = quoteConversion;
  const throughQuote = { gain: gain.times(mid), loss: loss.times(mid), value: value.times(mid) };
  return { instrument, quote, quoteConversion, baseConversion: base ?? throughQuote };
}

/** Writes the order, and its fill with all that follows from it, or its cancellation. */
export function executeMarket(work: Work, batch: Batch, execution: MarketExecution): void {
  const { terms, reason } = execution;
  const { id } = write(work, { ...stamp(work, batch), ...terms, type: "MARKET_ORDER", reason });
  const made = decideFill(work, { batch, orderId: id }, execution);
  const order: VenueMarketOrder = {
    ...terms,
    id,
    type: "market",
    createTime: batch.time,
    reason,
    end: null,
  };
  if (typeof made === "string") {
    cancelMarket(work, batch, { order, reason: made });
    return;
  }
  const fill = commitFill(work, batch, made);
  attachExits(work, { batch, fill }, terms);
  work.endedOrders.push({ ...order, end: filledBy(fill) });
}

/** Fills an exit order whose price came, at the market, with all that follows from it. */
export function executeExit(work: Work, order: ExitOrder): void {
  const trade = work.account.trades.find((candidate) => candidate.id === order.tradeId);
  const dealing = trade && dealingNow(work, trade.instrument);
  if (!trade || !dealing) throw new RangeError(`the exit order ${order.id} has nothing to close`);
  const batch = openBatch(work);
  const requestedUnits = trade.currentUnits.negated();
  const built = buildFill(
    work,
    { batch, dealing },
    {
      orderId: order.id,
      clientOrderId: order.clientExtensions?.id ?? null,
      reason: EXIT_REASONS[order.type],
      requestedUnits,
      netting: netTrades(work.account, {
        instrument: trade.instrument,
        units: requestedUnits,
        positionFill: "REDUCE_ONLY",
        tradeId: trade.id,
      }),
      tradeClientExtensions: null,
    },
  );
  endOrder(work, order, filledBy(built.transaction));
  commitFill(work, batch, { ...built, account: { ...built.account, orders: work.account.orders } });
}

function dealingNow(work: Work, name: string): Dealing | null {
  return dealingAt(work.venue, { account: work.account, name }, reachedMs(work.account));
}

/** The fill, or why there is none. An all-or-nothing order must be affordable whole before it is looked for. */
function decideFill(
  work: Work,
  { batch, orderId }: { batch: Batch; orderId: number },
  { terms, reason, maximumFillUnits }: MarketExecution,
): BuiltFill | CancelReason {
  const dealing = dealingNow(work, terms.instrument);
  if (!dealing?.quote.tradeable) return "MARKET_HALTED";
  const build = (netting: Netting) =>
    buildFill(
      work,
      { batch, dealing },
      {
        orderId,
        clientOrderId: terms.clientExtensions?.id ?? null,
        reason: FILL_REASONS[reason],
        requestedUnits: terms.units,
        netting,
        tradeClientExtensions: terms.tradeClientExtensions,
      },
    );
  const whole = netting(work.account, terms, terms.units.abs());
  const refusal = refusalAtPrice(terms, dealing, whole);
  if (refusal) return refusal;
  if (reason === "MARGIN_CLOSEOUT") return build(whole);
  const { liquidity } = work.venue.profile;
  const most = minimumOf(liquidity, maximumFillUnits ?? liquidity);
  const isWhole = !terms.units.abs().isGreaterThan(most);
  if (terms.timeInForce === "FOK") {
    const built = build(whole);
    if (!isAffordable(work, built)) return "INSUFFICIENT_MARGIN";
    if (nettedUnits(whole).isGreaterThan(liquidity)) return "INSUFFICIENT_LIQUIDITY";
    if (isWhole) return built;
  }
  const part = isWhole ? whole : netting(work.account, terms, most);
  if (nettedUnits(part).isZero()) return "INSUFFICIENT_LIQUIDITY";
  const built = build(part);
  return isAffordable(work, built) ? built : "INSUFFICIENT_MARGIN";
}

function netting(account: VenueAccount, terms: MarketOrderTerms, size: Decimal): Netting {
  return netTrades(account, {
    instrument: terms.instrument,
    units: terms.units.isNegative() ? size.negated() : size,
    positionFill: terms.positionFill,
    tradeId: terms.tradeClose?.tradeId ?? null,
  });
}

/** Why the order can't be filled at this price, whatever its size. */
function refusalAtPrice(
  terms: MarketOrderTerms,
  { quote }: Dealing,
  whole: Netting,
): CancelReason | null {
  const isBuy = !terms.units.isNegative();
  if (nettedUnits(whole).isZero()) return emptyReason(terms.positionFill, isBuy);
  const price = isBuy ? quote.ask : quote.bid;
  if (isBeyond(price, terms.priceBound, isBuy)) return "BOUNDS_VIOLATION";
  return whole.opened.isZero() ? null : refusalOfExits(terms, price, quote);
}

/** Nothing to reduce, or an opposite position where only opening was asked for. */
function emptyReason(positionFill: PositionFill, isBuy: boolean): CancelReason {
  if (positionFill !== "OPEN_ONLY") return "POSITION_CLOSEOUT_FAILED";
  return isBuy ? "INSTRUMENT_ASK_REDUCE_ONLY" : "INSTRUMENT_BID_REDUCE_ONLY";
}

function isBeyond(price: Price, bound: Decimal | null, isBuy: boolean): boolean {
  if (!bound) return false;
  return isBuy ? price.isGreaterThan(bound) : price.isLessThan(bound);
}

/** Reducing is always affordable; what opens a trade must leave the margin covered by the equity. */
function isAffordable(work: Work, { account, transaction }: BuiltFill): boolean {
  if (!transaction.tradeOpened) return true;
  return isCovered(work.venue, account, transaction.time);
}

/** Writes a fill and cancels the exits of the trades it closed. */
function commitFill(
  work: Work,
  batch: Batch,
  { transaction, account, closedTrades }: BuiltFill,
): FillTransaction {
  work.account = account;
  const fill = write(work, transaction);
  work.closedTrades.push(...closedTrades);
  cancelLinkedExits(work, { batch, fill }, closedTrades);
  return fill;
}

function cancelMarket(
  work: Work,
  batch: Batch,
  { order, reason }: { order: VenueMarketOrder; reason: CancelReason },
): void {
  const { id, time } = write(work, {
    ...stamp(work, batch),
    type: "ORDER_CANCEL",
    orderId: order.id,
    clientOrderId: order.clientExtensions?.id ?? null,
    reason,
    replacedByOrderId: null,
    closedTradeId: null,
    tradeCloseTransactionId: null,
  });
  work.endedOrders.push({
    ...order,
    end: { state: "cancelled", time, transactionId: id, reason, replacedByOrderId: null },
  });
}

function filledBy(fill: FillTransaction): OrderEnd {
  return {
    state: "filled",
    time: fill.time,
    transactionId: fill.id,
    tradeOpenedId: fill.tradeOpened?.tradeId ?? null,
    tradeReducedId: fill.tradeReduced?.tradeId ?? null,
    tradeClosedIds: fill.tradesClosed.map((part) => part.tradeId),
  };
}
