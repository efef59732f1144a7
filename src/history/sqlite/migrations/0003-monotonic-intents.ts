/** When an intent was opened by the computer's monotonic clock, which no correction of the wall clock moves. */
export const MONOTONIC_INTENTS = `
ALTER TABLE intents ADD COLUMN created_monotonic_ms REAL NOT NULL DEFAULT 0;
DROP INDEX intents_by_time;
CREATE INDEX intents_by_time ON intents (connection, created_monotonic_ms);
`;
