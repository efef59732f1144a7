import type { AccountState, Broker } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { readOrder, readOrders } from "./account-orders.ts";
import { openQuotes } from "./account-quotes.ts";
import type { AccountReader, OandaApi } from "./api.ts";
import { isOutOfRange, toChangedState } from "./changes.ts";
import { readHistory } from "./history.ts";
import { toInstruments } from "./instruments.ts";
import { openOrderDesk } from "./order-desk.ts";
import { openStreams } from "./streams.ts";
import { toAccountState } from "./wire-account.ts";
import { dayOpeningsPath, toDayOpenings } from "./wire-candles.ts";
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
    dayOpenings: async (names) =>
      names.length === 0 ? new Map() : read(dayOpeningsPath(names), toDayOpenings),
    state,
    stateSince: async (earlier) => {
      const changed = await readChanges(earlier, { read, clock });
      return changed ?? state();
    },
    transactionPages: (span) => readHistory(span, read),
    orders: async (filter) =>
      filter === "pending" ? (await state()).pendingOrders : readOrders(filter, read),
    order: (id) => readOrder(id, read),
    ...openOrderDesk({ api, root, read, clock }),
    ...openStreams({ api, root, clock, instruments }),
    async transactionsSince(transactionId) {
      const page = await read(sinceIdPath(transactionId), toTransactionPage, {
        isAnswerLarge: true,
      });
      return toTransactions(page.transactions);
    },
  };
}

/** `earlier` brought up to date; null where the broker can't tell what has changed, or not for certain. */
async function readChanges(
  earlier: AccountState,
  { read, clock }: { readonly read: AccountReader; readonly clock: Clock },
): Promise<AccountState | null> {
  const path = `/changes?sinceTransactionID=${encodeURIComponent(earlier.account.lastTransactionId)}`;
  const body = await read(path, (json) => json).catch((error: unknown) => {
    if (isOutOfRange(error)) return null;
    throw error;
  });
  return body === null ? null : toChangedState(earlier, body, clock.now());
}
