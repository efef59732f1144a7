import type { Timescale } from "../timescale.ts";

/**
 * The trading history. Amounts are decimal text, times RFC 3339 text with nine decimals: both come back byte for byte, and
 * times sort as text. `day` is the time's date: it says where a line lies, in a month's partition or TimescaleDB's chunk.
 * Such tables can't have a key without `day`, so `transaction_ids` keeps each id of an account once.
 */
export const HISTORY = (timescale: Timescale | null): readonly string[] => [
  `CREATE TABLE tmt_broker.history_accounts (
    key integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    connection text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    currency text,
    begins_at text,
    synced_through text,
    synced_at text,
    sync_owner text,
    UNIQUE (connection, account),
    CHECK ((synced_through IS NULL) = (synced_at IS NULL))
  )`,
  `CREATE TABLE tmt_broker.transaction_ids (
    account_key integer NOT NULL,
    id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    time text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_key, id)
  )`,
  `CREATE TABLE tmt_broker.transactions (
    account_key integer NOT NULL,
    id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    time text COLLATE "C" NOT NULL,
    type text NOT NULL,
    broker_type text,
    instrument text,
    side text,
    units text,
    price text,
    realized_pl text NOT NULL,
    commission text NOT NULL,
    financing text NOT NULL,
    amount text NOT NULL,
    balance text,
    currency text COLLATE "C",
    order_id text,
    trade_id text,
    client_order_id text,
    signal_id text,
    agent text,
    trades text
  ) ${timescale ? "" : "PARTITION BY RANGE (day)"}`,
  `CREATE INDEX transactions_by_time ON tmt_broker.transactions (day, time)`,
  ...(timescale ? hypertable(timescale) : []),
];

function hypertable({ schema, mayCompress }: Timescale): readonly string[] {
  const table = "'tmt_broker.transactions'";
  const make = `SELECT "${schema}".create_hypertable(${table}, "${schema}".by_range('day', INTERVAL '1 month'),
    create_default_indexes => false)`;
  const compress = [
    `ALTER TABLE tmt_broker.transactions SET (timescaledb.compress,
      timescaledb.compress_segmentby = 'account_key', timescaledb.compress_orderby = 'day, time')`,
    `SELECT "${schema}".add_compression_policy(${table}, INTERVAL '3 months')`,
  ];
  return mayCompress ? [make, ...compress] : [make];
}
