import { INITIAL } from "./migrations/0001-initial.ts";
import { SHARED_GUARDS } from "./migrations/0002-shared-guards.ts";
import { MONOTONIC_INTENTS } from "./migrations/0003-monotonic-intents.ts";
import { STREAM_PLACES } from "./migrations/0007-stream-places.ts";

/** A step from one schema version to the next. Once released it is never changed. */
export type Migration = { readonly version: number; readonly sql: string };

/** All of them, in order. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, sql: INITIAL },
  { version: 2, sql: SHARED_GUARDS },
  { version: 3, sql: MONOTONIC_INTENTS },
  { version: 7, sql: STREAM_PLACES },
];
