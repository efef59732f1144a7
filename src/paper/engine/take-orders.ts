import type { Instrument } from "../../core/instrument.ts";
import { type Decimal, sumOf, ZERO } from "../../core/money.ts";
import type { Direction } from "../../core/trade.ts";
import { closingTerms } from "./closing.ts";
import type {
  CommandContext,
  FillableRequest,
  MarketOrderCommand,
  PositionCloseoutCommand,
  TradeCloseCommand,
} from "./commands.ts";
import { dealingNow } from "./dealing.ts";
import { executeMarket, type MarketExecution } from "./execute.ts";
import { findById } from "./orders.ts";
import type { RejectReason } from "./reasons.ts";
import { openBatch, stamp, type Work, write } from "./step.ts";
import type { FillableTerms, MarketOrderTerms, VenueAccount } from "./types.ts";
import { refusalOfClose, refusalOfLabels, refusalOfOrder } from "./validate.ts";
import type { Subject } from "./validate-on-fill.ts";

/** Takes or refuses a market order. */
export function takeMarketOrder(work: Work, command: MarketOrderCommand): void {
  const terms = termsOf(command);
  const areStopsRefused = command.areStopsRefused === true;
  const execution = {
    ...limitOf(command),
    terms,
    reason: "CLIENT_ORDER",
    areStopsRefused,
  } as const;
  const instrument = work.venue.feed.instrument(terms.instrument);
  if (!instrument) {
    refuse(work, command, { execution, refusal: "INSTRUMENT_UNKNOWN" });
    return;
  }
  const refusal =
    refusalOfOrder(terms, subjectOf(work, instrument)) ??
    refusalWithoutPrice(work, terms.instrument);
  if (refusal) {
    refuse(work, command, { execution, refusal });
    return;
  }
  executeMarket(work, openBatch(work, command.requestId), execution);
}

/** Takes or refuses the close of one trade. */
export function takeTradeClose(work: Work, command: TradeCloseCommand): void {
  const { tradeId, units } = command;
  const trade = findById(work.account.trades, tradeId);
  const size = trade?.currentUnits.abs() ?? ZERO;
  const part = units === "ALL" ? size : units;
  const terms: MarketOrderTerms = {
    ...closingTerms(command.clientExtensions ?? null),
    instrument: trade?.instrument ?? "",
    units: trade?.currentUnits.isNegative() ? part : part.negated(),
    tradeClose: { tradeId, clientTradeId: trade?.clientExtensions?.id ?? null, units },
  };
  const execution = { ...limitOf(command), terms, reason: "TRADE_CLOSE" } as const;
  if (!trade) {
    refuse(work, command, { execution, refusal: "TRADE_DOESNT_EXIST" });
    return;
  }
  const open = { units: size, excess: "CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE" } as const;
  closeOpen(work, command, { execution, open });
}

/** Takes or refuses the close of one side of a position. */
export function takePositionCloseout(work: Work, command: PositionCloseoutCommand): void {
  const { instrument, direction, units } = command;
  const size = sideUnits(work.account, instrument, direction);
  const part = units === "ALL" ? size : units;
  const terms: MarketOrderTerms = {
    ...closingTerms(command.clientExtensions ?? null),
    instrument,
    units: direction === "short" ? part : part.negated(),
    positionCloseout: { instrument, direction, units },
  };
  const execution = { ...limitOf(command), terms, reason: "POSITION_CLOSEOUT" } as const;
  const refusal = work.venue.feed.instrument(instrument)
    ? "CLOSEOUT_POSITION_DOESNT_EXIST"
    : "INSTRUMENT_UNKNOWN";
  if (size.isZero()) {
    refuse(work, command, { execution, refusal });
    return;
  }
  const open = { units: size, excess: "CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE" } as const;
  closeOpen(work, command, { execution, open });
}

function refuse(
  work: Work,
  { requestId }: CommandContext,
  { execution, refusal }: { execution: MarketExecution; refusal: RejectReason },
): void {
  const { terms, reason } = execution;
  const head = stamp(work, openBatch(work, requestId));
  write(work, {
    ...head,
    ...terms,
    type: "MARKET_ORDER_REJECT",
    reason,
    rejectReason: refusal,
  });
}

/** Executes an order that closes `open` units, unless what it asks for isn't acceptable. */
function closeOpen(
  work: Work,
  command: TradeCloseCommand | PositionCloseoutCommand,
  {
    execution,
    open,
  }: {
    execution: MarketExecution;
    open: { readonly units: Decimal; readonly excess: RejectReason };
  },
): void {
  const { terms } = execution;
  const instrument = work.venue.feed.instrument(terms.instrument);
  const refusal = instrument
    ? (refusalOfClose(command.units, open, instrument) ?? refusalOfLabels(terms, work.account))
    : "INSTRUMENT_UNKNOWN";
  if (refusal) {
    refuse(work, command, { execution, refusal });
    return;
  }
  executeMarket(work, openBatch(work, command.requestId), execution);
}

/** What a new order is held against. */
export function subjectOf({ venue, account }: Work, instrument: Instrument): Subject {
  return { account, instrument, now: account.processedTo, profile: venue.profile };
}

export function refusalWithoutPrice(work: Work, name: string): RejectReason | null {
  return dealingNow(work, name) ? null : "INSTRUMENT_PRICE_UNKNOWN";
}

function sideUnits(account: VenueAccount, instrument: string, direction: Direction): Decimal {
  const isShort = direction === "short";
  const trades = account.trades.filter(
    (trade) => trade.instrument === instrument && trade.currentUnits.isNegative() === isShort,
  );
  return sumOf(trades.map((trade) => trade.currentUnits)).abs();
}

function limitOf({ maximumFillUnits }: { readonly maximumFillUnits?: Decimal }) {
  return { maximumFillUnits: maximumFillUnits ?? null };
}

function termsOf(command: MarketOrderCommand): MarketOrderTerms {
  return {
    ...fillableTerms(command),
    timeInForce: command.timeInForce ?? "FOK",
    tradeClose: null,
    positionCloseout: null,
    delayedTradeClose: null,
  };
}

/** What an order that may open a trade asks for, with everything that was left open filled in. */
export function fillableTerms(request: FillableRequest): Omit<FillableTerms, "timeInForce"> {
  return {
    instrument: request.instrument,
    units: request.units,
    priceBound: request.priceBound ?? null,
    positionFill: request.positionFill ?? "DEFAULT",
    takeProfitOnFill: request.takeProfitOnFill ?? null,
    stopLossOnFill: request.stopLossOnFill ?? null,
    guaranteedStopLossOnFill: request.guaranteedStopLossOnFill ?? null,
    trailingStopOnFill: request.trailingStopOnFill ?? null,
    clientExtensions: request.clientExtensions ?? null,
    tradeClientExtensions: request.tradeClientExtensions ?? null,
  };
}
