import type Database from "better-sqlite3";
import { APPLICATION_ID, requireOurs } from "./identity.ts";
import type { Migration } from "./migrations.ts";
import type { StorageContext } from "./storage-failure.ts";

/**
 * Applies the migrations that the database lacks, in one transaction: a process killed half way has
 * changed nothing, and of several processes at once one does it while the others wait.
 */
export function migrate(
  connection: Database.Database,
  migrations: readonly Migration[],
  context: StorageContext,
): void {
  const newest = migrations.at(-1)?.version ?? 0;
  connection
    .transaction(() => {
      const version = requireOurs(connection, newest, context);
      for (const migration of migrations) {
        if (migration.version > version) connection.exec(migration.sql);
      }
      connection.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${newest}`);
    })
    .immediate();
}
