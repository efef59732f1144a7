import type { Session } from "./session.ts";

/** TimescaleDB, where the database has it. */
export type Timescale = {
  /** The schema that its functions are in. */
  readonly schema: string;
  /** Whether its licence lets old lines be compressed. */
  readonly mayCompress: boolean;
};

export async function timescaleOf(session: Session): Promise<Timescale | null> {
  const { rows } = await session.query<Timescale>(
    `SELECT n.nspname AS schema, current_setting('timescaledb.license', true) = 'timescale' AS "mayCompress"
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb'`,
  );
  return rows[0] ?? null;
}
