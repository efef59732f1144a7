import type { Anchored, AuditHead } from "../../ports/audit-anchor.ts";
import type {
  AuditChain,
  AuditEntry,
  AuditFilter,
  AuditSummary,
  AuditTrail,
  ChainedEntry,
} from "../../ports/journal.ts";
import { anchorFailure } from "../anchor-fault.ts";
import { asFields } from "../json-fields.ts";
import type { AnchorKeeper } from "./anchor-keeper.ts";
import { brokenFailure, walkChain } from "./audit-walk.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const PAGE_ENTRIES = 250;
const NOT_READ = "The audit log could not be read to its end.";
const NOT_ANCHORED = "The audit log's anchor stays as it was.";

/**
 * The reading end of the audit chain. It reads page by page: memory stays the same whatever the
 * length, and no reader keeps the database from being written.
 */
export class SqliteAuditTrail implements AuditTrail {
  readonly #database: LocalDatabase;
  readonly #chain: AuditChain;
  readonly #keeper: AnchorKeeper;
  readonly #entry;

  constructor(
    database: LocalDatabase,
    { chain, keeper }: { readonly chain: AuditChain; readonly keeper: AnchorKeeper },
  ) {
    const { connection } = database;
    this.#database = database;
    this.#chain = chain;
    this.#keeper = keeper;
    this.#entry = lazy(() =>
      connection.prepare<[number], ChainedEntry>(`SELECT ${COLUMNS} FROM audit WHERE sequence = ?`),
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

  async verify(anchors: readonly Anchored[]): Promise<AuditSummary> {
    const head = await walkChain(this.#database, this.#chain);
    const first = this.#read(() => this.#entry().get(1));
    const last = this.#read(() => this.#entry().get(head?.sequence ?? 0));
    for (const anchored of anchors) {
      const fault = this.#read(() => this.#keeper.fault(anchored));
      if (fault) throw anchorFailure(fault);
    }
    return {
      entries: last?.sequence ?? 0,
      firstAt: first?.at ?? null,
      lastAt: last?.at ?? null,
      head: last?.hash ?? null,
      anchored: newestOf(anchors),
    };
  }

  anchored(): Anchored {
    return this.#keeper.reading();
  }

  head(): AuditHead | null {
    return this.#read(() => this.#keeper.head());
  }

  anchor(): AuditHead | null {
    return this.#database.read(NOT_ANCHORED, () => this.#keeper.replace());
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
    ...(filter.before === undefined ? [] : ["at < @before"]),
    ...(filter.signalId === undefined ? [] : ["signal_id = @signalId"]),
    ...(filter.orderId === undefined
      ? []
      : ["(client_order_id = @orderId OR order_id = @orderId)"]),
    ...(filter.connection === undefined ? [] : ["data ->> '$.connection' = @connection"]),
    ...(filter.account === undefined ? [] : ["data ->> '$.account' = @account"]),
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

/** The newest entry that an anchor vouches for. */
function newestOf(anchors: readonly Anchored[]): number | null {
  const heads = anchors.flatMap(({ reading }) => (reading.kind === "head" ? [reading.head] : []));
  return heads.length === 0 ? null : Math.max(...heads.map(({ sequence }) => sequence));
}
