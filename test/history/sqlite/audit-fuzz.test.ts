import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import type { Failure } from "../../../src/core/failures.ts";
import { type LocalStore, openStore } from "../../../src/history/sqlite/store.ts";
import type { ChainedEntry } from "../../../src/ports/journal.ts";
import { anAudit } from "./records.ts";
import { rejectionOf, sharedFolder } from "./support.ts";

/**
 * P8: nobody changes the audit log unnoticed. Here a sample, in seconds; `npm run audit-fuzz` flips every bit of
 * every byte, and takes minutes.
 */
const IS_FULL = process.env.TMT_AUDIT_FUZZ === "full";
const ENTRIES = 10_000;
const RUNS = IS_FULL ? 2_000 : 40;
/** Changes that touch half of the log take their time to be taken back. */
const LARGE_RUNS = IS_FULL ? 200 : 10;
/** Every so many bytes are flipped in memory; a prime, so that all columns and places have their turn. */
const STRIDE = IS_FULL ? 1 : 101;
const BITS = [0, 1, 2, 3, 4, 5, 6, 7];
const FIELDS = ["at", "kind", "data", "previousHash", "hash"] as const;
const COLUMNS = {
  at: "at",
  kind: "kind",
  data: "data",
  previousHash: "previous_hash",
  hash: "hash",
};
const ROW = "(sequence, at, kind, data, previous_hash, hash)";

const folder = sharedFolder();
const path = `${folder.path}/tmt.db`;
let store: LocalStore;
/** What somebody with the file and some patience has. */
let bare: Database.Database;

beforeAll(async () => {
  store = openStore(path, { chain: auditChain });
  await store.journal.record(
    Array.from({ length: ENTRIES }, (_, n) =>
      anAudit(
        n % 2 === 0 ? "order.sent" : "order.filled",
        { clientOrderId: `tmt-${n}`, note: "größer" },
        n,
      ),
    ),
  );
  store.audit.anchor();
  bare = new Database(path);
  bare.exec(`DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened;
    DROP TRIGGER audit_grows_at_its_end; DROP INDEX audit_by_signal; DROP INDEX audit_by_order;
    DROP INDEX audit_by_client_order; ALTER TABLE audit DROP COLUMN signal_id;
    ALTER TABLE audit DROP COLUMN client_order_id; ALTER TABLE audit DROP COLUMN order_id;
    CREATE TEMP TABLE kept AS SELECT * FROM audit`);
}, 120_000);

afterAll(() => {
  bare.close();
  store.close();
  folder.remove();
});

/** What the log's verification says while it is changed by `sql`; the change is taken back, from `first` to `last`. */
async function findingOf(sql: string, change: Change): Promise<Failure> {
  const { first, last = ENTRIES, values } = change;
  bare.prepare(sql).run(...values);
  try {
    return await rejectionOf(store.audit.verify([store.audit.anchored()]));
  } finally {
    bare.exec(`INSERT OR REPLACE INTO audit ${ROW} SELECT * FROM temp.kept
      WHERE rowid BETWEEN ${first} AND ${last}; DELETE FROM audit WHERE sequence > ${ENTRIES}`);
  }
}

type Change = {
  readonly first: number;
  readonly last?: number;
  readonly values: readonly unknown[];
};

const anEntry = fc.integer({ min: 1, max: ENTRIES });
const beforeLast = fc.integer({ min: 1, max: ENTRIES - 1 });
const options = { numRuns: RUNS, verbose: 1 } as const;

describe("P8 an audit log of 10,000 entries", () => {
  it("is whole when nobody touched it", async () => {
    const summary = await store.audit.verify([store.audit.anchored()]);
    expect(summary).toMatchObject({ entries: ENTRIES, anchored: ENTRIES });
  });

  it("DB-07 for all bytes of all columns flipped, in the database: the entry is named", async () => {
    const flip = fc.record({
      entry: anEntry,
      field: fc.constantFrom(...FIELDS),
      offset: fc.nat(),
      bit: fc.constantFrom(...BITS),
    });
    await fc.assert(
      fc.asyncProperty(flip, async ({ entry, field, offset, bit }) => {
        const column = COLUMNS[field];
        const text = bare
          .prepare(`SELECT ${column} FROM audit WHERE sequence = ?`)
          .pluck()
          .get(entry);
        const bytes = Buffer.from(String(text));
        flipBit(bytes, offset % bytes.length, bit);
        const sql = `UPDATE audit SET ${column} = CAST(? AS TEXT) WHERE sequence = ?`;
        expect(
          await findingOf(sql, { first: entry, last: entry, values: [bytes, entry] }),
        ).toMatchObject(named(entry));
      }),
      options,
    );
  }, 1_800_000);

  it("DB-07 for all rows deleted: the gap is named", async () => {
    await fc.assert(
      fc.asyncProperty(anEntry, async (entry) => {
        const failure = await findingOf("DELETE FROM audit WHERE sequence = ?", {
          first: entry,
          last: entry,
          values: [entry],
        });
        expect(failure).toMatchObject(named(entry === ENTRIES ? entry : entry + 1));
      }),
      options,
    );
  }, 1_800_000);

  it("DB-07 for all rows deleted with those after them moved up: the place is named", async () => {
    await fc.assert(
      fc.asyncProperty(beforeLast, async (entry) => {
        const sql = `UPDATE audit SET (at, kind, data, previous_hash, hash) =
          (SELECT at, kind, data, previous_hash, hash FROM kept WHERE kept.rowid = audit.sequence + 1)
          WHERE sequence >= ? AND sequence < ${ENTRIES}`;
        const failure = await findingOf(sql, { first: entry, values: [entry] });
        expect(failure).toMatchObject(named(entry));
      }),
      { ...options, numRuns: LARGE_RUNS },
    );
  }, 1_800_000);

  it("DB-07 for all pairs of rows swapped: the first is named", async () => {
    const pair = fc.tuple(anEntry, anEntry).filter(([left, right]) => left < right);
    await fc.assert(
      fc.asyncProperty(pair, async ([left, right]) => {
        const sql = `UPDATE audit SET (at, kind, data, previous_hash, hash) =
          (SELECT at, kind, data, previous_hash, hash FROM kept
           WHERE kept.rowid = CASE audit.sequence WHEN ? THEN ? ELSE ? END)
          WHERE sequence IN (?, ?)`;
        const failure = await findingOf(sql, {
          first: left,
          last: right,
          values: [left, right, left, left, right],
        });
        expect(failure).toMatchObject(named(left));
      }),
      { ...options, numRuns: LARGE_RUNS },
    );
  }, 1_800_000);

  it("DB-07 for all rows put in: the place is named", async () => {
    await fc.assert(
      fc.asyncProperty(anEntry, async (entry) => {
        const sql = `INSERT OR REPLACE INTO audit ${ROW}
          SELECT sequence + 1, at, kind, data, previous_hash, hash FROM kept WHERE sequence >= ?`;
        expect(await findingOf(sql, { first: entry, values: [entry] })).toMatchObject(
          named(entry + 1),
        );
      }),
      { ...options, numRuns: LARGE_RUNS },
    );
  }, 1_800_000);

  it("DB-07 for all tails cut: the first missing entry is named", async () => {
    await fc.assert(
      fc.asyncProperty(anEntry, async (entry) => {
        const failure = await findingOf("DELETE FROM audit WHERE sequence >= ?", {
          first: entry,
          values: [entry],
        });
        expect(failure).toMatchObject(named(entry));
      }),
      { ...options, numRuns: LARGE_RUNS },
    );
  }, 1_800_000);

  it(`DB-07 every bit of every ${STRIDE}. byte of every column is missed by nobody`, () => {
    let position = 0;
    let previous: ChainedEntry | null = null;
    for (const entry of rows()) {
      for (const field of FIELDS) {
        const bytes = Buffer.from(entry[field]);
        const first = (STRIDE - (position % STRIDE)) % STRIDE;
        for (let index = first; index < bytes.length; index += STRIDE) {
          requireFound(entry, previous, { field, bytes, index });
        }
        position += bytes.length;
      }
      previous = entry;
    }
    expect(position).toBeGreaterThan(ENTRIES * 200);
  }, 1_800_000);
});

type Place = {
  readonly field: (typeof FIELDS)[number];
  readonly bytes: Buffer;
  readonly index: number;
};

function requireFound(
  entry: ChainedEntry,
  previous: ChainedEntry | null,
  { field, bytes, index }: Place,
): void {
  for (const bit of BITS) {
    flipBit(bytes, index, bit);
    const fault = auditChain.fault({ ...entry, [field]: bytes.toString() }, previous);
    flipBit(bytes, index, bit);
    if (fault === null) throw new Error(`missed: entry ${entry.sequence}, ${field}, ${index}`);
  }
}

function rows(): readonly ChainedEntry[] {
  return bare
    .prepare<[], ChainedEntry>(
      `SELECT sequence, at, kind, data, previous_hash AS previousHash, hash FROM audit
       ORDER BY sequence`,
    )
    .all();
}

function flipBit(bytes: Buffer, index: number, bit: number): void {
  bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
}

function named(sequence: number) {
  return { code: "AUDIT_BROKEN", details: { sequence } };
}
