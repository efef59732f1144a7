import { Failure } from "../../core/failures.ts";
import type { AccountState, Broker } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { readOrder, readOrders } from "./account-orders.ts";
import { openQuotes } from "./account-quotes.ts";
import type { AccountReader, OandaApi } from "./api.ts";
import { toInstruments } from "./instruments.ts";
import { openOrderDesk } from "./order-desk.ts";
import { toAccountState } from "./wire-account.ts";
import { sinceIdPath, toTransactionPage, toTransactions } from "./wire-transactions.ts";

/** One account at OANDA. */
export function openAccount(
  accountId: string,
  { api, clock }: { readonly api: OandaApi; readonly clock: Clock },
): Broker {
  const root = `/v3/accounts/${encodeURIComponent(accountId)}`;
  const read: AccountReader = (path, parse, options) => api.read(`${root}${path}`, parse, options);
  const instruments = () => read("/instruments", toInstruments, { isAnswerLarge: true });
  const { quotes, rememberHome } = openQuotes({ read, clock, instruments });
  const state = async (): Promise<AccountState> => {
    const current = await read("", (body) => toAccountState(body, clock.now()));
    rememberHome(current.account.currency);
    return current;
  };
  return {
    accountId,
    instruments,
    quotes,
    state,
    stateSince: () => state(),
    transactionPages: () => unsupported("history by time"),
    streamQuotes: () => unsupported("price streams"),
    streamTransactions: () => unsupported("transaction streams"),
    orders: async (filter) =>
      filter === "pending" ? (await state()).pendingOrders : readOrders(filter, read),
    order: (id) => readOrder(id, read),
    ...openOrderDesk({ api, root, read }),
    async transactionsSince(transactionId) {
      const page = await read(sinceIdPath(transactionId), toTransactionPage, {
        isAnswerLarge: true,
      });
      return toTransactions(page.transactions);
    },
  };
}

function unsupported(part: string): never {
  throw new Failure("UNSUPPORTED", `The OANDA broker has no ${part}.`);
}
