import type Database from "better-sqlite3";
import { corruptFailure, type StorageContext } from "./storage-failure.ts";

/** "TMTB": says in the file's header whose database it is. */
export const APPLICATION_ID = 0x544d5442;

/** The number of the last migration that a database has; 0 is an empty file. */
export type SchemaVersion = number;

/**
 * The schema version of a database of ours.
 * @throws Failure STORAGE_CORRUPT when it is another program's, or newer than `newest`.
 */
export function requireOurs(
  connection: Database.Database,
  newest: SchemaVersion,
  context: StorageContext,
): SchemaVersion {
  const { isOurs, isNew, version } = identityOf(connection);
  if (isNew) return 0;
  if (!isOurs) {
    throw corruptFailure(
      context,
      `The file ${context.path} is not ours: another program made it, and it was left as it is.`,
      "Choose another path for the database, or move that file away.",
    );
  }
  if (version <= newest) return version;
  throw corruptFailure(
    context,
    `The database ${context.path} was written by a newer version of tmt-broker ` +
      `(schema ${version}; this one knows up to ${newest}), and was left as it is.`,
    "Upgrade tmt-broker, then run the command again.",
  );
}

/** All of one moment: another process may just be making the file. */
function identityOf(connection: Database.Database) {
  const look = connection.transaction(() => {
    const applicationId = connection.pragma("application_id", { simple: true });
    const version = Number(connection.pragma("user_version", { simple: true }));
    const isOurs = applicationId === APPLICATION_ID;
    const isNew = applicationId === 0 && version === 0 && isEmpty(connection);
    return { isOurs, isNew, version };
  });
  return look();
}

function isEmpty(connection: Database.Database): boolean {
  return connection.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}
