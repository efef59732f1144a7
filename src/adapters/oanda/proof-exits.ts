import type { ExitChange, ExitsChange } from "../../core/order-request.ts";
import { toTradeGone } from "./gone.ts";
import { type Log, makesExitOf, type Proof, toExitsOutcome, toRejected } from "./outcomes.ts";
import { isSame, isSameLevel } from "./same-terms.ts";
import type { WireOrder } from "./wire-orders.ts";
import type { WireTransaction } from "./wire-transactions.ts";

type ExitOrders = ReadonlyMap<string, WireOrder>;

/** One part of a change, and how its transactions are known. */
type Part = {
  readonly change: ExitChange<unknown>;
  /** The order types that it is about. */
  readonly types: readonly string[];
  readonly isAsked: (transaction: WireTransaction) => boolean;
};

/**
 * A change of exits carries no id. It is known as a whole: one request made (or was refused) every exit at the level
 * asked for, cancelled an exit of each kind to be removed, and touched none that was to stay. Two programs that ask for
 * exactly the same have done the same. Where nothing is found and the trade is closed, the change came too late.
 */
export function proveExits(request: ExitsChange, log: Log, orders: ExitOrders): Proof | null {
  const parts = partsOf(request);
  // What one request makes carries its id; a batch is what happens at once.
  const requests = Map.groupBy(log, ({ requestID, batchID, id }) => requestID ?? batchID ?? id);
  for (const made of requests.values()) {
    const isOwn = parts.every((part) => isCarriedOut(part, { request, made, orders }));
    if (isOwn) return { outcome: toExitsOutcome(request, made), isFinal: true };
  }
  const refused = log.find((each) =>
    parts.some((part) => isRefused(part, each, { request, orders })),
  );
  if (refused) return { outcome: toRejected(request, refused), isFinal: false };
  const closed = log.find((each) => each.tradesClosed?.some((t) => t.tradeID === request.tradeId));
  return closed ? { outcome: toTradeGone(request, closed), isFinal: false } : null;
}

function partsOf({ stopLoss, takeProfit, trailingStop }: ExitsChange): readonly Part[] {
  const [stop, target] = [settingOf(stopLoss), settingOf(takeProfit)];
  const distance = settingOf(trailingStop);
  return [
    {
      change: stopLoss,
      types: ["STOP_LOSS", "GUARANTEED_STOP_LOSS"],
      isAsked: (made) =>
        stop !== null &&
        isGuaranteed(made) === (stop.isGuaranteed ?? false) &&
        isSameLevel(stop, made),
    },
    {
      change: takeProfit,
      types: ["TAKE_PROFIT"],
      isAsked: (made) => target !== null && isSame(made.price, target),
    },
    {
      change: trailingStop,
      types: ["TRAILING_STOP_LOSS"],
      isAsked: (made) => distance !== null && isSame(made.distance, distance),
    },
  ];
}

function settingOf<T>(change: ExitChange<T>): T | null {
  return typeof change === "object" ? change.set : null;
}

function isGuaranteed({ type, guaranteed }: WireTransaction): boolean {
  return type.startsWith("GUARANTEED_") || guaranteed === true;
}

type Made = {
  readonly request: ExitsChange;
  readonly made: Log;
  readonly orders: ExitOrders;
};

/** Whether what one request made is what the part asks for; for a part that stays: that it made nothing. */
function isCarriedOut({ change, types, isAsked }: Part, { request, made, orders }: Made): boolean {
  const isType = (each: WireTransaction) => types.some((type) => each.type === `${type}_ORDER`);
  const created = made.filter((each) => makesExitOf(request.tradeId, each) && isType(each));
  if (change === "keep") return created.length === 0;
  if (change !== "remove") return created.some(isAsked);
  const isRemoved = (each: WireTransaction) =>
    each.type === "ORDER_CANCEL" &&
    each.reason === "CLIENT_REQUEST" &&
    isExit(orders.get(each.orderID ?? ""), request.tradeId, types);
  return created.length === 0 && made.some(isRemoved);
}

function isRefused(
  { change, types, isAsked }: Part,
  reject: WireTransaction,
  { request, orders }: Pick<Made, "request" | "orders">,
): boolean {
  if (change === "keep") return false;
  if (change === "remove") {
    const isOurs = isExit(orders.get(reject.orderID ?? ""), request.tradeId, types);
    return reject.type === "ORDER_CANCEL_REJECT" && isOurs;
  }
  const isType = types.some((type) => reject.type === `${type}_ORDER_REJECT`);
  return isType && reject.tradeID === request.tradeId && isAsked(reject);
}

function isExit(order: WireOrder | undefined, tradeId: string, types: readonly string[]): boolean {
  return order?.tradeID === tradeId && types.includes(order.type);
}
