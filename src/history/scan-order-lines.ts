import type { BookedRow } from "../core/history-row.ts";
import type { AccountKey } from "../ports/day-book.ts";
import type { HistoryStore } from "../ports/history.ts";
import type { HistoryLines, OrderIds } from "../ports/order-lines.ts";

/**
 * The way from orders to the broker's lines in any history, by reading the accounts' lines in order: a trade is opened
 * before it's touched.
 */
export function scanOrderLines(history: Pick<HistoryStore, "accounts" | "bookings">): HistoryLines {
  return {
    async about({ accounts, from, ...ids }) {
      const found: BookedRow[] = [];
      for (const account of accounts.length > 0 ? accounts : await history.accounts()) {
        const isAbout = follower(ids);
        for await (const rows of history.bookings(account, from)) {
          found.push(...rows.filter(isAbout));
        }
      }
      return found.toSorted(byTime);
    },
    async openings(account: AccountKey, tradeIds) {
      const wanted = new Set(tradeIds);
      const found: BookedRow[] = [];
      for await (const rows of history.bookings(account, null)) {
        found.push(...rows.filter((row) => openedBy(row).some((id) => wanted.has(id))));
      }
      return found;
    },
  };
}

/** Whether a line is of these orders, or touches a trade that an earlier one of them opened. */
function follower({
  signalIds,
  clientOrderIds,
  orderIds,
}: Pick<OrderIds, "signalIds" | "clientOrderIds" | "orderIds">): (row: BookedRow) => boolean {
  const [signals, clients, orders] = [signalIds, clientOrderIds, orderIds].map(
    (ids) => new Set<string | null>(ids),
  ) as [Set<string | null>, Set<string | null>, Set<string | null>];
  const trades = new Set<string | null>();
  return (row) => {
    const isOwn =
      signals.has(row.signalId) ||
      clients.has(row.clientOrderId) ||
      orders.has(row.orderId) ||
      (row.type === "order" && orders.has(row.id));
    if (isOwn) for (const id of openedBy(row)) trades.add(id);
    return isOwn || trades.has(row.tradeId) || touchedBy(row).some((id) => trades.has(id));
  };
}

function openedBy({ trades }: BookedRow): readonly string[] {
  return (trades ?? []).filter(({ action }) => action === "opened").map(({ tradeId }) => tradeId);
}

function touchedBy({ trades }: BookedRow): readonly string[] {
  return (trades ?? []).map(({ tradeId }) => tradeId);
}

/** Lines of one account are in order already. */
function byTime(left: BookedRow, right: BookedRow): number {
  return left.time < right.time ? -1 : left.time > right.time ? 1 : 0;
}
