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
import { aRow, aTransaction, instant } from "../../support/history-rows.ts";
import { aServerHistory, hasPostgres, serverOfFile } from "../../support/server-history.ts";
import { anIntent } from "../sqlite/records.ts";
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
  });

  it("finds who asked for an order in this computer's journal, where the broker doesn't carry it", async () => {
    const local = aStore();
    const intent = anIntent("tmt-1");
    const origin = { signalId: "sig-5", agent: "gamma", comment: null };
    await local.journal.open({ ...intent, request: { ...intent.request, origin } }, []);
    const labels = await local.journalLabels();
    const remote = aServerHistory(await server().createDatabase(), { labels });
    const { connection, account } = intent;
    const syncedAt = instant("2026-03-03T00:00:00Z");
    const transactions = [
      aTransaction({ id: "6", clientOrderId: "tmt-1" }),
      aTransaction({ id: "7", orderId: "6" }),
      aTransaction({ id: "8", orderId: null, clientOrderId: "another" }),
    ];
    const progress = { through: "8", beginsAt: null, syncedAt };
    await remote.keepPage(
      { connection, account },
      { transactions, currency: "USD", after: null, progress },
    );
    expect((await rowsOf(remote)).map(({ signalId, agent }) => [signalId, agent])).toEqual([
      ["sig-5", "gamma"],
      ["sig-5", "gamma"],
      [null, null],
    ]);
  });

  it("keeps a broker's log as the one in SQLite does, read once or again, over what was imported", async () => {
    const id = fc.nat({ max: 12 }).map(String);
    const label = fc.constantFrom("a", "b", null);
    const transaction = fc
      .record({
        id,
        orderId: fc.option(id),
        time: fc.constantFrom(...["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"].map(instant)),
        clientOrderId: label,
        signalId: label,
        agent: label,
      })
      .map((given) => aTransaction(given));
    const page = fc.record({
      transactions: fc.array(transaction, { maxLength: 12 }),
      through: fc.nat({ max: 30 }).map(String),
    });
    const account = { connection: "oanda", account: "1" };
    const syncedAt = instant("2026-03-03T00:00:00Z");
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 10 }),
        fc.array(page, { maxLength: 5 }),
        async (rows, pages) => {
          const stores = [
            await aStore().history(),
            aServerHistory(await server().createDatabase()),
          ] as const;
          const results = await Promise.all(
            stores.map(async (store) => {
              await store.importRows(inBatches(rows));
              let after: string | null = null;
              for (const { transactions, through } of pages) {
                const progress = { through, beginsAt: null, syncedAt };
                await store.keepPage(account, { transactions, currency: "USD", after, progress });
                after = through;
              }
              const lines = [];
              for await (const batch of store.bookings(account)) lines.push(...batch);
              return JSON.stringify([lines, await store.progress(account), await rowsOf(store)]);
            }),
          );
          expect(results[1]).toBe(results[0]);
        },
      ),
      { numRuns: 40 },
    );
  });
});
