import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { anIntent, keyOf } from "./records.ts";
import { aStore, failureOf, temporaryPath } from "./support.ts";

/** Hides an index from SQLite while `work` changes its table, so that it doesn't follow. */
function behindTheBackOf(index: string, path: string, work: (other: Database.Database) => void) {
  const schema = (change: (other: Database.Database) => void) => {
    const other = new Database(path);
    other.unsafeMode(true);
    other.pragma("writable_schema = ON");
    change(other);
    other.close();
  };
  const row = new Database(path)
    .prepare("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema WHERE name = ?")
    .get(index);
  schema((other) => other.prepare("DELETE FROM sqlite_schema WHERE name = ?").run(index));
  const other = new Database(path);
  work(other);
  other.close();
  schema((again) =>
    again
      .prepare("INSERT INTO sqlite_schema VALUES (@type, @name, @tbl_name, @rootpage, @sql)")
      .run(row),
  );
}

/** A database with one order that has no outcome, which its index doesn't know. */
async function anUnsoundDatabase(): Promise<string> {
  const path = temporaryPath();
  const { journal, checkIntegrity } = aStore(path);
  await journal.open(anIntent("a"), []);
  await journal.settle(keyOf(anIntent("a")), {}, []);
  checkIntegrity();
  behindTheBackOf("intents_unsettled", path, (other) =>
    other.exec("UPDATE intents SET state = 'sending'"),
  );
  return path;
}

describe("DB-05 an index that doesn't fit its table", () => {
  it("hides an order, and is found", async () => {
    const { journal, checkIntegrity } = aStore(await anUnsoundDatabase());
    expect((await journal.find(keyOf(anIntent("a"))))?.state).toBe("sending");
    expect(await journal.unsettled("paper", "001")).toEqual([]);
    const failure = failureOf(checkIntegrity);
    expect(failure.code).toBe("STORAGE_CORRUPT");
    expect(failure.message).toContain("intents_unsettled");
    expect(failure.hint).toContain("REINDEX");
  });

  it("is mended as the hint says", async () => {
    const path = await anUnsoundDatabase();
    const other = new Database(path);
    other.exec("REINDEX");
    other.close();
    const { journal, checkIntegrity } = aStore(path);
    checkIntegrity();
    expect(await journal.unsettled("paper", "001")).toHaveLength(1);
  });
});
