/**
 * Trades that an order of ours opened without its stop, until `order.onStopRefused` is carried out. `policy` is that setting as
 * whoever took one up first had it; `claim_owner` is the process that has it in hand: what a dead one left is the next one's.
 */
export const NAKED_TRADES = `
CREATE TABLE naked_trades (
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  client_order_id TEXT NOT NULL,
  trade_id TEXT NOT NULL,
  broker_code TEXT NOT NULL,
  policy TEXT,
  claim_owner TEXT,
  PRIMARY KEY (connection, account, client_order_id)
) STRICT;
`;
