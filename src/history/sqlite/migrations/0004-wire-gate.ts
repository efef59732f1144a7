/**
 * What left: one row for each intent that let a request out. `is_counted` is 0 for what no pace binds. An intent also says
 * whether it would let a trade lose more than its stops allow, which its request alone doesn't tell.
 */
export const WIRE_GATE = `
CREATE TABLE wire_gate (
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  client_order_id TEXT NOT NULL,
  left_monotonic_ms REAL NOT NULL,
  is_counted INTEGER NOT NULL CHECK (is_counted IN (0, 1)),
  PRIMARY KEY (connection, account, client_order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX wire_gate_by_time ON wire_gate (connection, left_monotonic_ms) WHERE is_counted = 1;
ALTER TABLE intents ADD COLUMN weakens_stop INTEGER NOT NULL DEFAULT 0;
`;
