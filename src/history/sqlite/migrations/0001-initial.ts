/**
 * Ids and amounts are text: they stay exact whatever their size. The audit log takes entries only
 * at its end, and a REPLACE, which would delete without asking the delete trigger, is stopped by
 * the same rule.
 */
export const INITIAL = `
CREATE TABLE intents (
  id INTEGER PRIMARY KEY,
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  client_order_id TEXT NOT NULL,
  instrument TEXT NOT NULL,
  request TEXT NOT NULL,
  since_transaction_id TEXT NOT NULL,
  expected_price TEXT,
  created_at TEXT NOT NULL,
  owner TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('sending', 'unknown', 'settled')),
  result TEXT,
  settled_at TEXT,
  UNIQUE (connection, account, client_order_id)
) STRICT;
CREATE INDEX intents_by_time ON intents (connection, created_at);
CREATE INDEX intents_unsettled ON intents (connection, account) WHERE state <> 'settled';

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  signal_id TEXT AS (data ->> '$.signalId'),
  client_order_id TEXT AS (data ->> '$.clientOrderId'),
  order_id TEXT AS (data ->> '$.orderId')
) STRICT;
CREATE INDEX audit_by_signal ON audit (signal_id) WHERE signal_id IS NOT NULL;
CREATE INDEX audit_by_client_order ON audit (client_order_id) WHERE client_order_id IS NOT NULL;
CREATE INDEX audit_by_order ON audit (order_id) WHERE order_id IS NOT NULL;
CREATE TRIGGER audit_grows_at_its_end BEFORE INSERT ON audit
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'audit entries are added at the end only'); END;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;

-- The halt of all connections has the empty name.
CREATE TABLE halts (
  connection TEXT PRIMARY KEY,
  since TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE day_starts (
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  day_end TEXT NOT NULL,
  equity TEXT NOT NULL,
  PRIMARY KEY (connection, account, day_end)
) STRICT, WITHOUT ROWID;

CREATE TABLE instrument_cache (
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  read_at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (connection, account)
) STRICT;

CREATE TABLE venue_accounts (
  account TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE venue_log (
  account TEXT NOT NULL,
  id INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE venue_archive (
  account TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('order', 'trade')),
  id INTEGER NOT NULL,
  client_order_id TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (account, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX venue_archive_by_client_order ON venue_archive (account, client_order_id)
WHERE client_order_id IS NOT NULL;
`;
