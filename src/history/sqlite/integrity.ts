import type { LocalDatabase } from "./database.ts";
import { corruptFailure, RESTORE } from "./storage-failure.ts";

/** More findings than this say nothing new. */
const MOST_FINDINGS = 5;
const SOUND = "ok";

/**
 * Compares every table with its indexes, page by page: an index that lacks a row hides an order from every look that uses
 * it. Reads the whole file, so it isn't for the road of an order.
 * @throws Failure STORAGE_CORRUPT naming what doesn't fit.
 */
export function checkIntegrity(database: LocalDatabase): void {
  const meaning = "Don't trade with it.";
  const findings = database.read(meaning, () =>
    database.connection
      .prepare<[], string>(`PRAGMA integrity_check(${MOST_FINDINGS})`)
      .pluck()
      .all(),
  );
  if (findings.every((finding) => finding === SOUND)) return;
  const { path } = database;
  throw corruptFailure(
    { path, meaning },
    `The database ${path} doesn't fit together: ${findings.join("; ")}.`,
    `Where only indexes are named, \`sqlite3 ${path} REINDEX\` makes them anew. Otherwise: ${RESTORE}`,
  );
}
