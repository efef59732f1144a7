import { Failure } from "../core/failures.ts";
import type { AccountState, Broker, QuoteSnapshot } from "../ports/broker.ts";

/**
 * The broker with fewer reads: who asks for prices or the account while they are being read waits for the next reading,
 * and shares it with all who came meanwhile. No reading begins before it was asked for.
 */
export function withSharedReads(broker: Broker): Broker {
  const state = inTurns<null, AccountState>(() => broker.state());
  const quotes = inTurns<readonly string[], QuoteSnapshot>((asked) =>
    broker.quotes([...new Set(asked.flat())].toSorted()),
  );
  return {
    accountId: broker.accountId,
    instruments: () => broker.instruments(),
    stateSince: (earlier) => broker.stateSince(earlier),
    orders: (filter) => broker.orders(filter),
    order: (id) => broker.order(id),
    place: (order, options) => broker.place(order, options),
    outcomeOf: (request, since) => broker.outcomeOf(request, since),
    transactionsSince: (id) => broker.transactionsSince(id),
    transactionPages: (span) => broker.transactionPages(span),
    streamQuotes: (names, options) => broker.streamQuotes(names, options),
    streamTransactions: (options) => broker.streamTransactions(options),
    state: () => state(null),
    quotes: async (names) => {
      try {
        return await quotes(names);
      } catch (error) {
        // Somebody else's instrument is nobody's here: each asks for its own.
        if (!(error instanceof Failure && error.code === "INSTRUMENT_NOT_FOUND")) throw error;
        return broker.quotes(names);
      }
    },
  };
}

/** One call of `read` at a time, each for all that came before it began. */
function inTurns<Asked, Answer>(
  read: (asked: readonly Asked[]) => Promise<Answer>,
): (asked: Asked) => Promise<Answer> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting: { readonly asked: Asked[]; readonly answer: Promise<Answer> } | null = null;
  return (asked) => {
    if (waiting) {
      waiting.asked.push(asked);
      return waiting.answer;
    }
    const group = [asked];
    const begin = async () => {
      // Whoever asks in the same turn of the event loop comes along.
      await new Promise((resolve) => setImmediate(resolve));
      waiting = null;
      return read(group);
    };
    const answer = last.then(begin, begin);
    last = answer;
    waiting = { asked: group, answer };
    return answer;
  };
}
