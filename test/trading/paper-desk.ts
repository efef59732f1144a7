import { openPaperConnection, PAPER_CAPABILITIES } from "../../src/adapters/paper/connection.ts";
import type { Broker } from "../../src/ports/broker.ts";
import type { Desk } from "../../src/trading/desk.ts";
import { gated } from "../support/gated.ts";
import { lost, unsent } from "../support/scripted-broker.ts";
import { aDesk, type TestDesk } from "./test-desk.ts";

/** What happens to an order on its way: nothing, no way out, lost before or after it was executed, or a crash. */
export type Fate =
  | "fine"
  | "unsent"
  | "lost-before"
  | "lost-after"
  | "crash-before"
  | "crash-after";

export type Wire = { readonly fate: () => Fate; readonly die: () => void };

export const SAFE: Wire = { fate: () => "fine", die: () => undefined };

/** What a process that died is to those that wait for it. */
const NEVER = new Promise<never>(() => undefined);

/** `exchange` is the broker itself, without the wire. */
export type PaperDesk = Desk &
  Pick<TestDesk, "history" | "clock" | "path"> & { readonly exchange: Broker };

/** A desk at the embedded paper broker, with every part real but the clock and the wire's accidents. */
export function paperDesk(wire: Partial<Wire> = {}): PaperDesk {
  const desk = aDesk();
  const { venue: store, clock, account } = desk;
  const connection = openPaperConnection({ profile: { accounts: [account] }, store, clock });
  const exchange = connection.broker(account.id);
  return {
    ...desk,
    exchange,
    broker: gated(onTheWire(exchange, { ...SAFE, ...wire }), desk.parts),
    capabilities: PAPER_CAPABILITIES,
  };
}

function onTheWire(broker: Broker, { fate, die }: Wire): Broker {
  const crash = () => {
    die();
    return NEVER;
  };
  return {
    accountId: broker.accountId,
    instruments: () => broker.instruments(),
    quotes: (names) => broker.quotes(names),
    state: () => broker.state(),
    stateSince: (earlier) => broker.stateSince(earlier),
    transactionPages: (span) => broker.transactionPages(span),
    streamQuotes: (names, options) => broker.streamQuotes(names, options),
    streamTransactions: (options) => broker.streamTransactions(options),
    orders: (state) => broker.orders(state),
    order: (id) => broker.order(id),
    outcomeOf: (request, since) => broker.outcomeOf(request, since),
    transactionsSince: (id) => broker.transactionsSince(id),
    place: async (order, options) => {
      const what = fate();
      if (what === "unsent") throw unsent();
      if (what === "lost-before") throw lost();
      if (what === "crash-before") return crash();
      const outcome = await broker.place(order, options);
      if (what === "lost-after") throw lost();
      if (what === "crash-after") return crash();
      return outcome;
    },
  };
}
