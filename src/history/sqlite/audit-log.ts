import type Database from "better-sqlite3";
import type { Failure } from "../../core/failures.ts";
import type { AuditChain, AuditRecord, ChainedEntry, ChainTail } from "../../ports/journal.ts";
import type { AnchorKeeper } from "./anchor-keeper.ts";
import { type LocalDatabase, lazy } from "./database.ts";

/**
 * A record whose data is canonical text already: nothing about it can fail inside a transaction.
 */
export type SerializedRecord = Omit<AuditRecord, "data"> & { readonly data: string };

const TAIL = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1";
const INSERT = `INSERT INTO audit (sequence, at, kind, data, previous_hash, hash)
  VALUES (@sequence, @at, @kind, @data, @previousHash, @hash)`;

/** Adds an entry to a log that isn't in use, and has no anchor yet. Only inside a transaction. */
export function appendEntry(
  connection: Database.Database,
  { chain, record }: { readonly chain: AuditChain; readonly record: AuditRecord },
): void {
  const tail = connection.prepare<[], NonNullable<ChainTail>>(TAIL).get() ?? null;
  const { at, kind, data } = record;
  const entry = chain.link({ at, kind, data: chain.canonical(data) }, tail);
  connection.prepare<[ChainedEntry]>(INSERT).run(entry);
}

/** The writing end of the audit chain. */
export class AuditLog {
  readonly #chain: AuditChain;
  readonly #keeper: AnchorKeeper;
  readonly #tail;
  readonly #insert;

  constructor({ connection }: LocalDatabase, chain: AuditChain, keeper: AnchorKeeper) {
    this.#chain = chain;
    this.#keeper = keeper;
    this.#tail = lazy(() => connection.prepare<[], NonNullable<ChainTail>>(TAIL));
    this.#insert = lazy(() => connection.prepare<[ChainedEntry]>(INSERT));
  }

  serialize(records: readonly AuditRecord[]): readonly SerializedRecord[] {
    return records.map(({ at, kind, data }) => ({ at, kind, data: this.#chain.canonical(data) }));
  }

  /** Why no new order may join the log; null when one may. Only inside a transaction. */
  refusal(meaning: string): Failure | null {
    return this.#keeper.refusal(this.#tail().get() ?? null, meaning);
  }

  /**
   * Adds `records` at the end of the chain. Only inside a transaction: another process may add some
   * too.
   */
  append(records: readonly SerializedRecord[]): void {
    if (records.length === 0) return;
    let tail: ChainTail = this.#tail().get() ?? null;
    this.#keeper.follow(tail);
    for (const record of records) {
      const entry: ChainedEntry = this.#chain.link(record, tail);
      this.#insert().run(entry);
      tail = entry;
    }
  }
}
