import { INITIAL } from "./migrations/0001-initial.ts";
import { SHARED_GUARDS } from "./migrations/0002-shared-guards.ts";
import { MONOTONIC_INTENTS } from "./migrations/0003-monotonic-intents.ts";
import { WIRE_GATE } from "./migrations/0004-wire-gate.ts";
import { SIGNALS } from "./migrations/0005-signals.ts";
import { TRANSACTIONS } from "./migrations/0006-transactions.ts";
import { STREAM_PLACES } from "./migrations/0007-stream-places.ts";
import { RETENTION } from "./migrations/0008-retention.ts";
import { NOTICE_MARKS } from "./migrations/0009-notice-marks.ts";
import { NAKED_TRADES } from "./migrations/0010-naked-trades.ts";

/** A step from one schema version to the next. Once released it is never changed. */
export type Migration = { readonly version: number; readonly sql: string };

/** All of them, in order. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, sql: INITIAL },
  { version: 2, sql: SHARED_GUARDS },
  { version: 3, sql: MONOTONIC_INTENTS },
  { version: 4, sql: WIRE_GATE },
  { version: 5, sql: SIGNALS },
  { version: 6, sql: TRANSACTIONS },
  { version: 7, sql: STREAM_PLACES },
  { version: 8, sql: RETENTION },
  { version: 9, sql: NOTICE_MARKS },
  { version: 10, sql: NAKED_TRADES },
];
