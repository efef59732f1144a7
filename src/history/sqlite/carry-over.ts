import type Database from "better-sqlite3";
import type { CarriedOver } from "../../ports/restore.ts";

export const NOTHING_CARRIED: CarriedOver = { orders: 0, signals: 0, halts: 0, dayStarts: 0 };

const INTENT = `connection, account, client_order_id, instrument, request, since_transaction_id,
  expected_price, created_at, owner, state, result, settled_at, created_monotonic_ms, weakens_stop`;
const NAKED = "connection, account, client_order_id, trade_id, broker_code, policy";

/**
 * Takes over, into the database at `restored`, what the present one knows beyond it and forgetting which could cost money: an
 * order that was sent and would be sent again, a trade without its stop, a signal that has made its order, a kill switch, the day's first equity.
 * What both know is as the newer one says.
 */
export function carryOver(present: Database.Database, restored: string): CarriedOver {
  present.prepare("ATTACH ? AS restored").run(restored);
  try {
    return present.transaction(() => {
      const changed = (sql: string) => present.prepare(sql).run().changes;
      const orders = changed(
        `INSERT INTO restored.intents (${INTENT}) SELECT ${INTENT} FROM main.intents WHERE true
         ORDER BY id ON CONFLICT (connection, account, client_order_id) DO NOTHING`,
      );
      // What the backup held as open may have its outcome by now.
      changed(
        `UPDATE restored.intents AS old SET state = new.state, result = new.result, settled_at = new.settled_at
         FROM main.intents AS new WHERE old.state <> 'settled' AND new.state = 'settled'
           AND (new.connection, new.account, new.client_order_id)
             = (old.connection, old.account, old.client_order_id)`,
      );
      // What was to become of a trade without its stop may have become of it; no process has it in hand now.
      changed(
        `DELETE FROM restored.naked_trades WHERE (connection, account, client_order_id)
           IN (SELECT connection, account, client_order_id FROM main.intents)`,
      );
      changed(
        `INSERT INTO restored.naked_trades (${NAKED}) SELECT ${NAKED} FROM main.naked_trades WHERE true
         ORDER BY rowid ON CONFLICT DO NOTHING`,
      );
      changed("INSERT OR IGNORE INTO restored.wire_gate SELECT * FROM main.wire_gate");
      const signals = changed(
        `INSERT INTO restored.signals SELECT * FROM main.signals WHERE true
         ON CONFLICT (connection, account, signal_id) DO UPDATE SET
           client_order_id = excluded.client_order_id, content = excluded.content, attempts = excluded.attempts
         WHERE excluded.attempts > attempts`,
      );
      const halts = changed("INSERT OR IGNORE INTO restored.halts SELECT * FROM main.halts");
      const dayStarts = changed(
        "INSERT OR IGNORE INTO restored.day_starts SELECT * FROM main.day_starts",
      );
      return { orders, signals, halts, dayStarts };
    })();
  } finally {
    present.exec("DETACH restored");
  }
}
