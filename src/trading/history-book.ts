import type { BookedRow } from "../core/history-row.ts";
import { type Decimal, decimal, ZERO } from "../core/money.ts";
import type { Direction } from "../core/trade.ts";
import type { TradeChange } from "../core/transaction.ts";

export type BookTrade = {
  readonly instrument: string;
  readonly direction: Direction;
  readonly units: Decimal;
};

/** A line whose booking and balance don't fit the balance before it. */
export type Misfit = { readonly id: string; readonly expected: Decimal; readonly balance: Decimal };

/** What an account's transactions add up to: orders that wait, open trades, and the balance. */
export class HistoryBook {
  readonly orders = new Map<string, { readonly instrument: string | null }>();
  readonly trades = new Map<string, BookTrade>();
  readonly misfits: Misfit[] = [];
  /** Fills that don't say what they did to trades, as those of a statement. */
  unclear = 0;
  /** The broker's own figure; null where it gave none. */
  balance: Decimal | null = null;
  #booked: Decimal = ZERO;

  /** Takes the account's transactions one after the other, oldest first. */
  add(row: BookedRow): void {
    const { type, id, orderId, instrument } = row;
    if (type === "order" && orderId !== null) this.orders.set(id, { instrument });
    if ((type === "fill" || type === "cancel") && orderId !== null) this.orders.delete(orderId);
    if (type === "fill" && row.trades === null) this.unclear += 1;
    for (const change of row.trades ?? []) this.#change(change, row);
    this.#book(row);
  }

  /** As `add`, for a line between which and the next others may have been taken away: the balance is the broker's. */
  carry(row: BookedRow): void {
    const { length } = this.misfits;
    this.add(row);
    this.misfits.length = length;
  }

  #change({ tradeId, action, units }: TradeChange, { instrument, side }: BookedRow): void {
    const known = this.trades.get(tradeId);
    if (action === "closed") this.trades.delete(tradeId);
    else if (action === "reduced" && known) {
      this.trades.set(tradeId, { ...known, units: known.units.minus(units) });
    } else if (action === "opened" && instrument !== null) {
      const direction = side === "sell" ? "short" : "long";
      this.trades.set(tradeId, { instrument, direction, units });
    }
  }

  #book({ id, amount, balance }: BookedRow): void {
    this.#booked = this.#booked.plus(decimal(amount));
    if (balance === null) return;
    const now = decimal(balance);
    const expected = (this.balance ?? ZERO).plus(this.#booked);
    if (!isSameMoney(expected, now)) this.misfits.push({ id, expected, balance: now });
    this.balance = now;
    this.#booked = ZERO;
  }
}

const CENT = decimal("0.01");

/** Brokers round each figure for itself: what is less than a cent apart is the same. */
export function isSameMoney(left: Decimal, right: Decimal): boolean {
  return left.minus(right).abs().isLessThan(CENT);
}
