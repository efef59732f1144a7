import type { EntryOrder, ExitOrder, ExitOrderType, VenueOrder } from "./types.ts";

const EXIT_TYPES: ReadonlySet<VenueOrder["type"]> = new Set<ExitOrderType>([
  "take_profit",
  "stop_loss",
  "guaranteed_stop_loss",
  "trailing_stop",
]);

/** Whether an order belongs to an open trade and can only close it. */
export function isExit(order: VenueOrder): order is ExitOrder {
  return EXIT_TYPES.has(order.type);
}

/** Whether an order waits for a price to open a trade, or to reduce a position. */
export function isEntry(order: VenueOrder): order is EntryOrder {
  return order.type !== "market" && !EXIT_TYPES.has(order.type);
}

/** The one with that id, of records whose ids ascend. */
export function findById<T extends { readonly id: number }>(
  records: readonly T[],
  id: number,
): T | undefined {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = records[middle];
    if (!found || found.id === id) return found;
    if (found.id < id) low = middle + 1;
    else high = middle;
  }
  return undefined;
}
