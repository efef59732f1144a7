import type { HistoryRow } from "../../core/history-row.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import { type LocalDatabase, lazy } from "./database.ts";
import { SEEN } from "./open-imports.ts";

/** Who asked for what a line tells of. */
type Labels = Pick<HistoryRow, "clientOrderId" | "signalId" | "agent">;

/**
 * Finds the labels that a broker leaves out: those of the order are in the order's own line, which came before, and
 * what never went to the broker is in the journal. Only inside a transaction.
 */
export class LabelLinker {
  readonly #order;
  readonly #intent;

  constructor({ connection }: LocalDatabase) {
    this.#order = lazy(() =>
      connection.prepare<[{ accountKey: number; orderId: string }], Labels>(
        `SELECT client_order_id AS clientOrderId, signal_id AS signalId, agent FROM transactions t
         WHERE ${SEEN} AND account_key = @accountKey AND id = @orderId`,
      ),
    );
    this.#intent = lazy(() =>
      connection.prepare<[AccountKey & { clientOrderId: string }], Omit<Labels, "clientOrderId">>(
        `SELECT request ->> '$.origin.signalId' AS signalId, request ->> '$.origin.agent' AS agent
         FROM intents WHERE connection = @connection AND account = @account
         AND client_order_id = @clientOrderId`,
      ),
    );
  }

  of(row: HistoryRow, account: AccountKey & { readonly accountKey: number }): Labels {
    const { orderId, id } = row;
    const own = filled(row);
    if (own) return own;
    const order = orderId === null || orderId === id ? null : this.#orderOf(orderId, account);
    const clientOrderId = row.clientOrderId ?? order?.clientOrderId ?? null;
    const intent = clientOrderId === null ? null : this.#intentOf(clientOrderId, account);
    return {
      clientOrderId,
      signalId: row.signalId ?? order?.signalId ?? intent?.signalId ?? null,
      agent: row.agent ?? order?.agent ?? intent?.agent ?? null,
    };
  }

  #orderOf(orderId: string, { accountKey }: { readonly accountKey: number }): Labels | undefined {
    return this.#order().get({ accountKey, orderId });
  }

  #intentOf(clientOrderId: string, { connection, account }: AccountKey) {
    return this.#intent().get({ connection, account, clientOrderId });
  }
}

/** A line's own labels, where none of them is missing. */
function filled({ clientOrderId, signalId, agent }: HistoryRow): Labels | null {
  const isWhole = clientOrderId !== null && signalId !== null && agent !== null;
  return isWhole ? { clientOrderId, signalId, agent } : null;
}
