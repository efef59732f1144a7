import * as v from "valibot";
import { Failure } from "../../core/failures.ts";
import type { OrderOutcome } from "../../core/order.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import type { Broker } from "../../ports/broker.ts";
import type { HttpResponse } from "../../resilience/http-response.ts";
import type { OandaApi } from "./api.ts";
import { readBrokerError, refusal } from "./errors.ts";
import { type AnswerKeys, toOrderCall } from "./order-requests.ts";
import { isOf, outcomeInLog, toOutcome, toRejected } from "./outcomes.ts";
import {
  sinceIdPath,
  toTransactionPage,
  toWireTransaction,
  type WireTransaction,
} from "./wire-transactions.ts";
import { compareIds, wireId } from "./wire-values.ts";

/** Pages of at most 1000 entries that a look-up reads before it gives up. */
const MOST_PAGES = 100;

/** Sends orders, and proves from the log what became of them. `root` is the account's path. */
export function openOrderDesk(root: string, api: OandaApi): Pick<Broker, "place" | "outcomeOf"> {
  return {
    async place(request, { signal }) {
      const { method, path, body, answer } = toOrderCall(request);
      const response = await api.send(method, `${root}${path}`, { body, signal });
      const isDone = response.status === 200 || response.status === 201;
      return isDone
        ? readDone(request, response, answer)
        : readRefused(response, answer, api.environment);
    },
    async outcomeOf(request, sinceTransactionId) {
      const log = await readLog(root, api, sinceTransactionId);
      const outcome = outcomeInLog(request, log);
      const isProven = outcome !== null && outcome.status !== "pending";
      // What isn't seen was not there only where no entry is missing.
      if (!isProven) checkGapFree(sinceTransactionId, log);
      return outcome;
    },
  };
}

/** The whole log after `since`. @throws Failure BROKER_UNAVAILABLE when it isn't complete: it proves nothing. */
async function readLog(
  root: string,
  api: OandaApi,
  since: string,
): Promise<readonly WireTransaction[]> {
  const log: WireTransaction[] = [];
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const after = log.at(-1)?.id ?? since;
    const path = `${root}${sinceIdPath(after)}`;
    const { transactions, lastTransactionId } = await api.read(path, toTransactionPage, {
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

function readDone(request: OrderRequest, response: HttpResponse, keys: AnswerKeys): OrderOutcome {
  const body = asRecord(response.json());
  const part = (key: string) => (body[key] ? toWireTransaction(body[key]) : undefined);
  const created = part(keys.created);
  const story = { created, filled: part(keys.filled), cancelled: part(keys.cancelled) };
  if (created && !isOf(request, created)) throw foreignAnswer(created.id);
  const outcome = toOutcome(request, story);
  // A market order is filled or cancelled at once: neither means that the answer isn't the whole story.
  if (!outcome || outcome.status === "pending") throw openEnd(created?.id ?? null);
  return outcome;
}

const rejectParts = v.object({
  id: v.nullish(wireId),
  rejectReason: v.nullish(v.string()),
});
const rejectIds = v.object({
  relatedTransactionIDs: v.nullish(v.array(wireId)),
  lastTransactionID: v.nullish(wireId),
});

/** A refusal that stands in the log is an outcome; one that doesn't is a failure with nothing done. */
function readRefused(response: HttpResponse, keys: AnswerKeys, environment: string): OrderOutcome {
  if (response.status !== 400 && response.status !== 404) throw refusal(response, environment);
  const body = asRecord(response.json());
  const { code, message } = readBrokerError(body);
  const reject = v.safeParse(rejectParts, body[keys.rejected]);
  const ids = v.safeParse(rejectIds, body);
  const reason = (reject.success ? reject.output.rejectReason : null) ?? code;
  const listed = ids.success ? ids.output.relatedTransactionIDs?.[0] : undefined;
  const last = ids.success ? ids.output.lastTransactionID : undefined;
  const transactionId = (reject.success ? reject.output.id : null) ?? listed ?? last;
  if (!reason || !transactionId) throw refusal(response, environment);
  return toRejected(transactionId, reason, message);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  const result = v.safeParse(v.record(v.string(), v.unknown()), value);
  return result.success ? result.output : {};
}

const LOOK_UP = "It is looked up in the account's log; nothing is sent again.";

function openEnd(transactionId: string | null): Failure {
  const message = "OANDA took the order, and didn't say what became of it. It may be live.";
  const details = { transactionId };
  return new Failure("BROKER_UNAVAILABLE", message, { hint: LOOK_UP, sent: true, details });
}

function foreignAnswer(transactionId: string): Failure {
  const message = "OANDA's answer belongs to another order. This one may be live.";
  const details = { transactionId };
  return new Failure("BROKER_UNAVAILABLE", message, { hint: LOOK_UP, sent: true, details });
}

function incompleteLog(after: string, newest: string): Failure {
  return new Failure(
    "BROKER_UNAVAILABLE",
    `OANDA's log after transaction ${after} isn't complete up to ${newest}: it proves nothing yet.`,
    { hint: "It is looked up again.", retryable: true, details: { after, newest } },
  );
}
