import { type Decimal, sumOf, ZERO } from "../../core/money.ts";
import type { Direction } from "../../core/trade.ts";
import type {
  CommandContext,
  MarketOrderCommand,
  PositionCloseoutCommand,
  TradeCloseCommand,
} from "./commands.ts";
import { dealingAt, executeMarket, type MarketExecution } from "./execute.ts";
import type { RejectReason } from "./reasons.ts";
import { openBatch, reachedMs, stamp, type Work, write } from "./step.ts";
import type { MarketOrderTerms, VenueAccount } from "./types.ts";
import { refusalOfClose, refusalOfLabels, refusalOfOrder } from "./validate.ts";

/** Takes or refuses a market order. */
export function takeMarketOrder(work: Work, command: MarketOrderCommand): void {
  const terms = termsOf(command);
  const execution = { ...limitOf(command), terms, reason: "CLIENT_ORDER" } as const;
  const instrument = work.venue.feed.instrument(terms.instrument);
  if (!instrument) {
    refuse(work, command, { execution, refusal: "INSTRUMENT_UNKNOWN" });
    return;
  }
  const subject = { account: work.account, instrument, now: work.account.processedTo };
  const refusal = refusalOfOrder(terms, subject) ?? refusalWithoutPrice(work, terms.instrument);
  if (refusal) {
    refuse(work, command, { execution, refusal });
    return;
  }
  executeMarket(work, openBatch(work, command.requestId), execution);
}

/** Takes or refuses the close of one trade. */
export function takeTradeClose(work: Work, command: TradeCloseCommand): void {
  const { tradeId, units } = command;
  const trade = work.account.trades.find((candidate) => candidate.id === tradeId);
  const size = trade?.currentUnits.abs() ?? ZERO;
  const part = units === "ALL" ? size : units;
  const terms: MarketOrderTerms = {
    ...closingTerms(command),
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
    ...closingTerms(command),
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

function refusalWithoutPrice({ venue, account }: Work, name: string): RejectReason | null {
  const dealing = dealingAt(venue, { account, name }, reachedMs(account));
  return dealing ? null : "INSTRUMENT_PRICE_UNKNOWN";
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
    instrument: command.instrument,
    units: command.units,
    timeInForce: command.timeInForce ?? "FOK",
    priceBound: command.priceBound ?? null,
    positionFill: command.positionFill ?? "DEFAULT",
    takeProfitOnFill: command.takeProfitOnFill ?? null,
    stopLossOnFill: command.stopLossOnFill ?? null,
    guaranteedStopLossOnFill: command.guaranteedStopLossOnFill ?? null,
    trailingStopOnFill: command.trailingStopOnFill ?? null,
    clientExtensions: command.clientExtensions ?? null,
    tradeClientExtensions: command.tradeClientExtensions ?? null,
    tradeClose: null,
    positionCloseout: null,
    delayedTradeClose: null,
  };
}

/** What all closing orders have in common: all or nothing, and they never open. */
function closingTerms({ clientExtensions = null }: TradeCloseCommand | PositionCloseoutCommand) {
  return {
    timeInForce: "FOK",
    priceBound: null,
    positionFill: "REDUCE_ONLY",
    takeProfitOnFill: null,
    stopLossOnFill: null,
    guaranteedStopLossOnFill: null,
    trailingStopOnFill: null,
    clientExtensions,
    tradeClientExtensions: null,
    tradeClose: null,
    positionCloseout: null,
    delayedTradeClose: null,
  } as const;
}
