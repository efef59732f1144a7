/**
 * The orders of every account that several computers may trade on: what they may not do twice, and what none of them knows
 * the fate of. Each signal has one; an order that never left is deleted.
 */
export const ORDERS: readonly string[] = [
  `CREATE TABLE tmt_broker.orders (
    account text COLLATE "C" NOT NULL,
    client_order_id text COLLATE "C" NOT NULL,
    mark text NOT NULL,
    signal_id text COLLATE "C",
    content text,
    connection text NOT NULL,
    instrument text COLLATE "C" NOT NULL,
    request text NOT NULL,
    since_transaction_id text NOT NULL,
    report text NOT NULL,
    host text NOT NULL,
    owner text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('sending', 'unknown', 'settled')),
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account, client_order_id)
  )`,
  `CREATE UNIQUE INDEX orders_by_signal ON tmt_broker.orders (account, signal_id)
    WHERE signal_id IS NOT NULL`,
  `CREATE INDEX orders_without_outcome ON tmt_broker.orders (account, instrument)
    WHERE state <> 'settled'`,
];
