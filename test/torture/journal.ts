import Database from "better-sqlite3";
import type { OrderReport } from "../../src/trading/order-report.ts";

/** An intent of the user's journal, as it stands in the file. */
export type JournalIntent = {
  readonly account: string;
  readonly clientOrderId: string;
  readonly instrument: string;
  readonly state: string;
  readonly request: {
    readonly kind: "market" | "entry" | "close" | "change" | "cancel" | "exits";
    readonly orderId?: string;
    readonly tradeId?: string | null;
  };
  readonly report: OrderReport | null;
  /** Entries of the audit trail that say it was sent, and what became of it. */
  readonly sent: number;
  readonly concluded: number;
  /** Whether a later command had to find out what became of it. */
  readonly isSettledLater: number;
};

const CONCLUSIONS = [
  ...["filled", "partially_filled", "pending", "cancelled", "rejected", "unknown", "settled"],
].map((status) => `'order.${status}'`);

const INTENTS = `
  SELECT account, client_order_id AS clientOrderId, instrument, state, request, result,
    (SELECT count(*) FROM audit WHERE audit.client_order_id = intents.client_order_id
       AND kind = 'order.sent') AS sent,
    (SELECT count(*) FROM audit WHERE audit.client_order_id = intents.client_order_id
       AND kind IN (${CONCLUSIONS.join(",")})) AS concluded,
    EXISTS (SELECT 1 FROM audit WHERE audit.client_order_id = intents.client_order_id
       AND kind = 'order.settled') AS isSettledLater
  FROM intents ORDER BY id`;

type Row = Omit<JournalIntent, "request" | "report"> & {
  readonly request: string;
  readonly result: string | null;
};

/** The intents in a user's database, read beside the program. */
export function readJournal(home: string): readonly JournalIntent[] {
  const database = new Database(`${home}/tmt-broker.db`, { readonly: true });
  try {
    return database
      .prepare<[], Row>(INTENTS)
      .all()
      .map(({ request, result, ...row }) => ({
        ...row,
        request: JSON.parse(request),
        report: JSON.parse(result ?? "null"),
      }));
  } finally {
    database.close();
  }
}
