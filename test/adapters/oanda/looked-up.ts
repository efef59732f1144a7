import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { A, fixture, openScripted } from "./scripted-oanda.ts";

export const price = (text: string) => toPrice(decimal(text));
export const size = toUnits(decimal("500"));
const SINCE = `GET ${A}/transactions/sinceid`;

/** The outcome of `request` by a log that begins after 100 and holds `entries`, 101 and on where they name no id. */
export async function lookUp(
  request: OrderRequest,
  entries: readonly object[],
  orders: readonly object[] = [],
) {
  const log = entries.map((entry, index) => ({ id: `${101 + index}`, time: "1.5", ...entry }));
  const lastTransactionID = log.at(-1)?.id ?? "100";
  const { broker, seen } = await openScripted({
    [SINCE]: [{ body: { transactions: log, lastTransactionID } }],
    [`GET ${A}/summary`]: { body: { lastTransactionID } },
    [`GET ${A}/orders`]: { body: { orders } },
  });
  const outcome = broker.outcomeOf(request, "100");
  return { outcome, seen };
}

export async function outcomeOf(...given: Parameters<typeof lookUp>) {
  return JSON.parse(JSON.stringify(await (await lookUp(...given)).outcome));
}

export const other = { type: "DAILY_FINANCING" };
export const fillAt = (id: string, orderID: string, rest: object = {}) => ({
  ...(fixture("post-order-filled").orderFillTransaction as object),
  id,
  orderID,
  ...rest,
});
export const cancelled = (orderID: string, reason: string, rest: object = {}) => ({
  type: "ORDER_CANCEL",
  orderID,
  reason,
  ...rest,
});
