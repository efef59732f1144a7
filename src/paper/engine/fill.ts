import type { Instrument } from "../../core/instrument.ts";
import { type Decimal, decimal, type Price, sumOf, ZERO } from "../../core/money.ts";
import type { VenueQuote } from "../feed/feed.ts";
import { marginOf, marginRateOf, midOfQuote, toHomeMoney, toMoney } from "./figures.ts";
import { type Netting, nettedUnits } from "./netting.ts";
import { type Batch, stamp, type Work } from "./step.ts";
import type {
  ConversionFactors,
  FillReason,
  FillTransaction,
  TradeOpening,
  TradeReduction,
} from "./transactions.ts";
import { marketPrice } from "./trigger.ts";
import type {
  ClientExtensions,
  InstrumentTotals,
  SideTotals,
  VenueAccount,
  VenueTrade,
} from "./types.ts";

/** What the prices and rates of a fill's moment are. */
export type Dealing = {
  readonly instrument: Instrument;
  readonly quote: VenueQuote;
  readonly quoteConversion: ConversionFactors;
  readonly baseConversion: ConversionFactors;
};

export type FillTerms = {
  readonly orderId: number;
  readonly clientOrderId: string | null;
  readonly reason: FillReason;
  /** Signed, as asked. */
  readonly requestedUnits: Decimal;
  readonly netting: Netting;
  readonly tradeClientExtensions: ClientExtensions | null;
  /** Of a guaranteed stop: the price it is filled at, and what each unit of that costs. */
  readonly guarantee?: { readonly price: Price; readonly premium: Decimal };
};

/** A fill before it is written: its transaction and what it makes of the account. */
export type BuiltFill = {
  readonly transaction: FillTransaction;
  readonly account: VenueAccount;
  readonly closedTrades: readonly VenueTrade[];
};

const HALF = decimal("0.5");
const EMPTY_SIDE: SideTotals = { pl: ZERO, financing: ZERO, guaranteedFees: ZERO };

/** Works out a fill at the quote's price for its side. Nothing is written: the caller may still refuse it. */
export function buildFill(
  work: Work,
  { batch, dealing }: { batch: Batch; dealing: Dealing },
  terms: FillTerms,
): BuiltFill {
  const { account, venue } = work;
  const head = stamp(work, batch);
  const isBuy = !terms.requestedUnits.isNegative();
  const units = withSign(nettedUnits(terms.netting), isBuy);
  const fullVwap = marketPrice(dealing.quote, isBuy);
  const price = terms.guarantee?.price ?? fullVwap;
  const closing = { dealing, price, premium: terms.guarantee?.premium ?? ZERO, isBuy };
  const reductions = terms.netting.reductions.map((part) => reductionOf(closing, part));
  const opened = openingOf({ work, dealing, id: head.id }, terms, isBuy);
  const pl = sumOf(reductions.map((part) => part.realizedPl));
  const commission = toMoney(units.abs().times(venue.profile.commissionPerUnit));
  const guaranteedExecutionFee = sumOf(reductions.map((part) => part.guaranteedExecutionFee));
  const accountBalance = account.balance.plus(pl).minus(commission).minus(guaranteedExecutionFee);
  const { trades, closed } = reduceTrades(account.trades, reductions, head);
  const parts = [...reductions, ...(opened ? [opened] : [])];
  const { bid, ask, time } = dealing.quote;
  const transaction: FillTransaction = {
    ...head,
    type: "ORDER_FILL",
    orderId: terms.orderId,
    clientOrderId: terms.clientOrderId,
    instrument: dealing.instrument.name,
    units,
    requestedUnits: terms.requestedUnits,
    price,
    fullVwap,
    fullPrice: { bid, ask, liquidity: venue.profile.liquidity, time },
    reason: terms.reason,
    pl,
    quotePl: sumOf(terms.netting.reductions.map((part) => quotePlOf(closing, part))),
    financing: ZERO,
    commission,
    guaranteedExecutionFee,
    quoteGuaranteedExecutionFee: sumOf(reductions.map((part) => part.quoteGuaranteedExecutionFee)),
    accountBalance,
    quoteConversion: dealing.quoteConversion,
    baseConversion: dealing.baseConversion,
    halfSpreadCost: sumOf(parts.map((part) => part.halfSpreadCost)),
    tradeOpened: opened,
    tradesClosed: reductions.slice(0, closed.length),
    tradeReduced: reductions[closed.length] ?? null,
  };
  return {
    transaction,
    closedTrades: closed,
    account: {
      ...account,
      balance: accountBalance,
      pl: account.pl.plus(pl),
      commission: account.commission.plus(commission),
      guaranteedFees: account.guaranteedFees.plus(guaranteedExecutionFee),
      lastFillTime: head.time,
      trades: opened ? [...trades, openTrade(opened, terms, transaction)] : trades,
      totals: addTotals(account.totals, {
        instrument: dealing.instrument.name,
        direction: isBuy ? "short" : "long",
        pl,
        commission,
        guaranteedFees: guaranteedExecutionFee,
      }),
    },
  };
}

/** `totals` with amounts of one side of one instrument added. */
export function addTotals(
  totals: readonly InstrumentTotals[],
  added: {
    readonly instrument: string;
    readonly direction: "long" | "short";
    readonly pl?: Decimal;
    readonly financing?: Decimal;
    readonly commission?: Decimal;
    readonly guaranteedFees?: Decimal;
  },
): readonly InstrumentTotals[] {
  const { instrument, direction } = added;
  const known = totals.find((entry) => entry.instrument === instrument);
  const before = known ?? { instrument, commission: ZERO, long: EMPTY_SIDE, short: EMPTY_SIDE };
  const side = {
    pl: before[direction].pl.plus(added.pl ?? ZERO),
    financing: before[direction].financing.plus(added.financing ?? ZERO),
    guaranteedFees: before[direction].guaranteedFees.plus(added.guaranteedFees ?? ZERO),
  };
  const commission = before.commission.plus(added.commission ?? ZERO);
  const after = { ...before, commission, [direction]: side };
  return known ? totals.map((entry) => (entry === known ? after : entry)) : [...totals, after];
}

type Part = { readonly trade: VenueTrade; readonly units: Decimal };

/** How a fill closes trades. */
type Closing = {
  readonly dealing: Dealing;
  readonly price: Price;
  /** Quote currency for each unit closed. */
  readonly premium: Decimal;
  readonly isBuy: boolean;
};

/** What closing a part of a trade earns, in quote currency. */
function quotePlOf({ price, isBuy }: Closing, { trade, units }: Part): Decimal {
  const gain = price.minus(trade.price).times(units);
  return isBuy ? gain.negated() : gain;
}

function reductionOf(closing: Closing, part: Part): TradeReduction {
  const { dealing, price, premium, isBuy } = closing;
  const fee = part.units.times(premium);
  return {
    tradeId: part.trade.id,
    clientTradeId: part.trade.clientExtensions?.id ?? null,
    units: withSign(part.units, isBuy),
    price,
    realizedPl: toHomeMoney(quotePlOf(closing, part), dealing.quoteConversion),
    financing: ZERO,
    guaranteedExecutionFee: toMoney(fee.times(dealing.quoteConversion.loss)),
    quoteGuaranteedExecutionFee: fee,
    halfSpreadCost: halfSpreadCost(dealing, part.units),
  };
}

function openingOf(
  { work, dealing, id }: { work: Work; dealing: Dealing; id: number },
  terms: FillTerms,
  isBuy: boolean,
): TradeOpening | null {
  const units = terms.netting.opened;
  if (units.isZero()) return null;
  const mid = midOfQuote(dealing.quote);
  const rate = marginRateOf(work.venue, work.account, dealing.instrument.name);
  return {
    tradeId: id,
    units: withSign(units, isBuy),
    price: marketPrice(dealing.quote, isBuy),
    clientExtensions: terms.tradeClientExtensions,
    halfSpreadCost: halfSpreadCost(dealing, units),
    initialMarginRequired: marginOf({ units, mid, value: dealing.quoteConversion.value }, rate),
  };
}

/** What the distance of the price from the mid costs, at the mid rate. */
function halfSpreadCost({ quote, quoteConversion }: Dealing, units: Decimal): Decimal {
  const half = quote.ask.minus(quote.bid).times(HALF);
  return toMoney(units.times(half).times(quoteConversion.value));
}

function openTrade(
  opened: TradeOpening,
  terms: FillTerms,
  { instrument, time }: FillTransaction,
): VenueTrade {
  return {
    id: opened.tradeId,
    instrument,
    price: opened.price,
    openTime: time,
    initialUnits: opened.units,
    initialMarginRequired: opened.initialMarginRequired,
    currentUnits: opened.units,
    realizedPl: ZERO,
    financing: ZERO,
    closedValue: ZERO,
    closingTransactionIds: [],
    closeTime: null,
    clientExtensions: opened.clientExtensions,
    openingOrderId: terms.orderId,
    stopLossOrderId: null,
    guaranteedStopLossOrderId: null,
    takeProfitOrderId: null,
    trailingStopOrderId: null,
    delayedClosureId: null,
  };
}

type Head = { readonly id: number; readonly time: VenueTrade["openTime"] };

function reduceTrades(
  trades: readonly VenueTrade[],
  reductions: readonly TradeReduction[],
  head: Head,
): { readonly trades: readonly VenueTrade[]; readonly closed: readonly VenueTrade[] } {
  if (reductions.length === 0) return { trades, closed: [] };
  const parts = new Map(reductions.map((part) => [part.tradeId, part]));
  const left: VenueTrade[] = [];
  const closed: VenueTrade[] = [];
  for (const trade of trades) {
    const part = parts.get(trade.id);
    const after = part ? reduceTrade(trade, part, head) : trade;
    (after.currentUnits.isZero() ? closed : left).push(after);
  }
  return { trades: left, closed };
}

function reduceTrade(trade: VenueTrade, part: TradeReduction, head: Head): VenueTrade {
  const currentUnits = trade.currentUnits.plus(part.units);
  return {
    ...trade,
    currentUnits,
    realizedPl: trade.realizedPl.plus(part.realizedPl),
    closedValue: trade.closedValue.plus(part.units.abs().times(part.price)),
    closingTransactionIds: [...trade.closingTransactionIds, head.id],
    closeTime: currentUnits.isZero() ? head.time : null,
  };
}

function withSign(units: Decimal, isBuy: boolean): Decimal {
  return isBuy ? units : units.negated();
}
