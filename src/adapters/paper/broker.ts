import { Failure } from "../../core/failures.ts";
import type { OrderOutcome } from "../../core/order.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import { commissionOf } from "../../paper/venue-profile.ts";
import type { Broker, PlaceOptions } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { VenueStore } from "../../ports/venue-store.ts";
import { findOrder, listOrders, orderByClientId } from "./archive.ts";
import { toRejection } from "./errors.ts";
import { dayOpeningsOf, quotesOf } from "./instruments.ts";
import { logAfter, readHistory, toTransactionId, transactionsAfter } from "./log.ts";
import { execute } from "./orders.ts";
import { outcomeIn } from "./outcomes.ts";
import { openSessions, type PaperAccount, type Session, save } from "./session.ts";
import { openStreams } from "./streams.ts";
import { toAccountState } from "./wire.ts";

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
    instruments: async () => {
      const commission = commissionOf(venue.profile);
      return venue.feed.instruments().map((instrument) => ({ ...instrument, commission }));
    },
    quotes: async (names) => quotesOf(venue, { names, home: currency }, clock.now()),
    dayOpenings: async (names) => dayOpeningsOf(venue, names, clock.now()),
    state,
    // The venue is here: to look at all of it costs no more than to ask what has changed.
    stateSince: () => state(),
    orders: async (filter) => run((session) => listOrders(session, filter)),
    order: async (id) => run((session) => findOrder(session, id)),
    async place(request, { signal, beforeLeaving, onMade }) {
      if (signal.aborted) {
        const message = "The order was stopped before it was sent. Nothing was sent.";
        throw new Failure("TIMEOUT", message, { cause: signal.reason });
      }
      beforeLeaving?.();
      return run((session) => place(session, request, onMade ? { onMade } : {}));
    },
    outcomeOf: async (request, since) =>
      run((session) => outcomeIn(logAfter(session, toTransactionId(since)), request)),
    transactionsSince: async (id) =>
      run((session) => transactionsAfter(session, toTransactionId(id))),
    transactionPages: (span) => readHistory(run, span),
    ...openStreams({ terms, run, clock }),
  };
}

/** A client order id is executed once: an order that has it, whatever became of it, is a duplicate's end. */
function place(
  session: Session,
  request: OrderRequest,
  { onMade }: Pick<PlaceOptions, "onMade">,
): OrderOutcome {
  const earlier = orderByClientId(session, request.clientOrderId);
  if (earlier) {
    const verdict = { what: "rejected", about: request.kind } as const;
    return {
      status: "rejected",
      orderId: null,
      transactionId: `${earlier.end?.transactionId ?? earlier.id}`,
      rejection: toRejection("CLIENT_ORDER_ID_ALREADY_EXISTS", verdict),
    };
  }
  const step = execute(session, request);
  save(session, step);
  const outcome = outcomeIn(step.own, request);
  if (!outcome) throw new RangeError(`the venue lost the request ${request.clientOrderId}`);
  onMade?.(step.own.map(({ id }) => `${id}`));
  return outcome;
}
