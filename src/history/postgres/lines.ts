import { Failure } from "../../core/failures.ts";
import type { BookedRow, HistoryRow } from "../../core/history-row.ts";
import { HISTORY_KEYS } from "../../core/history-row.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { HistoryQuery, HistoryScope } from "../../ports/history.ts";
import { parseTrades } from "../transaction-row.ts";
import { dayOf } from "./months.ts";
import type { Session } from "./session.ts";

/** A line as it is in its table: whose it is, is another table's. */
export type StoredLine = Omit<HistoryRow, "connection" | "account"> & {
  readonly accountKey: number;
  readonly trades: string | null;
};

/** The columns of a line, each with its key and type, in the order of the lines' keys. */
export const COLUMNS: readonly (readonly [column: string, key: keyof StoredLine])[] = [
  ["account_key", "accountKey"],
  ...HISTORY_KEYS.filter((key) => key !== "connection" && key !== "account").map(
    (key) => [key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), key] as const,
  ),
  ["trades", "trades"],
];

/** Selects a line by its keys. */
export const LINE: string = COLUMNS.map(([column, key]) => `t.${column} AS "${key}"`).join(", ");

export type KeyedAccount = AccountKey & { readonly key: number };

/** The accounts of a scope, in the order of their lines of one moment. */
export async function accountsIn(
  session: Session,
  { connection, account }: HistoryScope,
): Promise<readonly KeyedAccount[]> {
  const { rows } = await session.query<KeyedAccount>(
    `SELECT key, connection, account FROM tmt_broker.history_accounts
     WHERE ($1::text IS NULL OR connection = $1) AND ($2::text IS NULL OR account = $2)
     ORDER BY connection, account`,
    [connection, account],
  );
  return rows;
}

/** What a statement is given, in order: each gets its `$1`. */
export class Values {
  readonly list: unknown[] = [];

  add(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }
}

/** The conditions of a query; the days are given too, so that only those are looked at. */
export function conditionsOf(
  query: Pick<HistoryQuery, "from" | "before" | "types" | "instruments">,
  keys: readonly number[],
  values: Values,
): string {
  const { from, before, types, instruments } = query;
  const conditions = [`t.account_key = ANY (${values.add(keys)}::integer[])`];
  if (from !== null) {
    conditions.push(`t.day >= ${values.add(dayOf(from))}::date`, `t.time >= ${values.add(from)}`);
  }
  if (before !== null) {
    conditions.push(
      `t.day <= ${values.add(dayOf(before))}::date`,
      `t.time < ${values.add(before)}`,
    );
  }
  if (types.length > 0) conditions.push(`t.type = ANY (${values.add(types)}::text[])`);
  if (instruments.length > 0) {
    conditions.push(`t.instrument = ANY (${values.add(instruments)}::text[])`);
  }
  return conditions.join(" AND ");
}

/** A line with its keys in the order of lists and files. */
export function toRow({ connection, account }: AccountKey, line: StoredLine): HistoryRow {
  const { accountKey: _, trades: __, id, ...rest } = line;
  return { id, connection, account, ...rest };
}

export function toBookedRow(account: AccountKey, line: StoredLine, server: string): BookedRow {
  try {
    const trades = line.trades === null ? null : parseTrades(line.trades);
    return { ...toRow(account, line), trades };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new Failure(
      "STORAGE_CORRUPT",
      `Transaction ${line.id} can't be read from ${server}: ${error.message}. The history was not read.`,
      {
        hint: "Restore the server's backup, or read the log once more with: tmt-broker history sync --from 2000-01-01",
      },
    );
  }
}
