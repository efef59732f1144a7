import { HISTORY } from "./migrations/0001-history.ts";

/** TimescaleDB, where the database has it. */
export type Timescale = {
  /** The schema that its functions are in. */
  readonly schema: string;
  /** Whether its licence lets old lines be compressed. */
  readonly mayCompress: boolean;
};

/** A step from one schema version to the next. Once released it is never changed. */
export type Migration = {
  readonly version: number;
  readonly statements: (timescale: Timescale | null) => readonly string[];
};

/** All of them, in order. */
export const MIGRATIONS: readonly Migration[] = [{ version: 1, statements: HISTORY }];
