import { HISTORY } from "./migrations/0001-history.ts";
import { ORDERS } from "./migrations/0002-orders.ts";
import { SHARED_BY_ALL } from "./migrations/0003-shared-by-all.ts";
import type { Timescale } from "./timescale.ts";

/** A step from one schema version to the next. Once released it is never changed. */
export type Migration = {
  readonly version: number;
  readonly statements: (timescale: Timescale | null) => readonly string[];
};

/** All of them, in order. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, statements: HISTORY },
  { version: 2, statements: () => ORDERS },
  { version: 3, statements: () => SHARED_BY_ALL },
];
