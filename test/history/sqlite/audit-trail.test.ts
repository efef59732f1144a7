import { readFileSync, writeFileSync } from "node:fs";
import type Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import { openStore } from "../../../src/history/sqlite/store.ts";
import type { AuditRecord } from "../../../src/ports/journal.ts";
import { anAudit, anIntent, at } from "./records.ts";
import { aStore, bareConnection, rejectionOf, temporaryPath } from "./support.ts";

const ENTRIES = 200;
const COLUMNS = "(sequence, at, kind, data, previous_hash, hash)";

/** A closed file with 200 entries. */
async function aLog(): Promise<string> {
  const path = temporaryPath();
  const store = openStore(path, { chain: auditChain });
  const records = Array.from({ length: ENTRIES }, (_, n) =>
    anAudit("order.sent", { clientOrderId: `tmt-${n}`, price: `1.08${n}`, comment: "größer" }, n),
  );
  await store.journal.record(records);
  store.close();
  // Pages that were split keep old copies of entries; after this only the tree's first page does.
  bareConnection(path).exec("VACUUM").close();
  return path;
}

/** Where the data of an entry of `aLog` stands in its file. */
function placeOf(entry: number, file: Buffer): { readonly start: number; readonly length: number } {
  const data = { clientOrderId: `tmt-${entry}`, price: `1.08${entry}`, comment: "größer" };
  const bytes = Buffer.from(auditChain.canonical(data));
  return { start: file.lastIndexOf(bytes), length: bytes.length };
}

describe("reading the audit log", () => {
  it("gives entries oldest first, with their data, over any number of pages", async () => {
    const { journal, audit } = aStore();
    await journal.record(Array.from({ length: 2_500 }, (_, n) => anAudit("note", { n }, n)));
    const entries = [...audit.entries({})];
    expect(entries.map(({ data }) => data.n)).toEqual(Array.from({ length: 2_500 }, (_, n) => n));
    expect(await audit.verify([])).toEqual({
      entries: 2_500,
      firstAt: at(0),
      lastAt: at(2_499),
      head: entries.at(-1)?.hash,
      anchored: null,
    });
  });

  it("is empty at first", async () => {
    const { audit } = aStore();
    expect([...audit.entries({})]).toEqual([]);
    expect(await audit.verify([])).toEqual({
      entries: 0,
      firstAt: null,
      lastAt: null,
      head: null,
      anchored: null,
    });
  });

  it("keeps its order over several processes that write at once", async () => {
    const first = aStore();
    const second = aStore(first.path);
    for (let n = 0; n < 5; n += 1) {
      await first.journal.record([anAudit("note", { n })]);
      await second.journal.open(anIntent(`tmt-${n}`), [anAudit("note", { n })]);
    }
    expect((await first.audit.verify([])).entries).toBe(10);
  });

  it("goes on while entries are added", async () => {
    const { journal, audit } = aStore();
    await journal.record([anAudit("note", { n: 1 }), anAudit("note", { n: 2 })]);
    const entries = audit.entries({});
    expect(entries.next().value).toMatchObject({ sequence: 1 });
    await journal.record([anAudit("note", { n: 3 })]);
    expect(entries.next().value).toMatchObject({ sequence: 2 });
  });

  it.each([
    [{}, [1, 2, 3, 4, 5]],
    [{ from: at(20) }, [3, 4, 5]],
    [{ signalId: "s-1" }, [1, 2, 4]],
    [{ orderId: "tmt-1" }, [1, 2]],
    [{ orderId: "6411" }, [2]],
    [{ orderId: "6412" }, [4]],
    [{ orderId: "none" }, []],
    [{ signalId: "s-1", from: at(10) }, [2, 4]],
    [{ limit: 2 }, [4, 5]],
    [{ limit: 0 }, []],
    [{ signalId: "s-1", limit: 2 }, [2, 4]],
  ])("finds what is asked: %j", async (filter, expected) => {
    const { journal, audit } = aStore();
    await journal.record([
      anAudit("order.sent", { signalId: "s-1", clientOrderId: "tmt-1" }, 0),
      anAudit("order.filled", { signalId: "s-1", clientOrderId: "tmt-1", orderId: "6411" }, 10),
      anAudit("order.sent", { signalId: null, clientOrderId: "tmt-2" }, 20),
      anAudit("order.settled", { signalId: "s-1", clientOrderId: "tmt-2", orderId: 6412 }, 30),
      anAudit("halt", { reason: "tmt-1" }, 40),
    ]);
    expect([...audit.entries(filter)].map(({ sequence }) => sequence)).toEqual(expected);
  });

  it("looks ids up in an index", () => {
    const plan = bareConnection(aStore().path)
      .prepare(
        `EXPLAIN QUERY PLAN SELECT * FROM audit
         WHERE sequence > 0 AND (client_order_id = ? OR order_id = ?)`,
      )
      .all("a", "b");
    expect(JSON.stringify(plan)).toContain("audit_by_order");
  });

  it.each([
    "UPDATE audit SET kind = 'other'",
    "DELETE FROM audit WHERE sequence = 1",
    `INSERT OR REPLACE INTO audit ${COLUMNS} VALUES (1, '', '', '{}', '', '')`,
    `INSERT INTO audit ${COLUMNS} VALUES (9, '', '', '{}', '', '')`,
  ])("DB-07 the database itself refuses to change it: %s", async (sql) => {
    const { journal, audit, path } = aStore();
    await journal.record([anAudit("note"), anAudit("note")]);
    expect(() => bareConnection(path).exec(sql)).toThrow(/audit entries/);
    expect((await audit.verify([])).entries).toBe(2);
  });
});

describe("an audit log that was tampered with", () => {
  it("DB-07 for all single bytes of data flipped in the file: the entry is named", async () => {
    const path = await aLog();
    const original = readFileSync(path);
    const copy = `${path}.copy`;
    const position = fc.record({
      entry: fc.nat({ max: ENTRIES - 1 }),
      offset: fc.nat(),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(position, async ({ entry, offset, mask }) => {
        const { start, length } = placeOf(entry, original);
        const index = start + (offset % length);
        const bytes = Buffer.from(original);
        bytes.writeUInt8(bytes.readUInt8(index) ^ mask, index);
        writeFileSync(copy, bytes);
        const store = openStore(copy, { chain: auditChain });
        try {
          const failure = await rejectionOf(store.audit.verify([]));
          expect(failure).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence: entry + 1 } });
        } finally {
          store.close();
        }
      }),
    );
  });

  it.each<[string, string, Finding]>([
    [
      "an entry taken out",
      "DELETE FROM audit WHERE sequence = 50",
      [51, "where entry 50 should be"],
    ],
    [
      "the first entry taken out",
      "DELETE FROM audit WHERE sequence = 1",
      [2, "where entry 1 should be"],
    ],
    [
      "two entries swapped",
      `UPDATE audit SET sequence = -1 WHERE sequence = 7;
       UPDATE audit SET sequence = 7 WHERE sequence = 8;
       UPDATE audit SET sequence = 8 WHERE sequence = -1`,
      [7, "doesn't continue entry 6"],
    ],
    [
      "an entry put in",
      `UPDATE audit SET sequence = -sequence WHERE sequence > 9;
       UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0;
       INSERT INTO audit ${COLUMNS}
       SELECT 10, at, kind, data, hash, hash FROM audit WHERE sequence = 9`,
      [10, "its content doesn't fit its hash"],
    ],
    [
      "an entry put in before all others",
      `INSERT INTO audit ${COLUMNS} VALUES (0, '', '', '{}', '', '')`,
      [0, "where entry 1 should be"],
    ],
    [
      "another time",
      "UPDATE audit SET at = '2020' WHERE sequence = 3",
      [3, "its content doesn't fit"],
    ],
    [
      "another kind",
      "UPDATE audit SET kind = 'x' WHERE sequence = 3",
      [3, "its content doesn't fit"],
    ],
    [
      "another hash",
      "UPDATE audit SET hash = 'x' WHERE sequence = 3",
      [3, "its content doesn't fit"],
    ],
    [
      "another link",
      "UPDATE audit SET previous_hash = 'x' WHERE sequence = 3",
      [3, "doesn't continue entry 2"],
    ],
    [
      "one digit of a price",
      "UPDATE audit SET data = replace(data, '1.083', '1.084') WHERE sequence = 4",
      [4, "its content doesn't fit"],
    ],
  ])("DB-07 %s is found and named", async (_what, sql, [sequence, words]) => {
    const path = await aLog();
    tampered(path).exec(sql);
    const failure = await rejectionOf(aStore(path).audit.verify([]));
    expect(failure).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence } });
    expect(failure.message).toContain(`broken at entry ${sequence}: `);
    expect(failure.message).toContain(words);
    expect(failure.hint).toContain("backup");
  });

  it("DB-07 an entry that was made anew, with a hash that fits, is found by the one after it", async () => {
    const path = await aLog();
    const [before, entry] = [...aStore(path).audit.entries({})].slice(48, 50);
    if (!before || !entry) throw new Error("the log has 200 entries");
    const data = auditChain.canonical({ ...entry.data, price: "9.99" });
    const forged = auditChain.link({ ...entry, data }, before);
    tampered(path)
      .prepare("UPDATE audit SET data = ?, hash = ? WHERE sequence = 50")
      .run(forged.data, forged.hash);
    const failure = await rejectionOf(aStore(path).audit.verify([]));
    expect(failure).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence: 51 } });
  });

  it.each<[string, AuditRecord["data"], string]>([
    [
      "hash to the next one's",
      {},
      `UPDATE audit SET hash = substr(hash, 1, 60) WHERE sequence = 1;
       UPDATE audit SET hash = (SELECT substr(previous_hash, 61) FROM audit WHERE sequence = 2) || hash
       WHERE sequence = 2`,
    ],
    [
      "data to its time",
      { a: "x", data: 5 },
      `UPDATE audit SET at = at || '","data":{"a":"x', data = '5}' WHERE sequence = 1`,
    ],
    [
      "data to its kind",
      { a: 1, kind: "b" },
      `UPDATE audit SET data = '{"a":1', kind = 'b"},"kind":"' || kind WHERE sequence = 1`,
    ],
  ])("DB-07 text that was moved from an entry's %s is found", async (_what, data, sql) => {
    const path = temporaryPath();
    const store = openStore(path, { chain: auditChain });
    await store.journal.record([anAudit("note", data), anAudit("note", {})]);
    store.close();
    const connection = tampered(path);
    for (const column of ["signal_id", "client_order_id", "order_id"]) {
      connection.exec(`ALTER TABLE audit DROP COLUMN ${column}`);
    }
    connection.exec(sql);
    const failure = await rejectionOf(aStore(path).audit.verify([]));
    expect(failure).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence: 1 } });
  });

  it("DB-07 an entry that can't be read is named when the log is listed", async () => {
    const path = await aLog();
    const bytes = readFileSync(path);
    bytes.write("(", placeOf(4, bytes).start);
    writeFileSync(path, bytes);
    expect(() => [...aStore(path).audit.entries({})]).toThrow(/entry 5: its data can't be read/);
    tampered(path).exec("UPDATE audit SET data = '[]' WHERE sequence = 3");
    expect(() => [...aStore(path).audit.entries({})]).toThrow(/entry 3: its data can't be read/);
  });
});

/** The entry that is named, and what is said about it. */
type Finding = readonly [sequence: number, words: string];

/** What somebody with the file and some patience can do. */
function tampered(path: string): Database.Database {
  const connection = bareConnection(path);
  connection.exec(`DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened;
    DROP TRIGGER audit_grows_at_its_end; DROP INDEX audit_by_signal; DROP INDEX audit_by_order;
    DROP INDEX audit_by_client_order`);
  return connection;
}
