import { Failure } from "../../core/failures.ts";
import type { OrderOutcome } from "../../core/order.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import type { Transaction } from "../../core/transaction.ts";
import { parseTransaction } from "../../paper/engine/snapshot.ts";
import type { VenueTransaction } from "../../paper/engine/transactions.ts";
import type { Broker } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { VenueStore } from "../../ports/venue-store.ts";
import { findOrder, listOrders, orderByClientId, orderById, tradeById } from "./archive.ts";
import { toRejection } from "./errors.ts";
import { quotesOf } from "./instruments.ts";
import { execute } from "./orders.ts";
import { outcomeIn } from "./outcomes.ts";
import { openSessions, type PaperAccount, type Session, save } from "./session.ts";
import { toAccountState } from "./wire.ts";
import { toTransaction } from "./wire-log.ts";

/** Log entries in one answer. */
const PAGE = 1000;
const ID = /^\d{1,15}$/;

/** One account of the embedded paper broker. */
export function openPaperBroker(
  terms: PaperAccount,
  { store, clock }: { readonly store: VenueStore; readonly clock: Clock },
): Broker {
  const run = openSessions(terms, store, clock);
  const { venue, currency } = terms;
  const state = async () => run(toAccountState);
  return {
    accountId: terms.id,
    instruments: async () => venue.feed.instruments(),
    quotes: async (names) => quotesOf(venue, { names, home: currency }, clock.now()),
    state,
    stateSince: () => state(),
    transactionPages: () => unsupported("history by time"),
    streamQuotes: () => unsupported("price streams"),
    streamTransactions: () => unsupported("transaction streams"),
    orders: async (filter) => run((session) => listOrders(session, filter)),
    order: async (id) => run((session) => findOrder(session, id)),
    async place(request, { signal }) {
      if (signal.aborted) {
        const message = "The order was stopped before it was sent. Nothing was sent.";
        throw new Failure("TIMEOUT", message, { cause: signal.reason });
      }
      return run((session) => place(session, request));
    },
    outcomeOf: async (request, since) =>
      run((session) => outcomeIn(logSince(session, toId(since)), request.clientOrderId)),
    transactionsSince: async (id) => run((session) => transactionsSince(session, toId(id))),
  };
}

/** A client order id is executed once: an order that has it, whatever became of it, is a duplicate's end. */
function place(session: Session, request: OrderRequest): OrderOutcome {
  const earlier = orderByClientId(session, request.clientOrderId);
  if (earlier) {
    return {
      status: "rejected",
      orderId: null,
      transactionId: `${earlier.end?.transactionId ?? earlier.id}`,
      rejection: toRejection("CLIENT_ORDER_ID_ALREADY_EXISTS", "rejected"),
    };
  }
  const step = execute(session, request);
  save(session, step);
  const outcome = outcomeIn(step.own, request.clientOrderId);
  if (!outcome) throw new RangeError(`the venue lost the order ${request.clientOrderId}`);
  return outcome;
}

function transactionsSince(session: Session, id: number): readonly Transaction[] {
  const lookup = {
    order: (orderId: number) => orderById(session, orderId),
    trade: (tradeId: number) => tradeById(session, tradeId),
  };
  return pageSince(session, id).map((entry) => toTransaction(entry, lookup));
}

/** Everything in the log after `id`. */
function logSince(session: Session, id: number): readonly VenueTransaction[] {
  const log: VenueTransaction[] = [];
  let page = pageSince(session, id);
  while (page.length > 0) {
    log.push(...page);
    page = pageSince(session, page.at(-1)?.id ?? id);
  }
  return log;
}

function pageSince({ records }: Session, id: number): readonly VenueTransaction[] {
  return records.entriesSince(id, PAGE).map((entry) => parseTransaction(entry.body));
}

function toId(text: string): number {
  if (ID.test(text)) return Number(text);
  throw new Failure("TRANSACTION_NOT_FOUND", `"${text}" isn't a transaction's id.`);
}

function unsupported(part: string): never {
  throw new Failure("UNSUPPORTED", `The paper broker has no ${part}.`);
}
