/**
 * Who asked for an order, as the computer that sent it says: what a broker doesn't carry. And before when an account's lines
 * were taken away because nobody must keep them any more.
 */
export const SHARED_BY_ALL: readonly string[] = [
  `CREATE TABLE tmt_broker.order_labels (
    account_key integer NOT NULL,
    client_order_id text COLLATE "C" NOT NULL,
    signal_id text,
    agent text,
    PRIMARY KEY (account_key, client_order_id)
  )`,
  'ALTER TABLE tmt_broker.history_accounts ADD COLUMN pruned_before text COLLATE "C"',
];
