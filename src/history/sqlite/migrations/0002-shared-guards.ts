/** What processes share besides orders: breakers, the slots of requests, and the last answers of each account. */
export const SHARED_GUARDS = `
CREATE TABLE circuits (
  connection TEXT PRIMARY KEY,
  consecutive_failures INTEGER NOT NULL,
  opened_at TEXT,
  probe_owner TEXT,
  probe_started_at TEXT,
  CHECK ((probe_owner IS NULL) = (probe_started_at IS NULL))
) STRICT, WITHOUT ROWID;

-- Milliseconds of the computer's monotonic clock, as a JSON list, oldest first.
CREATE TABLE rate_slots (
  name TEXT PRIMARY KEY,
  slots TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE last_answers (
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('state', 'quotes')),
  asked_at TEXT NOT NULL,
  asked_monotonic_ms REAL NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (connection, account, kind)
) STRICT;
`;
