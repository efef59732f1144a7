import { type Decimal, minimumOf, ZERO } from "../../core/money.ts";
import { dealingNow } from "./dealing.ts";
import { plannedExits } from "./exits.ts";
import { refusalOfExitIds, refusalOfExits } from "./exits-on-fill.ts";
import { isFifoVenue, overtakesOlder, refusalBySafeguard } from "./fifo.ts";
import { isCovered } from "./figures.ts";
import { type BuiltFill, buildFill, type Dealing } from "./fill.ts";
import { type Netting, netTrades, nettedUnits } from "./netting.ts";
import { findById } from "./orders.ts";
import { exitsOf, MAX_OPEN_TRADES, MAX_PENDING_ORDERS } from "./pending.ts";
import type { CancelReason } from "./reasons.ts";
import type { Batch, Work } from "./step.ts";
import type { FillReason } from "./transactions.ts";
import { marketPrice } from "./trigger.ts";
import type { FillableTerms, PositionFill, VenueAccount } from "./types.ts";

/** An order that is to be filled now, at the market. */
export type Attempt = {
  readonly terms: FillableTerms;
  readonly orderId: number;
  readonly reason: FillReason;
  /** The one trade that it may reduce; null for any of the instrument's. */
  readonly tradeId: number | null;
  /** The worst price accepted. */
  readonly worstPrice: Decimal | null;
  /** The most units that get filled, whatever is on offer. */
  readonly maximumFillUnits: Decimal | null;
  /** The venue's own order: it is filled at any price, and whatever its size. */
  readonly isForced: boolean;
};

/** A fill, and how much of the order's size it leaves to be filled. */
export type Decision = { readonly built: BuiltFill; readonly rest: Decimal };

/** The fill, or why there is none. An all-or-nothing order must be affordable whole before it is looked for. */
export function decideFill(work: Work, batch: Batch, attempt: Attempt): Decision | CancelReason {
  const { terms } = attempt;
  const dealing = dealingNow(work, terms.instrument);
  if (!dealing?.quote.tradeable) return "MARKET_HALTED";
  const whole = netting(work.account, attempt, terms.units.abs());
  const build = (part: Netting) => buildFill(work, { batch, dealing }, fillTerms(attempt, part));
  if (attempt.isForced) return { built: build(whole), rest: ZERO };
  const refusal = refusalAtPrice(work, { attempt, dealing }, whole);
  if (refusal) return refusal;
  const { liquidity } = work.venue.profile;
  const most = minimumOf(liquidity, attempt.maximumFillUnits ?? liquidity);
  const isWhole = !terms.units.abs().isGreaterThan(most);
  if (terms.timeInForce === "FOK" && !isWhole) {
    if (!isAffordable(work, build(whole))) return "INSUFFICIENT_MARGIN";
    if (nettedUnits(whole).isGreaterThan(liquidity)) return "INSUFFICIENT_LIQUIDITY";
  }
  const part = isWhole ? whole : netting(work.account, attempt, most);
  if (nettedUnits(part).isZero()) return "INSUFFICIENT_LIQUIDITY";
  const built = build(part);
  const rest = nettedUnits(whole).minus(nettedUnits(part));
  return refusalOfFill(work, attempt, built) ?? { built, rest };
}

function fillTerms({ terms, orderId, reason }: Attempt, part: Netting) {
  return {
    orderId,
    clientOrderId: terms.clientExtensions?.id ?? null,
    reason,
    requestedUnits: terms.units,
    netting: part,
    tradeClientExtensions: terms.tradeClientExtensions,
  };
}

function netting(account: VenueAccount, { terms, tradeId }: Attempt, size: Decimal): Netting {
  return netTrades(account, {
    instrument: terms.instrument,
    units: terms.units.isNegative() ? size.negated() : size,
    positionFill: terms.positionFill,
    tradeId,
  });
}

/** Why the order can't be filled at this price, whatever its size. */
function refusalAtPrice(
  work: Work,
  { attempt, dealing }: { readonly attempt: Attempt; readonly dealing: Dealing },
  whole: Netting,
): CancelReason | null {
  const { terms, worstPrice } = attempt;
  const { quote, instrument } = dealing;
  const isBuy = !terms.units.isNegative();
  if (nettedUnits(whole).isZero()) return emptyReason(terms.positionFill, isBuy);
  const price = marketPrice(quote, isBuy);
  if (isBeyond(price, worstPrice, isBuy)) return "BOUNDS_VIOLATION";
  const { profile } = work.venue;
  if (attempt.tradeId !== null && isFifoVenue(profile)) {
    const trade = findById(work.account.trades, attempt.tradeId);
    if (trade && overtakesOlder(work.account, trade)) return "FIFO_VIOLATION";
  }
  if (whole.opened.isZero()) return null;
  return refusalOfExits(work, { terms, price, quote, instrument, profile });
}

/** Nothing to reduce, or an opposite position where only opening was asked for. */
function emptyReason(positionFill: PositionFill, isBuy: boolean): CancelReason {
  if (positionFill !== "OPEN_ONLY") return "POSITION_CLOSEOUT_FAILED";
  return isBuy ? "INSTRUMENT_ASK_REDUCE_ONLY" : "INSTRUMENT_BID_REDUCE_ONLY";
}

function isBeyond(price: Decimal, bound: Decimal | null, isBuy: boolean): boolean {
  if (!bound) return false;
  return isBuy ? price.isGreaterThan(bound) : price.isLessThan(bound);
}

/** Why the account can't have what the fill would make of it. */
function refusalOfFill(work: Work, { terms }: Attempt, built: BuiltFill): CancelReason | null {
  const { account, transaction } = built;
  const exits = plannedExits(terms);
  if (isFifoVenue(work.venue.profile)) {
    const refusal = refusalBySafeguard(account, transaction, exits.length > 0);
    if (refusal) return refusal;
  }
  if (!transaction.tradeOpened) return null;
  if (!isAffordable(work, built)) return "INSUFFICIENT_MARGIN";
  return refusalOfOpening(work, terms, built);
}

/** Reducing is always affordable; what opens a trade must leave the margin covered by the equity. */
function isAffordable(work: Work, { account, transaction }: BuiltFill): boolean {
  if (!transaction.tradeOpened) return true;
  return isCovered(work.venue, account, transaction.time);
}

/** What a new trade and its exits may not share with others, and how many there may be. */
function refusalOfOpening(
  work: Work,
  terms: FillableTerms,
  { account, transaction, closedTrades }: BuiltFill,
): CancelReason | null {
  const id = terms.tradeClientExtensions?.id ?? null;
  const hasId = (trade: VenueAccount["trades"][number]) =>
    trade.id !== transaction.id && trade.clientExtensions?.id === id;
  if (id !== null && account.trades.some(hasId)) return "CLIENT_TRADE_ID_ALREADY_EXISTS";
  if (account.trades.length > MAX_OPEN_TRADES) return "OPEN_TRADES_ALLOWED_EXCEEDED";
  const exits = plannedExits(terms).length;
  if (exits === 0) return null;
  const linked = closedTrades.flatMap((trade) => exitsOf(work.account, trade));
  const going = new Set([transaction.orderId, ...linked.map((order) => order.id)]);
  const left = work.account.orders.filter((order) => !going.has(order.id));
  if (left.length + exits > MAX_PENDING_ORDERS) return "PENDING_ORDERS_ALLOWED_EXCEEDED";
  return refusalOfExitIds(terms, left);
}
