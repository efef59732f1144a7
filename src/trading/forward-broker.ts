import type { Broker } from "../ports/broker.ts";

/** Every call passed on to `broker`: what wraps a broker changes some of them. */
export function forwardBroker(broker: Broker): Broker {
  const { stockStanding, dayOpenings } = broker;
  return {
    ...(stockStanding && { stockStanding: (since) => stockStanding.call(broker, since) }),
    ...(dayOpenings && { dayOpenings: (names) => dayOpenings.call(broker, names) }),
    accountId: broker.accountId,
    instruments: () => broker.instruments(),
    quotes: (names) => broker.quotes(names),
    state: () => broker.state(),
    stateSince: (earlier) => broker.stateSince(earlier),
    orders: (filter) => broker.orders(filter),
    order: (id) => broker.order(id),
    place: (order, options) => broker.place(order, options),
    outcomeOf: (request, since) => broker.outcomeOf(request, since),
    transactionsSince: (id) => broker.transactionsSince(id),
    transactionPages: (span) => broker.transactionPages(span),
    streamQuotes: (names, options) => broker.streamQuotes(names, options),
    streamTransactions: (options) => broker.streamTransactions(options),
  };
}
