import { formatPrice, type Instrument, unlistedInstrument } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import { type Position, positionsOf } from "../../core/position.ts";
import { netStanding, type Standing, standingOf } from "../../core/standing.ts";
import { type Instant, msBetween } from "../../core/time.ts";
import type { LastAnswers } from "../../ports/last-answers.ts";
import type { Desk } from "../../trading/desk.ts";
import { readFirstStops } from "../../trading/first-stops.ts";
import {
  lastQuotes,
  olderOf,
  readInstruments,
  readQuotes,
  readState,
  type Staleness,
} from "../../trading/last-answers.ts";
import { closingPrice, type PositionRow, type TradeRow } from "../../ui/output/positions-text.ts";
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
  const [quotes, firstStops] = await Promise.all([
    stale ? lastQuotes(desk, answers, stale) : readQuotes(desk, names, answers),
    readFirstStops(desk, state.trades),
  ]);
  const now = desk.clock.now();
  const rows = positions.map((position) => {
    const quote = quotes.value.find((one) => one.instrument === position.instrument) ?? null;
    const instrument =
      instruments.find(({ name }) => name === position.instrument) ?? unlistedInstrument(position);
    const currentPrice = closingPrice(position, quote);
    const held = position.trades.map((trade) => {
      return { trade, currentPrice, firstStop: firstStops.get(trade.id) ?? null };
    });
    return {
      position,
      instrument,
      currentPrice,
      currency: state.account.currency,
      ageSeconds: ageAt(position.openedAt, now),
      standing: netStanding(held, instrument),
      trades: held.map((one) => {
        const ageSeconds = ageAt(one.trade.openedAt, now);
        return { trade: one.trade, ageSeconds, standing: standingOf(one, instrument) };
      }),
    };
  });
  return { rows, stale: olderOf(stale, quotes.stale) };
}

function ageAt(openedAt: Instant, now: Instant): number {
  return Math.max(0, Math.floor(msBetween(openedAt, now) / 1000));
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
    trades: row.trades.map((trade) => tradeDocument(trade, instrument)),
    ...standingKeys(row.standing),
    unitsWithoutStop: row.standing.unitsWithoutStop,
    ...staleKeys(stale),
  };
}

function standingKeys({ hasStop, stopPips, targetPips, r }: Standing) {
  return { hasStop, stopDistancePips: stopPips, targetDistancePips: targetPips, r };
}

function tradeDocument({ trade, ageSeconds, standing }: TradeRow, instrument: Instrument) {
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
    realizedPl: trade.realizedPl,
    marginUsed: trade.marginUsed,
    ageSeconds,
    ...standingKeys(standing),
  };
}

function formatAverage(position: Position, instrument: Instrument): string {
  return formatPrice(position.averagePrice, instrument);
}
