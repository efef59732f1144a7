import Database from "better-sqlite3";
import type { HistoryRow } from "../../core/history-row.ts";
import type { ImportCount } from "../../ports/history.ts";
import { OWN_COLUMNS } from "./history-columns.ts";
import { storageFailure } from "./storage-failure.ts";

const MEANING = "Nothing was imported.";
const ROWS_PER_STATEMENT = 16;
const CACHE_KIB = 64 * 1024;
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Keeps rows in one transaction over a connection of its own: all of them, or, when a batch fails or the process is
 * killed, none.
 */
export async function importRows(
  path: string,
  batches: AsyncIterable<readonly HistoryRow[]>,
): Promise<ImportCount> {
  const connection = open(path);
  try {
    connection.exec("BEGIN IMMEDIATE");
    const count = await insertAll(connection, batches);
    connection.exec("COMMIT");
    return count;
  } catch (error) {
    throw storageFailure(error, { path, meaning: MEANING });
  } finally {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    connection.close();
  }
}

function open(path: string): Database.Database {
  try {
    const connection = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    connection.exec(
      `PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -${CACHE_KIB}`,
    );
    return connection;
  } catch (error) {
    throw storageFailure(error, { path, meaning: MEANING });
  }
}

async function insertAll(
  connection: Database.Database,
  batches: AsyncIterable<readonly HistoryRow[]>,
): Promise<ImportCount> {
  const keyOf = openAccountKeys(connection);
  const several = connection.prepare(insertSql(ROWS_PER_STATEMENT));
  const single = connection.prepare(insertSql(1));
  let [rows, stored] = [0, 0];
  for await (const batch of batches) {
    rows += batch.length;
    const whole = batch.length - (batch.length % ROWS_PER_STATEMENT);
    for (let next = 0; next < whole; next += ROWS_PER_STATEMENT) {
      stored += several.run(
        valuesOf(batch, { from: next, count: ROWS_PER_STATEMENT }, keyOf),
      ).changes;
    }
    for (let next = whole; next < batch.length; next += 1) {
      stored += single.run(valuesOf(batch, { from: next, count: 1 }, keyOf)).changes;
    }
  }
  return { rows, stored, known: rows - stored };
}

function insertSql(count: number): string {
  const places = `(${["account_key", ...OWN_COLUMNS].map(() => "?").join(", ")})`;
  return `INSERT INTO transactions (account_key, ${OWN_COLUMNS.join(", ")})
    VALUES ${Array.from({ length: count }, () => places).join(", ")}
    ON CONFLICT (account_key, id) DO NOTHING`;
}

type KeyOf = (row: HistoryRow) => number;

/** The values of some rows, one after the other; written out, for it takes a tenth of an import otherwise. */
function valuesOf(
  batch: readonly HistoryRow[],
  { from, count }: { readonly from: number; readonly count: number },
  keyOf: KeyOf,
): readonly unknown[] {
  const values: unknown[] = new Array(count * (OWN_COLUMNS.length + 1)).fill(null);
  let at = 0;
  for (let index = from; index < from + count; index += 1) {
    const row = batch[index];
    if (!row) continue;
    values[at] = keyOf(row);
    putRow(values, at + 1, row);
    at += OWN_COLUMNS.length + 1;
  }
  return values;
}

/** In the order of OWN_COLUMNS. */
function putRow(values: unknown[], at: number, row: HistoryRow): void {
  values[at] = row.id;
  values[at + 1] = row.time;
  values[at + 2] = row.type;
  values[at + 3] = row.brokerType;
  values[at + 4] = row.instrument;
  values[at + 5] = row.side;
  values[at + 6] = row.units;
  values[at + 7] = row.price;
  values[at + 8] = row.realizedPl;
  values[at + 9] = row.commission;
  values[at + 10] = row.financing;
  values[at + 11] = row.amount;
  values[at + 12] = row.balance;
  values[at + 13] = row.currency;
  values[at + 14] = row.orderId;
  values[at + 15] = row.tradeId;
  values[at + 16] = row.clientOrderId;
  values[at + 17] = row.signalId;
  values[at + 18] = row.agent;
}

/** The key of a row's account, which is made where it is new. Rows of one account mostly come together. */
function openAccountKeys(connection: Database.Database): KeyOf {
  const keep = connection.prepare<[string, string, string | null], { key: number }>(
    `INSERT INTO history_accounts (connection, account, currency) VALUES (?, ?, ?)
     ON CONFLICT (connection, account) DO UPDATE SET currency = coalesce(currency, excluded.currency)
     RETURNING key`,
  );
  const known = new Map<string, Map<string, number>>();
  return ({ connection: name, account, currency }) => {
    const accounts = known.get(name) ?? new Map<string, number>();
    known.set(name, accounts);
    const key = accounts.get(account) ?? keep.get(name, account, currency)?.key ?? 0;
    accounts.set(account, key);
    return key;
  };
}
