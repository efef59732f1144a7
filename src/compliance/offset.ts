import { type Decimal, minimumOf, sumOf, ZERO } from "../core/money.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Trade } from "../core/trade.ts";
import { type AccountCircumstances, reducedTrades } from "./check.ts";

/** What closes, in that order, and how many units are left to open a trade. */
export type Offset = {
  readonly closes: readonly Closing[];
  readonly opened: Decimal;
};

export type Closing = { readonly trade: Trade; readonly units: Decimal };

/** First in, first out: from the oldest until `units` are used up. */
export function offsetOldestFirst(trades: readonly Trade[], units: Decimal): Offset {
  const closes: Closing[] = [];
  let left = units;
  for (const trade of oldestFirst(trades)) {
    if (!left.isPositive()) break;
    const part = minimumOf<Decimal>(left, trade.units);
    closes.push({ trade, units: part });
    left = left.minus(part);
  }
  return { closes, opened: left };
}

/** What a request would close and open if it were filled now, by a broker that nets. */
export function offsetOf(circumstances: Pick<AccountCircumstances, "request" | "state">): Offset {
  const { request, state } = circumstances;
  if (request.kind === "close" && request.tradeId !== null) {
    const trade = state.trades.find(({ id }) => id === request.tradeId);
    const units = trade && minimumOf<Decimal>(request.units, trade.units);
    return { closes: trade && units ? [{ trade, units }] : [], opened: ZERO };
  }
  if (!isOrder(request)) return { closes: [], opened: ZERO };
  const offset = offsetOldestFirst(reducedTrades(circumstances), request.units);
  return onlyReduces(request) ? { ...offset, opened: ZERO } : offset;
}

/** Trades as they come first in, first out: by time, and within one moment by id. */
export function oldestFirst(trades: readonly Trade[]): readonly Trade[] {
  const isSorted = trades.every((trade, index) => {
    const before = trades[index - 1];
    return !before || !isOlder(trade, before);
  });
  return isSorted ? trades : trades.toSorted((left, right) => (isOlder(left, right) ? -1 : 1));
}

/** Ids are a broker's counters: the longer one is the later one. */
export function isOlder(left: Trade, right: Trade): boolean {
  if (left.openedAt !== right.openedAt) return left.openedAt < right.openedAt;
  if (left.id.length !== right.id.length) return left.id.length < right.id.length;
  return left.id < right.id;
}

export function closedUnits({ closes }: Offset): Decimal {
  return sumOf(closes.map(({ units }) => units));
}

/** In words: `all of trade 7, then 500 of trade 9`. */
export function closesText({ closes }: Offset): string {
  const [first, second] = closes;
  const last = closes.at(-1);
  if (!first || !last) return "closes nothing";
  if (closes.length === 1) return `closes ${partText(first)}`;
  if (closes.length === 2 && second) return `closes ${partText(first)}, then ${partText(second)}`;
  return `closes ${closes.length} trades from ${first.trade.id} on, at last ${partText(last)}`;
}

function partText({ trade, units }: Closing): string {
  const part = units.equals(trade.units) ? "all" : units;
  return `${part} of trade ${trade.id} (${trade.units})`;
}

function isOrder(request: OrderRequest): boolean {
  return request.kind === "market" || request.kind === "entry" || request.kind === "close";
}

function onlyReduces(request: OrderRequest): boolean {
  if (request.kind === "close") return true;
  return (request.kind === "market" || request.kind === "entry") && request.reduceOnly;
}
