import type { HistoryRow } from "../../core/history-row.ts";
import type { ImportCount } from "../../ports/history.ts";
import { keepCurrency, openAccount } from "./account-rows.ts";
import type { ServerDatabase } from "./database.ts";
import { insertLines } from "./line-writer.ts";
import type { StoredLine } from "./lines.ts";
import type { Months } from "./months.ts";
import type { Session } from "./session.ts";

const MEANING = "Nothing was imported.";
const LINES_PER_STATEMENT = 2_000;

/**
 * Keeps rows in one transaction over a session of its own: all of them, or, when a batch fails or either side is killed,
 * none. One import at a time; whoever reads a log of the same accounts waits for it.
 */
export async function importRows(
  database: ServerDatabase,
  months: Months,
  batches: AsyncIterable<readonly HistoryRow[]>,
): Promise<ImportCount> {
  const { session } = await database.separate(MEANING);
  try {
    return await database.translated(MEANING, () =>
      database.transact(session, async () => {
        await holdImports(session);
        return insertAll(session, months, batches);
      }),
    );
  } finally {
    await session.end();
  }
}

/** Waits for an import that is under way; none begins before the transaction is over. */
export async function holdImports(session: Session): Promise<void> {
  await session.query("SELECT pg_advisory_xact_lock(hashtextextended('tmt_broker.import', 0))");
}

async function insertAll(
  session: Session,
  months: Months,
  batches: AsyncIterable<readonly HistoryRow[]>,
): Promise<ImportCount> {
  const keys = new AccountKeys(session);
  let [rows, stored] = [0, 0];
  for await (const batch of batches) {
    for (let next = 0; next < batch.length; next += LINES_PER_STATEMENT) {
      const part = batch.slice(next, next + LINES_PER_STATEMENT);
      rows += part.length;
      await months.open(
        part.map(({ time }) => time),
        MEANING,
      );
      stored += await insertLines(session, await distinctLines(part, keys));
    }
  }
  return { rows, stored, known: rows - stored };
}

/** The rows as lines; of those with the same account and id, the first. */
async function distinctLines(
  rows: readonly HistoryRow[],
  keys: AccountKeys,
): Promise<readonly StoredLine[]> {
  const lines = new Map<string, StoredLine>();
  for (const { connection, account, ...row } of rows) {
    const accountKey =
      keys.known(connection, account) ?? (await keys.open({ connection, account, ...row }));
    const name = `${accountKey} ${row.id}`;
    if (!lines.has(name)) lines.set(name, { ...row, accountKey, trades: null });
  }
  return [...lines.values()];
}

/** The keys of accounts, which are made where they are new. */
class AccountKeys {
  readonly #session: Session;
  readonly #known = new Map<string, Map<string, number>>();

  constructor(session: Session) {
    this.#session = session;
  }

  known(connection: string, account: string): number | undefined {
    return this.#known.get(connection)?.get(account);
  }

  async open({ connection, account, currency }: HistoryRow): Promise<number> {
    const { key } = await openAccount(this.#session, { connection, account });
    await keepCurrency(this.#session, key, currency);
    const accounts = this.#known.get(connection) ?? new Map<string, number>();
    this.#known.set(connection, accounts.set(account, key));
    return key;
  }
}
