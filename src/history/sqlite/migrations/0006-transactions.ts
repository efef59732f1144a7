/**
 * The trading history. Amounts are decimal text, and every id is the broker's own. An account's log is known whole from
 * `begins_at` (null: its beginning) through `synced_through`; both move in the transaction that keeps the lines.
 */
export const TRANSACTIONS = `
CREATE TABLE history_accounts (
  key INTEGER PRIMARY KEY,
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  currency TEXT,
  begins_at TEXT,
  synced_through TEXT,
  synced_at TEXT,
  sync_owner TEXT,
  UNIQUE (connection, account),
  CHECK ((synced_through IS NULL) = (synced_at IS NULL))
) STRICT;

CREATE TABLE transactions (
  account_key INTEGER NOT NULL REFERENCES history_accounts (key),
  id TEXT NOT NULL,
  time TEXT NOT NULL,
  type TEXT NOT NULL,
  broker_type TEXT,
  instrument TEXT,
  side TEXT,
  units TEXT,
  price TEXT,
  realized_pl TEXT NOT NULL,
  commission TEXT NOT NULL,
  financing TEXT NOT NULL,
  amount TEXT NOT NULL,
  balance TEXT,
  currency TEXT,
  order_id TEXT,
  trade_id TEXT,
  client_order_id TEXT,
  signal_id TEXT,
  agent TEXT,
  trades TEXT
) STRICT;
CREATE UNIQUE INDEX transactions_by_id ON transactions (account_key, id);
CREATE INDEX transactions_by_time ON transactions (time);
`;
