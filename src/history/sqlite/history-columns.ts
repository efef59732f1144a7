import { HISTORY_KEYS, type HistoryKey } from "../../core/history-row.ts";

/** Where each key of a line is kept. */
const COLUMN_OF: Readonly<Record<HistoryKey, string>> = {
  id: "t.id",
  connection: "a.connection",
  account: "a.account",
  time: "t.time",
  type: "t.type",
  brokerType: "t.broker_type",
  instrument: "t.instrument",
  side: "t.side",
  units: "t.units",
  price: "t.price",
  realizedPl: "t.realized_pl",
  commission: "t.commission",
  financing: "t.financing",
  amount: "t.amount",
  balance: "t.balance",
  currency: "t.currency",
  orderId: "t.order_id",
  tradeId: "t.trade_id",
  clientOrderId: "t.client_order_id",
  signalId: "t.signal_id",
  agent: "t.agent",
};

/** The keys that a line itself has; the others are its account's. */
export const OWN_KEYS: readonly HistoryKey[] = HISTORY_KEYS.filter(
  (key) => key !== "connection" && key !== "account",
);

export const OWN_COLUMNS: readonly string[] = OWN_KEYS.map((key) => COLUMN_OF[key].slice(2));

/** Selects a line by its keys. */
export const ROW: string = HISTORY_KEYS.map((key) => `${COLUMN_OF[key]} AS ${key}`).join(", ");

/** The order of the history: only lines of one moment need sorting, so that it streams whatever its length. */
export function orderBy(isNewestFirst: boolean): string {
  const terms = ["t.time", "a.connection", "a.account", "length(t.id)", "t.id"];
  return `ORDER BY ${terms.map((term) => (isNewestFirst ? `${term} DESC` : term)).join(", ")}`;
}

/** Lines by time, joined to their accounts, which are few. */
export const LINES_BY_TIME =
  "transactions t INDEXED BY transactions_by_time CROSS JOIN history_accounts a ON a.key = t.account_key";

export const ALL_LINES =
  "transactions t NOT INDEXED CROSS JOIN history_accounts a ON a.key = t.account_key";
