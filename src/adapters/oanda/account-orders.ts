import * as v from "valibot";
import { Failure } from "../../core/failures.ts";
import type { Order } from "../../core/order.ts";
import type { OrderFilter } from "../../ports/broker.ts";
import type { AccountReader } from "./api.ts";
import {
  oneOrder,
  orderList,
  type TradeSize,
  toOrder,
  tradeSize,
  type WireOrder,
} from "./wire-orders.ts";
import { compareIds, readWire } from "./wire-values.ts";

const LONGEST_LIST = 500;

/** Orders by state, newest first, with one request, and another where exits are among them. */
export async function readOrders(
  filter: OrderFilter,
  read: AccountReader,
): Promise<readonly Order[]> {
  const path = `/orders?state=${filter.toUpperCase()}&count=${LONGEST_LIST}`;
  return describe(await read(path, (body) => readWire(orderList, body, "order list").orders), read);
}

/** One order by the broker's id or `@` and ours; null when there is none. */
export async function readOrder(id: string, read: AccountReader): Promise<Order | null> {
  try {
    const path = `/orders/${encodeURIComponent(id)}`;
    const wire = await read(path, (body) => readWire(oneOrder, body, "order").order);
    return (await describe([wire], read))[0] ?? null;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "ORDER_NOT_FOUND") throw error;
    if (!id.startsWith("@")) return null;
    // A client id names only waiting orders for sure; ended ones are found in the list.
    return (await readOrders("all", read)).find((each) => `@${each.clientOrderId}` === id) ?? null;
  }
}

/** Exit orders are told by their trades, which may be closed by now. */
async function describe(
  wires: readonly WireOrder[],
  read: AccountReader,
): Promise<readonly Order[]> {
  const ids = new Set(wires.flatMap((wire) => (wire.instrument ? [] : (wire.tradeID ?? []))));
  const trades = ids.size === 0 ? new Map() : await read(tradesPath([...ids]), toTradeSizes);
  return wires
    .map((wire) => toOrder(wire, trades.get(wire.tradeID ?? "")))
    .filter((order) => order !== null)
    .toSorted((left, right) => compareIds(right.orderId, left.orderId));
}

function tradesPath(ids: readonly string[]): string {
  return `/trades?state=ALL&count=${LONGEST_LIST}&ids=${ids.join(",")}`;
}

const tradeList = v.object({ trades: v.array(tradeSize) });

function toTradeSizes(body: unknown): ReadonlyMap<string, TradeSize> {
  const { trades } = readWire(tradeList, body, "trade list");
  return new Map(
    trades.map(({ id, instrument, initialUnits, currentUnits }) => {
      const isOpen = currentUnits && !currentUnits.isZero();
      return [id, { instrument, units: isOpen ? currentUnits : initialUnits }];
    }),
  );
}
