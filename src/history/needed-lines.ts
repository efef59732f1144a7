import type { BookedRow } from "../core/history-row.ts";
import { type Decimal, decimal, ZERO } from "../core/money.ts";
import type { TradeChange } from "../core/transaction.ts";

/**
 * Finds the lines before a cut that something after it depends on, when it is given all lines before the cut in order:
 * whatever touched a trade that was still open then, for its cost basis; the orders that waited then, and those of needed
 * fills; and all since the last balance that the broker told, so that the history after the cut still adds up.
 */
export class NeededLines {
  readonly #trades = new Map<string, string[]>();
  readonly #orders = new Map<string, string>();
  readonly #orderOf = new Map<string, string>();
  readonly #instruments = new Map<string, NetPosition>();
  /** Null before the first balance: a statement often tells none. */
  #sinceBalance: string[] | null = null;

  add(row: BookedRow): void {
    const { id, type, orderId } = row;
    if (type === "order" && orderId !== null) this.#orders.set(id, id);
    if ((type === "fill" || type === "cancel") && orderId !== null) this.#orders.delete(orderId);
    if (type === "fill") this.#fill(row);
    for (const change of row.trades ?? []) this.#change(id, change);
    if (row.balance === null) this.#sinceBalance?.push(id);
    else this.#sinceBalance = [id];
  }

  /** Ids of the lines that have to stay. */
  ids(): ReadonlySet<string> {
    const fills = [
      ...[...this.#trades.values()].flat(),
      ...[...this.#instruments.values()].flatMap(({ isUnclear, since }) =>
        isUnclear ? since : [],
      ),
    ];
    const orders = fills.flatMap((id) => this.#orderOf.get(id) ?? []);
    return new Set([...fills, ...orders, ...this.#orders.values(), ...(this.#sinceBalance ?? [])]);
  }

  #change(id: string, { tradeId, action }: TradeChange): void {
    if (action === "closed") this.#trades.delete(tradeId);
    else this.#trades.set(tradeId, [...(this.#trades.get(tradeId) ?? []), id]);
  }

  /** Fills of a statement don't say which trade they were of: all count since the instrument was last flat. */
  #fill({ id, orderId, instrument, side, units, trades }: BookedRow): void {
    if (orderId !== null && orderId !== id) this.#orderOf.set(id, orderId);
    if (instrument === null || units === null) return;
    const known = this.#instruments.get(instrument) ?? NOTHING;
    const size = decimal(units);
    const net = known.net.plus(side === "sell" ? size.negated() : size);
    const isUnclear = known.isUnclear || trades === null;
    const since = net.isZero() ? [] : [...known.since, id];
    this.#instruments.set(instrument, { net, since, isUnclear });
  }
}

type NetPosition = {
  readonly net: Decimal;
  readonly since: readonly string[];
  readonly isUnclear: boolean;
};

const NOTHING: NetPosition = { net: ZERO, since: [], isUnclear: false };
