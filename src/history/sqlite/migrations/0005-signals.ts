/**
 * The one order of each signal. `client_order_id` names its newest intent: an earlier one of the same signal provably
 * never left. Of orders that were made before this table, the first of a signal counts, and its content isn't known.
 */
export const SIGNALS = `
CREATE TABLE signals (
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  signal_id TEXT NOT NULL,
  client_order_id TEXT NOT NULL,
  content TEXT,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (connection, account, signal_id)
) STRICT, WITHOUT ROWID;

INSERT INTO signals
SELECT connection, account, request ->> '$.origin.signalId', client_order_id, NULL, 1
FROM intents
WHERE CASE WHEN json_valid(request) THEN
  request ->> '$.origin.signalId' IS NOT NULL AND request ->> '$.kind' IN ('market', 'entry') END
ORDER BY id
ON CONFLICT DO NOTHING;

-- The orders of a minute are counted for each order: without a look into any of them. What can't be read counts.
DROP INDEX intents_by_time;
CREATE INDEX intents_counted ON intents (connection, created_monotonic_ms)
WHERE CASE WHEN json_valid(request) THEN request ->> '$.kind' NOT IN ('cancel', 'exits') ELSE 1 END;
`;
