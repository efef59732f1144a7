import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryRow } from "../../../src/core/history-row.ts";
import { TRANSACTION_TYPES } from "../../../src/core/transaction.ts";
import {
  EVERYTHING,
  historyStoreContract,
  inBatches,
  rowsOf,
} from "../../contract/history-store.ts";
import { aRow, instant } from "../../support/history-rows.ts";
import { aServerHistory, hasPostgres, serverOfFile } from "../../support/server-history.ts";
import { aStore } from "../sqlite/support.ts";

const server = serverOfFile();

describe.skipIf(!hasPostgres)("the history in PostgreSQL keeps the history contract", () => {
  historyStoreContract(async () => {
    const url = await server().createDatabase();
    return { store: aServerHistory(url), reopen: async () => aServerHistory(url) };
  });
});

/** Texts that a statement's quotes, lists and null must not be taken for. */
const text = fc.oneof(
  fc.constantFrom(
    "NULL",
    "null",
    '"',
    "\\",
    "{}",
    '{"a",b}',
    "a,b",
    "'; --",
    " ",
    "é",
    "日本",
    "\u{1f600}",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((one) => !one.includes("\0")),
);
const amount = fc.constantFrom("0", "1", "-1.5", "0.0000001", "12345678901234567890.1234567");
const row: fc.Arbitrary<HistoryRow> = fc
  .record({
    id: fc.oneof(text, fc.nat({ max: 30 }).map(String)),
    connection: fc.constantFrom("oanda", "Oanda", "ö"),
    account: fc.constantFrom("1", "10", "9", "b"),
    type: fc.constantFrom(...TRANSACTION_TYPES),
    brokerType: fc.option(text),
    instrument: fc.constantFrom("EUR_USD", "USD_JPY", null),
    currency: fc.constantFrom("USD", "EUR", null),
    signalId: fc.option(text),
    agent: fc.option(text),
    realizedPl: amount,
    amount,
    time: fc.constantFrom(
      ...[
        "2025-12-31T23:59:59.999999999Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000000001Z",
      ].map(instant),
    ),
  })
  .map((given) => aRow(given));

describe.skipIf(!hasPostgres)("the history in PostgreSQL", () => {
  it("answers as the one in SQLite does, whatever is in it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 60 }),
        fc.nat({ max: 60 }),
        async (rows, known) => {
          const local = await aStore().history();
          const remote = aServerHistory(await server().createDatabase());
          for (const part of [rows.slice(0, known), rows]) {
            const counts = [local, remote].map((store) => store.importRows(inBatches(part, 7)));
            const [ours, theirs] = await Promise.all(counts);
            expect(theirs).toEqual(ours);
          }
          for (const query of [
            {},
            { isNewestFirst: true, limit: 5 },
            { connection: "oanda", from: instant("2026-01-01T00:00:00Z") },
            { account: "10", types: ["fill", "funding"], instruments: ["EUR_USD"] } as const,
          ]) {
            expect(JSON.stringify(await rowsOf(remote, query))).toBe(
              JSON.stringify(await rowsOf(local, query)),
            );
          }
          expect(JSON.stringify(await remote.sums(EVERYTHING, ["12:00"]))).toBe(
            JSON.stringify(await local.sums(EVERYTHING, ["12:00"])),
          );
          expect(await remote.accounts()).toEqual(await local.accounts());
          const id = rows[0]?.id ?? "1";
          expect(await remote.find(id, EVERYTHING)).toEqual(await local.find(id, EVERYTHING));
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});
