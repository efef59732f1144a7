import { formatPrice, type Instrument } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import { type Position, positionsOf } from "../../core/position.ts";
import { msBetween } from "../../core/time.ts";
import type { Trade } from "../../core/trade.ts";
import type { LastAnswers } from "../../ports/last-answers.ts";
import type { Desk } from "../../trading/desk.ts";
import {
  lastQuotes,
  olderOf,
  readInstruments,
  readQuotes,
  readState,
  type Staleness,
} from "../../trading/last-answers.ts";
import { closingPrice, type PositionRow } from "../../ui/output/lists.ts";
import { staleKeys } from "../stale-note.ts";

export type PositionsView = {
  readonly rows: readonly PositionRow[];
  readonly stale: Staleness | null;
};

/** The account's open positions with current prices, or as its broker last told them. */
export async function positionsView(desk: Desk, answers: LastAnswers): Promise<PositionsView> {
  const [{ value: state, stale }, instruments] = await Promise.all([
    readState(desk, answers),
    readInstruments(desk),
  ]);
  const positions = positionsOf(state.trades);
  if (positions.length === 0) return { rows: [], stale };
  const names = [...new Set(positions.map((position) => position.instrument))];
  const quotes = await (stale
    ? lastQuotes(desk, answers, stale)
    : readQuotes(desk, names, answers));
  const now = desk.clock.now();
  const rows = positions.map((position) => {
    const quote = quotes.value.find((one) => one.instrument === position.instrument) ?? null;
    return {
      position,
      instrument: requireInstrument(instruments, position.instrument),
      currentPrice: closingPrice(position, quote),
      currency: state.account.currency,
      ageSeconds: Math.max(0, Math.floor(msBetween(position.openedAt, now) / 1000)),
    };
  });
  return { rows, stale: olderOf(stale, quotes.stale) };
}

/** A position as the contract's JSON. */
export function positionDocument(desk: Desk, row: PositionRow, stale: Staleness | null) {
  const { position, instrument } = row;
  return {
    connection: desk.profile.name,
    account: desk.account.id,
    instrument: position.instrument,
    side: position.direction,
    units: position.units,
    averagePrice: formatAverage(position, instrument),
    currentPrice: row.currentPrice ? formatPrice(row.currentPrice, instrument) : null,
    unrealizedPl: position.unrealizedPl,
    realizedPl: position.realizedPl,
    financing: position.financing,
    marginUsed: position.marginUsed,
    currency: row.currency,
    openedAt: position.openedAt,
    ageSeconds: row.ageSeconds,
    trades: position.trades.map((trade) => tradeDocument(trade, instrument)),
    ...staleKeys(stale),
  };
}

function tradeDocument(trade: Trade, instrument: Instrument) {
  const price = (value: Decimal | null) => value && formatPrice(value, instrument);
  return {
    id: trade.id,
    units: trade.units,
    openPrice: price(trade.openPrice),
    openedAt: trade.openedAt,
    unrealizedPl: trade.unrealizedPl,
    financing: trade.financing,
    stopLoss: price(trade.stopLoss),
    takeProfit: price(trade.takeProfit),
    trailingStop: trade.trailingStop && {
      price: price(trade.trailingStop.price),
      distance: trade.trailingStop.distance,
    },
    clientOrderId: trade.clientOrderId,
    signalId: trade.signalId,
  };
}

function formatAverage(position: Position, instrument: Instrument): string {
  return formatPrice(position.averagePrice, instrument);
}

function requireInstrument(instruments: readonly Instrument[], name: string): Instrument {
  const found = instruments.find((instrument) => instrument.name === name);
  if (!found) throw new RangeError(`the broker holds a position in ${name} but doesn't list it`);
  return found;
}
