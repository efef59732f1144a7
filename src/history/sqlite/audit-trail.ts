import { setImmediate } from "node:timers/promises";
import { Failure } from "../../core/failures.ts";
import type {
  AuditChain,
  AuditEntry,
  AuditFilter,
  AuditSummary,
  AuditTrail,
  ChainedEntry,
} from "../../ports/journal.ts";
import { asFields } from "../json-fields.ts";
import { type LocalDatabase, lazy } from "./database.ts";

/** Few enough to stay in the processor's cache between being read and being proven. */
const PAGE_ENTRIES = 250;
const NOT_READ = "The audit log could not be read to its end.";
const KEEP =
  "Keep the database file as it is now, and compare the entry with a backup to see what changed.";

/**
 * The reading end of the audit chain. It reads page by page: memory stays the same whatever the
 * length, and no reader keeps the database from being written.
 */
export class SqliteAuditTrail implements AuditTrail {
  readonly #database: LocalDatabase;
  readonly #chain: AuditChain;
  readonly #page;

  constructor(database: LocalDatabase, chain: AuditChain) {
    this.#database = database;
    this.#chain = chain;
    this.#page = lazy(() =>
      database.connection.prepare<[number], ChainedEntry>(
        `SELECT ${COLUMNS} FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ${PAGE_ENTRIES}`,
      ),
    );
  }

  *entries(filter: AuditFilter): IterableIterator<AuditEntry> {
    const { where, values } = conditionOf(filter);
    const page = this.#read(() =>
      this.#database.connection.prepare<[FilterValues], ChainedEntry>(
        `SELECT ${COLUMNS} FROM audit WHERE ${where} ORDER BY sequence LIMIT ${PAGE_ENTRIES}`,
      ),
    );
    let after = this.#startOf(filter);
    for (;;) {
      const rows = this.#read(() => page.all({ ...values, after }));
      for (const row of rows) yield toEntry(row);
      const last = rows.at(-1);
      if (!last || rows.length < PAGE_ENTRIES) return;
      after = last.sequence;
    }
  }

  async verify(): Promise<AuditSummary> {
    let first: ChainedEntry | null = null;
    let last: ChainedEntry | null = null;
    for (;;) {
      const after: number = last?.sequence ?? BEFORE_ALL;
      const rows = this.#read(() => this.#page().all(after));
      for (const row of rows) {
        this.#requireFit(row, last);
        last = row;
      }
      first ??= rows[0] ?? null;
      if (rows.length < PAGE_ENTRIES) return summaryOf(first, last);
      await setImmediate();
    }
  }

  #requireFit(entry: ChainedEntry, previous: ChainedEntry | null): void {
    const fault = this.#chain.fault(entry, previous);
    if (fault !== null) throw brokenFailure(entry.sequence, fault);
  }

  /**
   * The sequence before the oldest entry wanted: with a limit, only the newest so many that match.
   */
  #startOf(filter: AuditFilter): number {
    if (filter.limit === undefined) return BEFORE_ALL;
    const { where, values } = conditionOf(filter);
    const newest = this.#read(() =>
      this.#database.connection
        .prepare<[FilterValues & { limit: number }], { sequence: number }>(
          `SELECT sequence FROM audit WHERE ${where} ORDER BY sequence DESC LIMIT @limit`,
        )
        .all({ ...values, limit: filter.limit ?? 0 }),
    );
    const oldest = newest.at(-1);
    return oldest ? oldest.sequence - 1 : Number.MAX_SAFE_INTEGER;
  }

  #read<T>(work: () => T): T {
    return this.#database.read(NOT_READ, work);
  }
}

const COLUMNS = "sequence, at, kind, data, previous_hash AS previousHash, hash";
/** Below the first sequence too, so that nothing hides there. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER;

type FilterValues = AuditFilter & { readonly after: number };

function conditionOf(filter: AuditFilter): {
  readonly where: string;
  readonly values: FilterValues;
} {
  const conditions = [
    "sequence > @after",
    ...(filter.from === undefined ? [] : ["at >= @from"]),
    ...(filter.signalId === undefined ? [] : ["signal_id = @signalId"]),
    ...(filter.orderId === undefined
      ? []
      : ["(client_order_id = @orderId OR order_id = @orderId)"]),
  ];
  return { where: conditions.join(" AND "), values: { ...filter, after: BEFORE_ALL } };
}

function toEntry(row: ChainedEntry): AuditEntry {
  try {
    return { ...row, data: asFields(JSON.parse(row.data), "data") };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw brokenFailure(row.sequence, "its data can't be read: it was changed");
  }
}

function brokenFailure(sequence: number, fault: string): Failure {
  return new Failure("AUDIT_BROKEN", `The audit log is broken at entry ${sequence}: ${fault}.`, {
    hint: KEEP,
    details: { sequence, fault },
  });
}

function summaryOf(first: ChainedEntry | null, last: ChainedEntry | null): AuditSummary {
  return {
    entries: last?.sequence ?? 0,
    firstAt: first?.at ?? null,
    lastAt: last?.at ?? null,
    head: last?.hash ?? null,
  };
}
