/**
 * What accounts were worth when they were read; which import a line came with, so that one that is under way isn't seen;
 * where a history was cut because the law's years were over; and which computer the database is used on.
 */
export const RETENTION = `
CREATE TABLE balance_snapshots (
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  time TEXT NOT NULL,
  balance TEXT NOT NULL,
  equity TEXT NOT NULL,
  currency TEXT NOT NULL,
  through TEXT NOT NULL,
  PRIMARY KEY (connection, account, time)
) STRICT, WITHOUT ROWID;

-- An import that isn't here is done. What has a rowid below first_row was there before it.
CREATE TABLE open_imports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  first_row INTEGER NOT NULL
) STRICT;
ALTER TABLE transactions ADD COLUMN import_id INTEGER;

ALTER TABLE history_accounts ADD COLUMN pruned_before TEXT;

-- One row at most: where the database was used last.
CREATE TABLE machine (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  since TEXT NOT NULL
) STRICT;
`;
