import { Failure } from "../../core/failures.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import type { ServerContext } from "./postgres-failure.ts";
import type { Session } from "./session.ts";
import { timescaleOf } from "./timescale.ts";

/** How the lines are divided by time. */
export type ServerKind = "hypertable" | "partitions";

/**
 * Gives the database the tables that it lacks, in one transaction: a process killed half way has changed nothing, and of
 * several at once one does it while the others wait. They are in a schema of their own.
 * @throws Failure STORAGE_CORRUPT when they are newer than this program.
 */
export async function bringUpToDate(
  session: Session,
  context: ServerContext,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<ServerKind> {
  const newest = migrations.at(-1)?.version ?? 0;
  const version = await versionOf(session);
  if (version > newest) throw newerFailure(version, newest, context);
  if (version < newest) {
    await session.query("BEGIN");
    try {
      await migrate(session, context, migrations);
      await session.query("COMMIT");
    } catch (error) {
      await session.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }
  return kindOf(session);
}

async function migrate(
  session: Session,
  context: ServerContext,
  migrations: readonly Migration[],
): Promise<void> {
  await session.query("SELECT pg_advisory_xact_lock(hashtextextended('tmt_broker.schema', 0))");
  const version = await versionOf(session);
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) throw newerFailure(version, newest, context);
  if (version === 0) await makeSchema(session);
  const timescale = await timescaleOf(session);
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    for (const statement of migration.statements(timescale)) await session.query(statement);
    await session.query("INSERT INTO tmt_broker.schema_versions (version) VALUES ($1)", [
      migration.version,
    ]);
  }
}

/** An administrator may have made the schema for a user who may not. */
async function makeSchema(session: Session): Promise<void> {
  const { rows } = await session.query("SELECT 1 FROM pg_namespace WHERE nspname = 'tmt_broker'");
  if (rows.length === 0) await session.query("CREATE SCHEMA tmt_broker");
  await session.query(
    `CREATE TABLE tmt_broker.schema_versions (
      version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
}

/** The number of the last migration that a database has; 0 is one without our tables. */
async function versionOf(session: Session): Promise<number> {
  const { rows: found } = await session.query(
    "SELECT 1 FROM pg_tables WHERE schemaname = 'tmt_broker' AND tablename = 'schema_versions'",
  );
  if (found.length === 0) return 0;
  const { rows } = await session.query<{ readonly version: number }>(
    "SELECT coalesce(max(version), 0)::integer AS version FROM tmt_broker.schema_versions",
  );
  return rows[0]?.version ?? 0;
}

async function kindOf(session: Session): Promise<ServerKind> {
  const { rows } = await session.query<{ readonly isPartitioned: boolean }>(
    `SELECT relkind = 'p' AS "isPartitioned" FROM pg_class WHERE oid = 'tmt_broker.transactions'::regclass`,
  );
  return rows[0]?.isPartitioned ? "partitions" : "hypertable";
}

function newerFailure(
  version: number,
  newest: number,
  { server, meaning }: ServerContext,
): Failure {
  return new Failure(
    "STORAGE_CORRUPT",
    `The history in ${server} was written by a newer version of tmt-broker ` +
      `(schema ${version}; this one knows up to ${newest}), and was left as it is. ${meaning}`,
    { hint: "Upgrade tmt-broker, then run the command again.", details: { server } },
  );
}
