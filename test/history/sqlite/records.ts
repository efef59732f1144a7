import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { MarketOrder } from "../../../src/core/order-request.ts";
import { addMs, type Instant, instantFromMs } from "../../../src/core/time.ts";
import { MIGRATIONS, type Migration } from "../../../src/history/sqlite/migrations.ts";
import type { AuditRecord, IntentKey, NewIntent } from "../../../src/ports/journal.ts";

const START = instantFromMs(Date.UTC(2026, 10, 2, 9));

/** The moment so many seconds after the tests' beginning. */
export function at(seconds: number): Instant {
  return addMs(START, seconds * 1000);
}

export function aRequest(change: Partial<MarketOrder> = {}): MarketOrder {
  return {
    kind: "market",
    clientOrderId: "tmt-1",
    account: "001",
    instrument: "EUR_USD",
    side: "buy",
    units: toUnits(decimal("10000")),
    stopLoss: { kind: "price", price: toPrice(decimal("1.07654")) },
    takeProfit: null,
    trailingStop: null,
    priceBound: null,
    reduceOnly: false,
    timeInForce: "FOK",
    origin: { signalId: null, agent: null, comment: null },
    ...change,
  };
}

export function anIntent(clientOrderId: string, change: Partial<NewIntent> = {}): NewIntent {
  const request = aRequest({ clientOrderId });
  return {
    clientOrderId,
    connection: "paper",
    account: request.account,
    instrument: request.instrument,
    request,
    sinceTransactionId: "6410",
    expectedPrice: "1.08514",
    createdAt: at(0),
    createdMonotonicMs: 0,
    owner: "desk:4711:1",
    report: { status: "unknown", clientOrderId },
    ...change,
  };
}

export function keyOf({ connection, account, clientOrderId }: IntentKey): IntentKey {
  return { connection, account, clientOrderId };
}

export function anAudit(kind: string, data: AuditRecord["data"] = {}, seconds = 0): AuditRecord {
  return { at: at(seconds), kind, data };
}

/** The step after the newest one: every halt is written anew, and so many rows are added. */
export function slowMigration(rows: number): Migration {
  const version = (MIGRATIONS.at(-1)?.version ?? 0) + 1;
  const sql = `UPDATE halts SET reason = 'migrated'; CREATE TABLE filler (n INTEGER PRIMARY KEY, text TEXT);
    INSERT INTO filler WITH RECURSIVE counted(n) AS
      (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${rows})
    SELECT n, 'row ' || n FROM counted; CREATE INDEX filler_by_text ON filler (text)`;
  return { version, sql };
}
