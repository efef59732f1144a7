import type Database from "better-sqlite3";
import type { BookedRow } from "../../core/history-row.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { IntentKey } from "../../ports/journal.ts";
import type { OrderIds, OrderLines } from "../../ports/order-lines.ts";
import type { LocalDatabase } from "./database.ts";
import { orderBy, ROW } from "./history-columns.ts";
import { type StoredRow, toBookedRow } from "./history-reader.ts";
import { SEEN } from "./open-imports.ts";

const NOT_READ = "The history was not read.";

/** From orders to lines in the user's database. Lists of ids are JSON. */
export class SqliteOrderLines implements OrderLines {
  readonly #database: LocalDatabase;

  constructor(database: LocalDatabase) {
    this.#database = database;
  }

  async about({ accounts, from, ...ids }: OrderIds): Promise<readonly BookedRow[]> {
    const whose = { accounts: JSON.stringify(accounts), from: from ?? "" };
    const { signalIds, clientOrderIds, orderIds } = ids;
    const own = this.#lines(OWN, {
      ...whose,
      signals: JSON.stringify(signalIds),
      clients: JSON.stringify(clientOrderIds),
      orders: JSON.stringify(orderIds),
    });
    const trades = own.flatMap(({ connection, account, trades: changes }) =>
      (changes ?? [])
        .filter(({ action }) => action === "opened")
        .map(({ tradeId }) => `${connection}/${account}/${tradeId}`),
    );
    if (trades.length === 0) return own;
    const touching = this.#lines(TOUCHING, { ...whose, trades: JSON.stringify(trades) });
    const known = new Set(touching.map(keyOf));
    const others = own.filter((row) => !known.has(keyOf(row)));
    return [...others, ...touching].toSorted((left, right) => {
      if (left.time !== right.time) return left.time < right.time ? -1 : 1;
      const shorter = left.id.length - right.id.length;
      return shorter === 0 ? Number(left.id > right.id) - 0.5 : shorter;
    });
  }

  async openings(
    { connection, account }: AccountKey,
    tradeIds: readonly string[],
  ): Promise<readonly BookedRow[]> {
    const accounts = JSON.stringify([{ connection, account }]);
    const trades = JSON.stringify(tradeIds);
    return this.#lines(OPENINGS, { accounts, from: "", trades });
  }

  async hasLeft({ connection, account, clientOrderId }: IntentKey): Promise<boolean> {
    return this.#database.read(
      NOT_READ,
      () =>
        this.#connection
          .prepare(
            "SELECT 1 FROM wire_gate WHERE connection = ? AND account = ? AND client_order_id = ?",
          )
          .get(connection, account, clientOrderId) !== undefined,
    );
  }

  get #connection(): Database.Database {
    return this.#database.connection;
  }

  #lines(condition: string, values: Readonly<Record<string, string>>): readonly BookedRow[] {
    const { path } = this.#database;
    return this.#database.read(NOT_READ, () =>
      this.#connection
        .prepare<[typeof values], StoredRow>(`${LINES} AND (${condition}) ${orderBy(false)}`)
        .all(values)
        .map((row) => toBookedRow(row, path)),
    );
  }
}

function keyOf({ connection, account, id }: BookedRow): string {
  return JSON.stringify([connection, account, id]);
}

const LINES = `SELECT ${ROW}, t.trades AS trades
  FROM transactions t CROSS JOIN history_accounts a ON a.key = t.account_key
  WHERE t.time >= @from AND ${SEEN} AND (@accounts = '[]' OR (a.connection, a.account) IN (
    SELECT value ->> '$.connection', value ->> '$.account' FROM json_each(@accounts)))`;
const among = (column: string, list: string) =>
  `${column} IN (SELECT value FROM json_each(@${list}))`;
const OWN = [
  among("t.signal_id", "signals"),
  among("t.client_order_id", "clients"),
  among("t.order_id", "orders"),
  `t.type = 'order' AND ${among("t.id", "orders")}`,
].join(" OR ");
const CHANGED = "SELECT 1 FROM json_each(t.trades) c WHERE";
/** Their exits name the trade as well. */
const ofTrade = (id: string) =>
  `(a.connection || '/' || a.account || '/' || ${id}) IN (SELECT value FROM json_each(@trades))`;
const TOUCHING = `${ofTrade("t.trade_id")} OR EXISTS (${CHANGED} ${ofTrade("(c.value ->> '$.tradeId')")})`;
const OPENINGS = `EXISTS (${CHANGED} c.value ->> '$.action' = 'opened'
  AND c.value ->> '$.tradeId' IN (SELECT value FROM json_each(@trades)))`;
