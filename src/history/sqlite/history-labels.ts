import type { AccountKey } from "../../ports/day-book.ts";
import type { IntentLabels, Labels } from "../labels.ts";
import { type LocalDatabase, lazy } from "./database.ts";
import { SEEN } from "./open-imports.ts";

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
