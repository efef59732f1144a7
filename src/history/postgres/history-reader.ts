import type { BookedRow, HistoryRow } from "../../core/history-row.ts";
import type { Instant } from "../../core/time.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { HistoryQuery, HistoryScope } from "../../ports/history.ts";
import type { ServerDatabase } from "./database.ts";
import { linesWithIds } from "./line-writer.ts";
import {
  accountsIn,
  conditionsOf,
  type KeyedAccount,
  LINE,
  type StoredLine,
  toBookedRow,
  toRow,
  Values,
} from "./lines.ts";
import type { Session } from "./session.ts";

const NOT_READ = "The history was not read.";
const BATCH = 1_000;
export const ONE_MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** Lines of the query in order, some at a time. They are of one moment, whatever is written meanwhile. */
export function readRows(
  database: ServerDatabase,
  query: HistoryQuery,
): AsyncGenerator<readonly HistoryRow[]> {
  return batches(database, query, toRow);
}

export function readBookings(
  database: ServerDatabase,
  account: AccountKey,
  from: Instant | null,
): AsyncGenerator<readonly BookedRow[]> {
  const everything = { from, before: null, types: [], instruments: [] };
  const query = { ...account, ...everything, isNewestFirst: false, limit: null };
  return batches(database, query, (whose, line) => toBookedRow(whose, line, database.name));
}

/** Lines with that id, in order. */
export async function findLines(
  database: ServerDatabase,
  id: string,
  scope: HistoryScope,
): Promise<readonly BookedRow[]> {
  return database.run(NOT_READ, async (session) => {
    const found: BookedRow[] = [];
    for (const account of await accountsIn(session, scope)) {
      const lines = await linesWithIds(session, account.key, [id]);
      found.push(...lines.map((line) => toBookedRow(account, line, database.name)));
    }
    return found.toSorted((left, right) =>
      left.time < right.time ? -1 : left.time > right.time ? 1 : 0,
    );
  });
}

/** Over a session of its own, with a cursor: neither side holds more than a batch. */
async function* batches<T>(
  database: ServerDatabase,
  query: HistoryQuery,
  toLine: (account: AccountKey, line: StoredLine) => T,
): AsyncGenerator<readonly T[]> {
  const { session } = await database.separate(NOT_READ);
  const inSession = <R>(work: () => Promise<R>) => database.translated(NOT_READ, work);
  try {
    const accounts = await inSession(() => declare(session, query));
    const known = new Map(accounts.map((account) => [account.key, account]));
    for (let count = BATCH; count === BATCH; ) {
      const lines = await inSession(() => session.query<StoredLine>(`FETCH ${BATCH} FROM lines`));
      const rows = lines.rows.flatMap((line) => {
        const account = known.get(line.accountKey);
        return account ? [toLine(account, line)] : [];
      });
      if (rows.length > 0) yield rows;
      count = lines.rows.length;
    }
  } finally {
    await session.end();
  }
}

/** Lines are joined to their accounts here, so that the server needs to sort those of one moment only. */
async function declare(session: Session, query: HistoryQuery): Promise<readonly KeyedAccount[]> {
  await session.query(ONE_MOMENT);
  const accounts = await accountsIn(session, query);
  const values = new Values();
  const keys = accounts.map(({ key }) => key);
  const where = conditionsOf(query, keys, values);
  const whose = `array_position(${values.add(keys)}::integer[], t.account_key)`;
  const order = ["t.day", "t.time", whose, "length(t.id)", "t.id"]
    .map((term) => (query.isNewestFirst ? `${term} DESC` : term))
    .join(", ");
  const limit = query.limit === null ? "" : `LIMIT ${values.add(query.limit)}::bigint`;
  await session.query(
    `DECLARE lines NO SCROLL CURSOR FOR SELECT ${LINE} FROM tmt_broker.transactions t
     WHERE ${where} ORDER BY ${order} ${limit}`,
    values.list,
  );
  return accounts;
}
