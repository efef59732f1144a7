import { formatPrice, type Instrument, toPips } from "../../core/instrument.ts";
import { type Decimal, sumOf } from "../../core/money.ts";
import type { Environment } from "../../core/order.ts";
import type { Position } from "../../core/position.ts";
import type { Quote } from "../../core/quote.ts";
import { type netStanding, type Standing, stopPriceOf } from "../../core/standing.ts";
import type { Trade } from "../../core/trade.ts";
import { ageText, grouped, minorDigits, money, signed, signedMoney } from "./numbers.ts";
import { table } from "./table.ts";
import type { Theme } from "./theme.ts";

export type TradeRow = {
  readonly trade: Trade;
  readonly ageSeconds: number;
  readonly standing: Standing;
};

export type PositionRow = {
  readonly position: Position;
  readonly instrument: Instrument;
  readonly currentPrice: Decimal | null;
  readonly currency: string;
  readonly ageSeconds: number;
  readonly standing: ReturnType<typeof netStanding>;
  /** The position's, oldest first. */
  readonly trades: readonly TradeRow[];
};

/** Open positions as a table, the total below it; a position without a stop is marked. */
export function positionsText(
  where: { readonly environment: Environment; readonly name: string },
  rows: readonly PositionRow[],
  theme: Theme,
): string {
  const badge = theme.badge(where.environment);
  if (rows.length === 0) return `${badge} No open position on ${where.name}.`;
  const body = table(
    [
      { head: "Instrument" },
      { head: "Side" },
      { head: "Units", align: "right" },
      { head: "Entry", align: "right" },
      { head: "Price", align: "right" },
      { head: "P&L", align: "right" },
      { head: "R", align: "right" },
      { head: "Stop", align: "right" },
      { head: "Pips", align: "right" },
      { head: "Target", align: "right" },
      { head: "Pips", align: "right" },
      { head: "Financing", align: "right" },
      { head: "Margin", align: "right" },
      { head: "Age", align: "right" },
      { head: "Trades" },
    ],
    rows.map((row) => positionCells(row, theme)),
  );
  return `${badge} ${where.name}\n${body}\n${totalText(rows, theme)}`;
}

function totalText(rows: readonly PositionRow[], theme: Theme): string {
  const currency = rows[0]?.currency ?? "";
  const sum = (key: "unrealizedPl" | "financing" | "marginUsed") =>
    sumOf(rows.map(({ position }) => position[key]));
  const total = sum("unrealizedPl");
  const pl = theme.gain(total, signedMoney(total, currency));
  const rest = `financing ${signedMoney(sum("financing"), currency)}, margin ${money(sum("marginUsed"), currency)}`;
  const bare = rows.filter(({ standing }) => !standing.hasStop);
  if (bare.length === 0) return `Total P&L ${pl}, ${rest}`;
  const what = bare.map(({ position, standing }) => {
    return `${grouped(standing.unitsWithoutStop)} ${position.instrument} ${position.direction}`;
  });
  return `Total P&L ${pl}, ${rest}\n${theme.warning(`NO STOP on ${what.join(", ")}`)}`;
}

function positionCells(row: PositionRow, theme: Theme): readonly string[] {
  const { position, instrument, currency, standing } = row;
  const pl = position.unrealizedPl;
  const price = (value: Decimal) => formatPrice(value, instrument);
  const average = position.averagePrice.rounded(instrument.pricePrecision, "half_even");
  return [
    position.instrument,
    position.direction,
    grouped(position.units),
    price(average),
    row.currentPrice ? price(row.currentPrice) : "?",
    theme.gain(pl, signed(pl, currency)),
    ratioText(standing.r),
    stopText(position, instrument, theme),
    standing.stopPips?.toString() ?? "-",
    commonText(position.trades.map(({ takeProfit }) => takeProfit && price(takeProfit))) ?? "-",
    standing.targetPips?.toString() ?? "-",
    signed(position.financing, currency),
    grouped(position.marginUsed, minorDigits(currency)),
    ageText(row.ageSeconds),
    position.trades.map((trade) => trade.id).join(" "),
  ];
}

/** `+1.25R`: what is gained in multiples of what the first stop would have lost. */
function ratioText(r: Decimal | null): string {
  if (!r) return "-";
  return `${r.isPositive() ? "+" : ""}${r.toFixed(2)}R`;
}

/** The trades of one position, each with its own ends. */
export function tradesText(row: PositionRow, theme: Theme): string {
  const trades = table(
    [
      { head: "Trade" },
      { head: "Units", align: "right" },
      { head: "Entry", align: "right" },
      { head: "Opened" },
      { head: "Age", align: "right" },
      { head: "P&L", align: "right" },
      { head: "R", align: "right" },
      { head: "Stop", align: "right" },
      { head: "Target", align: "right" },
      { head: "Trailing", align: "right" },
      { head: "To stop", align: "right" },
      { head: "To target", align: "right" },
      { head: "Financing", align: "right" },
      { head: "Margin", align: "right" },
      { head: "Client id" },
    ],
    row.trades.map((trade) => tradeCells(row, trade, theme)),
  );
  const { position, currency } = row;
  const sums = `Margin ${money(position.marginUsed, currency)}, financing ${signedMoney(position.financing, currency)}, realised ${signedMoney(position.realizedPl, currency)}`;
  return `${trades}\n${sums}`;
}

function tradeCells(
  { instrument, currency }: PositionRow,
  { trade, ageSeconds, standing }: TradeRow,
  theme: Theme,
): readonly string[] {
  const level = (price: Decimal | null) => (price ? formatPrice(price, instrument) : "-");
  const pips = (distance: Decimal | null) => (distance ? `${distance}p` : "-");
  const { trailingStop, unrealizedPl } = trade;
  return [
    trade.id,
    grouped(trade.units),
    level(trade.openPrice),
    theme.times.text(trade.openedAt),
    ageText(ageSeconds),
    theme.gain(unrealizedPl, signedMoney(unrealizedPl, currency)),
    ratioText(standing.r),
    standing.hasStop ? level(trade.stopLoss) : theme.warning("NONE"),
    level(trade.takeProfit),
    trailingStop ? (stopOf({ ...trade, stopLoss: null }, instrument) ?? "-") : "-",
    pips(standing.stopPips),
    pips(standing.targetPips),
    signed(trade.financing, currency),
    grouped(trade.marginUsed, minorDigits(currency)),
    trade.clientOrderId ?? "-",
  ];
}

function stopText(position: Position, instrument: Instrument, theme: Theme): string {
  const stops = position.trades.map((trade) => stopOf(trade, instrument));
  const text = commonText(stops);
  if (stops.some((stop) => stop === null)) return theme.warning(text ? `${text} (some)` : "NONE");
  return text ?? "-";
}

/** The nearer stop, which is the one that counts. */
function stopOf(
  trade: Pick<Trade, "direction" | "stopLoss" | "trailingStop">,
  instrument: Instrument,
): string | null {
  const { trailingStop } = trade;
  const price = stopPriceOf(trade);
  if (price) return formatPrice(price, instrument);
  return trailingStop && `${toPips(trailingStop.distance, instrument)}p trailing`;
}

function commonText(levels: readonly (string | null)[]): string | null {
  const texts = new Set(levels.filter((level) => level !== null));
  if (texts.size === 0) return null;
  return texts.size === 1 ? ([...texts][0] ?? null) : `${texts.size} levels`;
}

/** The price a position could be closed at: the bid for a long, the ask for a short; the middle is for values. */
export function closingPrice(position: Pick<Position, "direction">, quote: Quote | null) {
  if (!quote) return null;
  return position.direction === "long" ? quote.bid : quote.ask;
}
