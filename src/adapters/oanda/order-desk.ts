import { Failure } from "../../core/failures.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import type { Broker } from "../../ports/broker.ts";
import { readAnswer } from "./answers.ts";
import type { AccountReader, OandaApi } from "./api.ts";
import { toChangeCall, toWaitingOrder } from "./change-request.ts";
import { toExitsCall, toTradeExits } from "./exits-request.ts";
import {
  type OrderCall,
  toCancelCall,
  toCloseCall,
  toEntryCall,
  toMarketCall,
} from "./order-requests.ts";
import { proofInLog } from "./proof.ts";
import { orderList, type WireOrder } from "./wire-orders.ts";
import { sinceIdPath, toTransactionPage, type WireTransaction } from "./wire-transactions.ts";
import { compareIds, readWire } from "./wire-values.ts";

/** Pages of at most 1000 entries that a look-up reads before it gives up. */
const MOST_PAGES = 100;
const LONGEST_LIST = 500;

export type DeskSources = {
  readonly api: OandaApi;
  /** The account's path, and what reads under it. */
  readonly root: string;
  readonly read: AccountReader;
};

/** Sends requests, and proves from the log what became of them. */
export function openOrderDesk(sources: DeskSources): Pick<Broker, "place" | "outcomeOf"> {
  const { api, root, read } = sources;
  return {
    async place(request, { signal }) {
      const { method, path, body } = await toCall(request, { read, signal });
      const response = await api.send(method, `${root}${path}`, { body, signal });
      return readAnswer(request, response, api.environment);
    },
    async outcomeOf(request, sinceTransactionId) {
      const log = await readLog(read, sinceTransactionId);
      const exits = await readCancelledExits(request, log, read);
      const proof = proofInLog(request, log, exits);
      // What isn't seen was not there only where no entry is missing.
      if (!proof?.isFinal) checkGapFree(sinceTransactionId, log);
      return proof?.outcome ?? null;
    },
  };
}

type Reading = { readonly read: AccountReader; readonly signal: AbortSignal };

/** The call that carries `request`. What it changes is read first, so that nothing of it is lost. */
async function toCall(request: OrderRequest, { read, signal }: Reading): Promise<OrderCall> {
  switch (request.kind) {
    case "market":
      return toMarketCall(request);
    case "entry":
      return toEntryCall(request);
    case "close":
      return toCloseCall(request);
    case "cancel":
      return toCancelCall(request);
    case "change": {
      const path = `/orders/${encodeURIComponent(request.orderId)}`;
      return toChangeCall(request, await read(path, toWaitingOrder, { signal }));
    }
    case "exits": {
      const path = `/trades/${encodeURIComponent(request.tradeId)}`;
      return toExitsCall(request, await read(path, toTradeExits, { signal }));
    }
  }
}

/** The whole log after `since`. @throws Failure BROKER_UNAVAILABLE when it isn't complete: it proves nothing. */
async function readLog(read: AccountReader, since: string): Promise<readonly WireTransaction[]> {
  const log: WireTransaction[] = [];
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const after = log.at(-1)?.id ?? since;
    const { transactions, lastTransactionId } = await read(sinceIdPath(after), toTransactionPage, {
      isAnswerLarge: true,
    });
    if (compareIds(lastTransactionId, after) < 0) throw incompleteLog(after, lastTransactionId);
    const newer = transactions.filter(({ id }) => compareIds(id, after) > 0);
    log.push(...newer);
    const newest = log.at(-1)?.id ?? since;
    if (compareIds(newest, lastTransactionId) >= 0) return log;
    if (newer.length === 0) throw incompleteLog(after, lastTransactionId);
  }
  throw incompleteLog(log.at(-1)?.id ?? since, "a later one");
}

/** OANDA numbers an account's transactions one by one. @throws Failure BROKER_UNAVAILABLE at the first gap. */
function checkGapFree(since: string, log: readonly WireTransaction[]): void {
  let previous = BigInt(since);
  for (const { id } of log) {
    if (BigInt(id) !== previous + 1n) throw incompleteLog(`${previous}`, id);
    previous = BigInt(id);
  }
}

/** A cancellation names its order only: where exits were to be removed, the orders tell whose they were. */
async function readCancelledExits(
  request: OrderRequest,
  log: readonly WireTransaction[],
  read: AccountReader,
): Promise<ReadonlyMap<string, WireOrder>> {
  if (request.kind !== "exits") return new Map();
  const { stopLoss, takeProfit, trailingStop } = request;
  if (![stopLoss, takeProfit, trailingStop].includes("remove")) return new Map();
  const ids = log.flatMap(({ type, reason, orderID }) =>
    type === "ORDER_CANCEL_REJECT" || reason === "CLIENT_REQUEST" ? (orderID ?? []) : [],
  );
  if (ids.length === 0) return new Map();
  const list = [...new Set(ids)].slice(0, LONGEST_LIST).join(",");
  const path = `/orders?state=ALL&count=${LONGEST_LIST}&ids=${list}`;
  const orders = await read(path, (body) => readWire(orderList, body, "order list").orders);
  return new Map(orders.map((order) => [order.id, order]));
}

function incompleteLog(after: string, newest: string): Failure {
  return new Failure(
    "BROKER_UNAVAILABLE",
    `OANDA's log after transaction ${after} isn't complete up to ${newest}: it proves nothing yet.`,
    { hint: "It is looked up again.", retryable: true, details: { after, newest } },
  );
}
