import type { AccountKey } from "../../ports/day-book.ts";
import type { IntentLabels, JournalLabels, Labels, OrderLabels } from "../labels.ts";
import { type LocalDatabase, lazy } from "./database.ts";
import { SEEN } from "./open-imports.ts";

const ORDERS_AT_ONCE = 500;

/** Reads the labels of orders in their own lines. Only inside a transaction. */
export function openOrderLabels({ connection }: LocalDatabase) {
  const order = lazy(() =>
    connection.prepare<[{ accountKey: number; orderId: string }], Labels>(
      `SELECT client_order_id AS clientOrderId, signal_id AS signalId, agent FROM transactions t
       WHERE ${SEEN} AND account_key = @accountKey AND id = @orderId`,
    ),
  );
  return (orderId: string, accountKey: number) => order().get({ accountKey, orderId });
}

/** Reads the labels of orders that were sent from here in the journal. */
export function openIntentLabels({ connection }: LocalDatabase): IntentLabels {
  const intent = lazy(() =>
    connection.prepare<[AccountKey & { clientOrderId: string }], Omit<Labels, "clientOrderId">>(
      `SELECT request ->> '$.origin.signalId' AS signalId, request ->> '$.origin.agent' AS agent
       FROM intents WHERE connection = @connection AND account = @account
       AND client_order_id = @clientOrderId`,
    ),
  );
  return (clientOrderId, { connection: name, account }) =>
    intent().get({ connection: name, account, clientOrderId });
}

/** All that the journal knows of labels. */
export function openJournalLabels(database: LocalDatabase): JournalLabels {
  return {
    intentOf: openIntentLabels(database),
    newestFirst: (account) => labelledOrders(database, account),
  };
}

type LabelledOrder = OrderLabels & { readonly intent: number };

/** Read in parts that each end: nothing is held open between them. */
function* labelledOrders(
  { connection }: LocalDatabase,
  account: AccountKey,
): Generator<readonly OrderLabels[]> {
  const part = connection.prepare<[AccountKey & { before: number }], LabelledOrder>(LABELLED);
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const orders = part.all({ ...account, before });
    if (orders.length > 0) yield orders.map(({ intent: _, ...labels }) => labels);
    if (orders.length < ORDERS_AT_ONCE) return;
    before = orders.at(-1)?.intent ?? 0;
  }
}

const LABELLED = `SELECT id AS intent, client_order_id AS clientOrderId, created_at AS createdAt,
    request ->> '$.origin.signalId' AS signalId, request ->> '$.origin.agent' AS agent
  FROM intents WHERE connection = @connection AND account = @account AND id < @before
    AND (signalId IS NOT NULL OR agent IS NOT NULL)
  ORDER BY id DESC LIMIT ${ORDERS_AT_ONCE}`;
