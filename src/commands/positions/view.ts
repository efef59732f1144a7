import { formatPrice, type Instrument } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import { type Position, positionsOf } from "../../core/position.ts";
import { msBetween } from "../../core/time.ts";
import type { Trade } from "../../core/trade.ts";
import { type Desk, instrumentsOf } from "../../trading/desk.ts";
import { closingPrice, type PositionRow } from "../../ui/output/lists.ts";

/** The account's open positions with current prices. */
export async function positionRows(desk: Desk): Promise<readonly PositionRow[]> {
  const [state, instruments] = await Promise.all([desk.broker.state(), instrumentsOf(desk)]);
  const positions = positionsOf(state.trades);
  if (positions.length === 0) return [];
  const names = [...new Set(positions.map((position) => position.instrument))];
  const { quotes } = await desk.broker.quotes(names);
  const now = desk.clock.now();
  return positions.map((position) => {
    const quote = quotes.find((candidate) => candidate.instrument === position.instrument) ?? null;
    return {
      position,
      instrument: requireInstrument(instruments, position.instrument),
      currentPrice: closingPrice(position, quote),
      currency: state.account.currency,
      ageSeconds: Math.max(0, Math.floor(msBetween(position.openedAt, now) / 1000)),
    };
  });
}

/** A position as the contract's JSON. */
export function positionDocument(desk: Desk, row: PositionRow) {
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
