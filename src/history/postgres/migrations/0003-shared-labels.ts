/** Who asked for an order, as the computer that sent it says: what a broker doesn't carry. */
export const SHARED_LABELS: readonly string[] = [
  `CREATE TABLE tmt_broker.order_labels (
    account_key integer NOT NULL,
    client_order_id text COLLATE "C" NOT NULL,
    signal_id text,
    agent text,
    PRIMARY KEY (account_key, client_order_id)
  )`,
];
