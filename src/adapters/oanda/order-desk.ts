import { Failure } from "../../core/failures.ts";
import type { OrderOutcome } from "../../core/order.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import type { Broker } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { listedIds, readAnswer } from "./answers.ts";
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
import { type Proof, toRejected } from "./outcomes.ts";
import { proofInLog } from "./proof.ts";
import { lacksExits, proveStop } from "./stop-after-fill.ts";
import { toLastTransactionId } from "./wire-account.ts";
import { orderList, type WireOrder } from "./wire-orders.ts";
import { sinceIdPath, toTransactionPage, type WireTransaction } from "./wire-transactions.ts";
import { compareIds, readWire } from "./wire-values.ts";

/** Pages of at most 1000 entries that a look-up reads before it gives up. */
const MOST_PAGES = 100;
const LONGEST_LIST = 500;
const READ_LAG_MS = 500;

export type DeskSources = {
  readonly api: OandaApi;
  /** The account's path, and what reads under it. */
  readonly root: string;
  readonly read: AccountReader;
  readonly clock: Clock;
};

/** Sends requests, and proves from the log what became of them. */
export function openOrderDesk(sources: DeskSources): Pick<Broker, "place" | "outcomeOf"> {
  const { api, root, read } = sources;
  return {
    async place(request, { signal, beforeLeaving = FREELY, onMade = FREELY }) {
      const call = await toCall(request, { ...sources, signal });
      if ("status" in call) return call;
      const { method, path, body } = call;
      const response = await api.send(method, `${root}${path}`, { body, signal, beforeLeaving });
      const outcome = readAnswer(request, response, api.environment);
      const made = listedIds(response);
      if (made) onMade(made);
      const isDoubtful = lacksExits(request, outcome, made);
      return isDoubtful ? lookForStop(request, outcome, sources) : outcome;
    },
    async outcomeOf(request, sinceTransactionId) {
      const look = () => lookInLog(request, sinceTransactionId, read);
      const first = await look();
      if (first.proof?.isFinal) return first.proof.outcome;
      // The log may be behind what the broker has done: what it doesn't hold hasn't happened only where the account,
      // read after it, knows of nothing newer.
      const newest = await read("/summary", toLastTransactionId);
      const { proof, upTo } = compareIds(first.upTo, newest) < 0 ? await look() : first;
      if (!proof?.isFinal && compareIds(upTo, newest) < 0) throw incompleteLog(upTo, newest);
      return proof?.outcome ?? null;
    },
  };
}

const FREELY = () => undefined;

/**
 * Asks the log for the stop of a trade whose answer doesn't tell of it. The fill is certain: a log that can't be read, or
 * doesn't show the stop a moment later either, means that the trade has to be taken for one without.
 */
async function lookForStop(
  request: OrderRequest,
  outcome: OrderOutcome,
  { read, clock }: Pick<DeskSources, "read" | "clock">,
): Promise<OrderOutcome> {
  const filledBy = "fills" in outcome ? outcome.fills[0]?.transactionId : undefined;
  const look = async () => {
    const log = await readLog(read, filledBy ?? "0").catch(() => []);
    return proveStop(request, outcome, log);
  };
  const first = await look();
  if (first.kind === "there") return outcome;
  if (first.kind === "refused") return first.outcome;
  await clock.sleep(READ_LAG_MS);
  const second = await look();
  return second.kind === "there" ? outcome : second.outcome;
}

type Look = {
  readonly proof: Proof | null;
  /** The log's newest entry. */
  readonly upTo: string;
};

async function lookInLog(request: OrderRequest, since: string, read: AccountReader): Promise<Look> {
  const log = await readLog(read, since);
  const exits = await readCancelledExits(request, log, read);
  const proof = proofInLog(request, log, exits);
  // What isn't seen was not there only where no entry is missing.
  if (!proof?.isFinal) checkGapFree(since, log);
  return { proof, upTo: log.at(-1)?.id ?? since };
}

type Reading = Pick<DeskSources, "read" | "clock"> & { readonly signal: AbortSignal };

/**
 * The call that carries `request`. What it changes is read first, so that nothing of it is lost: what isn't there any
 * more can't be changed, and the broker's word for that is the outcome.
 */
async function toCall(request: OrderRequest, reading: Reading): Promise<OrderCall | OrderOutcome> {
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
      const order = await readSettled(path, toWaitingOrder, reading);
      return "known" in order ? toChangeCall(request, order) : toRejected(request, order);
    }
    case "exits": {
      const path = `/trades/${encodeURIComponent(request.tradeId)}`;
      const trade = await readSettled(path, toTradeExits, reading);
      return "closedBy" in trade ? toExitsCall(request, trade) : toRejected(request, trade);
    }
  }
}

type Missing = { readonly id: string; readonly rejectReason: string };

/** Reads lag behind orders by up to half a second: what isn't there is looked for once more. */
async function readSettled<T extends object>(
  path: string,
  parse: (body: unknown) => T,
  { read, clock, signal }: Reading,
): Promise<T | Missing> {
  const look = () => read(path, parse, { signal });
  try {
    return await look();
  } catch (error) {
    if (missing(error) === null) throw error;
    await clock.sleep(READ_LAG_MS, signal).catch(() => undefined);
  }
  return look().catch((error: unknown) => {
    const refused = missing(error);
    if (refused === null) throw error;
    return refused;
  });
}

/** The broker's word that there is no such order or trade; null for every other failure. */
function missing(error: unknown): Missing | null {
  if (!(error instanceof Failure) || error.details.status !== 404) return null;
  const { brokerCode, lastTransactionId } = error.details;
  if (typeof brokerCode !== "string" || typeof lastTransactionId !== "string") return null;
  return { id: lastTransactionId, rejectReason: brokerCode };
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
