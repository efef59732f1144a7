import Database from "better-sqlite3";
import type { BookedRow, HistoryRow } from "../../core/history-row.ts";
import type { Instant } from "../../core/time.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { HistoryQuery, HistoryScope } from "../../ports/history.ts";
import { parseTrades } from "../transaction-row.ts";
import { LINES_BY_TIME, orderBy, ROW } from "./history-columns.ts";
import { SEEN } from "./open-imports.ts";
import { corruptFailure, storageFailure } from "./storage-failure.ts";

const MEANING = "The history was not read.";
const BATCH = 500;

/** Lines of the query in order, some at a time. They are of one moment, whatever is written meanwhile. */
export function readRows(path: string, query: HistoryQuery): AsyncGenerator<readonly HistoryRow[]> {
  return batches<HistoryRow>(path, (importing) => {
    const { where, values } = conditionsOf(query, importing);
    const sql = `SELECT ${ROW} FROM ${LINES_BY_TIME} ${where} ${orderBy(query.isNewestFirst)} LIMIT ?`;
    return { sql, values: [...values, query.limit ?? -1] };
  });
}

export async function* readBookings(
  path: string,
  { connection, account }: AccountKey,
  from: Instant | null,
): AsyncGenerator<readonly BookedRow[]> {
  const sql = `SELECT ${ROW}, t.trades AS trades FROM ${LINES_BY_TIME}
    WHERE a.connection = ? AND a.account = ? AND t.time >= ? AND ${SEEN} ${orderBy(false)}`;
  const query = { sql, values: [connection, account, from ?? ""] };
  for await (const rows of batches<StoredRow>(path, () => query)) {
    yield rows.map((row) => toBookedRow(row, path));
  }
}

export type StoredRow = HistoryRow & { readonly trades: string | null };

export function toBookedRow(row: StoredRow, path: string): BookedRow {
  try {
    return { ...row, trades: row.trades === null ? null : parseTrades(row.trades) };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw corruptFailure(
      { path, meaning: MEANING },
      `Transaction ${row.id} can't be read from ${path}: ${error.message}.`,
    );
  }
}

/** Whether an import isn't over: its lines aren't to be seen. Only inside the transaction that reads them. */
export function isImporting(connection: Database.Database): boolean {
  return connection.prepare("SELECT 1 FROM open_imports LIMIT 1").get() !== undefined;
}

/** A WHERE clause and what it asks for; what an import has kept so far is left out where there is one. */
export function conditionsOf(
  query: HistoryScope & Partial<HistoryQuery>,
  hasHidden = false,
): {
  readonly where: string;
  readonly values: readonly string[];
} {
  const { connection, account, from, before, types = [], instruments = [] } = query;
  const conditions: readonly (readonly [string, readonly (string | null | undefined)[]])[] = [
    ["a.connection = ?", [connection]],
    ["a.account = ?", [account]],
    ["t.time >= ?", [from]],
    ["t.time < ?", [before]],
    [`t.instrument IN (${places(instruments)})`, instruments],
    [`t.type IN (${places(types)})`, types],
  ];
  const asked = conditions.filter(([, values]) => typeof values[0] === "string");
  return {
    where: whereOf([...asked.map(([text]) => text), ...(hasHidden ? [SEEN] : [])]),
    values: asked.flatMap(([, values]) => values.filter((value) => typeof value === "string")),
  };
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
}

function places(values: readonly string[]): string {
  return values.map(() => "?").join(", ");
}

type Statement = { readonly sql: string; readonly values: readonly (string | number)[] };

/** Over a connection of its own: the other one stays free, and what is read stands still. */
async function* batches<T>(
  path: string,
  queryOf: (importing: boolean) => Statement,
): AsyncGenerator<readonly T[]> {
  const connection = open(path);
  try {
    connection.exec("BEGIN");
    const { sql, values } = queryOf(isImporting(connection));
    let batch: T[] = [];
    for (const row of connection.prepare<unknown[], T>(sql).iterate(...values)) {
      batch.push(row);
      if (batch.length === BATCH) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  } catch (error) {
    throw storageFailure(error, { path, meaning: MEANING });
  } finally {
    connection.close();
  }
}

function open(path: string): Database.Database {
  try {
    return new Database(path, { readonly: true, fileMustExist: true });
  } catch (error) {
    throw storageFailure(error, { path, meaning: MEANING });
  }
}
