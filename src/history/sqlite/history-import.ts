import Database from "better-sqlite3";
import type { HistoryRow } from "../../core/history-row.ts";
import type { Claim, ImportCount } from "../../ports/history.ts";
import { OWN_COLUMNS } from "./history-columns.ts";
import { immediately, OpenImports } from "./open-imports.ts";
import { storageFailure } from "./storage-failure.ts";

const MEANING = "Nothing was imported.";
const ROWS_PER_STATEMENT = 16;
const CACHE_KIB = 64 * 1024;

/** So many rows are read first and kept then: their transaction is over before an order has waited for long. */
const ROWS_AT_ONCE = 10_000;
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Keeps rows over a connection of its own: all of them, or, when a batch fails or the process is killed, none. More than a
 * few are kept in many short transactions, and are seen by nobody before the last one says so.
 * @throws Failure STORAGE_BUSY while another process imports.
 */
export async function importRows(
  path: string,
  batches: AsyncIterable<readonly HistoryRow[]>,
  owner: Claim,
): Promise<ImportCount> {
  const connection = open(path);
  try {
    return await new Import(connection, { path, owner }).run(chunksOf(batches));
  } catch (error) {
    throw storageFailure(error, { path, meaning: MEANING });
  } finally {
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

/** Rows in chunks of at most so many, but for what a batch has beyond. */
async function* chunksOf(
  batches: AsyncIterable<readonly HistoryRow[]>,
): AsyncGenerator<readonly (readonly HistoryRow[])[]> {
  let chunk: (readonly HistoryRow[])[] = [];
  let rows = 0;
  for await (const batch of batches) {
    if (rows > 0 && rows + batch.length > ROWS_AT_ONCE) {
      yield chunk;
      [chunk, rows] = [[], 0];
    }
    chunk.push(batch);
    rows += batch.length;
  }
  yield chunk;
}

type Chunk = readonly (readonly HistoryRow[])[];

class Import {
  readonly #connection: Database.Database;
  readonly #keyOf: KeyOf;
  readonly #imports: OpenImports;
  #rows = 0;
  #stored = 0;

  constructor(
    connection: Database.Database,
    { path, owner }: { readonly path: string; readonly owner: Claim },
  ) {
    this.#connection = connection;
    this.#keyOf = openAccountKeys(connection);
    this.#imports = new OpenImports(connection, { path, owner });
  }

  async run(chunks: AsyncIterator<Chunk>): Promise<ImportCount> {
    this.#imports.requireAlone();
    const first = await chunks.next();
    const second = first.done ? first : await chunks.next();
    if (first.done || second.done) this.#keepAtOnce(first.value ?? []);
    else await this.#keepHidden([first.value, second.value], chunks);
    return { rows: this.#rows, stored: this.#stored, known: this.#rows - this.#stored };
  }

  #keepAtOnce(chunk: Chunk): void {
    const insert = insertsOf(this.#connection, null);
    immediately(this.#connection, () => {
      this.#imports.refuseOthers();
      this.#keep(chunk, insert);
    });
  }

  /** Nobody sees a row before the import is over; one that was killed is taken away by the next. */
  async #keepHidden(read: readonly Chunk[], chunks: AsyncIterator<Chunk>): Promise<void> {
    const id = this.#imports.begin();
    try {
      const insert = insertsOf(this.#connection, id);
      this.#connection.pragma("synchronous = NORMAL");
      const keep = (chunk: Chunk) => immediately(this.#connection, () => this.#keep(chunk, insert));
      for (const chunk of read) keep(chunk);
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) keep(next.value);
      // Flushes all of them to the disk together with the word that they count.
      this.#connection.pragma("synchronous = FULL");
      this.#imports.end(id);
    } catch (error) {
      this.#imports.takeBack(id);
      throw error;
    }
  }

  #keep(chunk: Chunk, { several, single }: Inserts): void {
    for (const batch of chunk) {
      this.#rows += batch.length;
      const whole = batch.length - (batch.length % ROWS_PER_STATEMENT);
      for (let next = 0; next < whole; next += ROWS_PER_STATEMENT) {
        const part = { from: next, count: ROWS_PER_STATEMENT };
        this.#stored += several.run(valuesOf(batch, part, this.#keyOf)).changes;
      }
      for (let next = whole; next < batch.length; next += 1) {
        this.#stored += single.run(valuesOf(batch, { from: next, count: 1 }, this.#keyOf)).changes;
      }
    }
  }
}

type Inserts = ReturnType<typeof insertsOf>;

function insertsOf(connection: Database.Database, importId: number | null) {
  return {
    several: connection.prepare(insertSql(ROWS_PER_STATEMENT, importId)),
    single: connection.prepare(insertSql(1, importId)),
  };
}

function insertSql(count: number, importId: number | null): string {
  const values = ["?", String(importId ?? "NULL"), ...OWN_COLUMNS.map(() => "?")];
  const places = `(${values.join(", ")})`;
  return `INSERT INTO transactions (account_key, import_id, ${OWN_COLUMNS.join(", ")})
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
