import { describe, expect, it, vi } from "vitest";
import type { Failure } from "../../../src/core/failures.ts";
import type { HistoryStore, ServerHistory } from "../../../src/ports/history.ts";
import { migrateHistory } from "../../../src/trading/migrate-history.ts";
import { inBatches, rowsOf } from "../../contract/history-store.ts";
import { type Break, openBreakingLine } from "../../support/breaking-line.ts";
import { aRow, aTransaction, instant } from "../../support/history-rows.ts";
import { PATIENCE } from "../../support/program.ts";
import {
  aServerHistory,
  databaseOf,
  type HistoryOptions,
  hasPostgres,
  serverOfFile,
} from "../../support/server-history.ts";
import { aStore } from "../sqlite/support.ts";

vi.setConfig({ ...PATIENCE, testTimeout: 240_000 });

const ACCOUNT = { connection: "oanda", account: aRow().account };
const SYNCED_AT = instant("2026-03-03T00:00:00Z");
const CUT = instant("2018-12-31T22:00:00Z");
const DAYS = ["2015-03-01", "2016-03-01", "2019-01-02"] as const;
/** Which messages are lost besides COMMIT; all of them take a minute. */
const EACH = process.env.TMT_BREAKS === "full" ? 1 : 6;
const server = serverOfFile();

const rows = DAYS.map((day, index) =>
  aRow({ id: `${index + 1}`, type: "fee", orderId: null, time: instant(`${day}T10:00:00Z`) }),
);
const log = rows.map(({ id, time }) =>
  aTransaction({ id, time, type: "fee", orderId: null, clientOrderId: `tmt-${id}` }),
);
const labels: HistoryOptions["labels"] = {
  intentOf: () => undefined,
  newestFirst: () => [
    log.map(({ id, time }) => ({
      clientOrderId: `tmt-${id}`,
      signalId: "s",
      agent: null,
      createdAt: time,
    })),
  ],
};

/** As a sync: from where the log is known, page by page. */
async function sync(store: HistoryStore): Promise<void> {
  expect(await store.claim(ACCOUNT, { owner: "x", isAlive: () => false })).toBeNull();
  try {
    const known = Number((await store.progress(ACCOUNT))?.through ?? "0");
    for (let page = known; page < log.length; page += 1) {
      const after = page === 0 ? null : `${page}`;
      const progress = { through: `${page + 1}`, beginsAt: null, syncedAt: SYNCED_AT };
      const transactions = log.slice(page, page + 1);
      await store.keepPage(ACCOUNT, { transactions, currency: "USD", after, progress });
    }
  } finally {
    await store.release(ACCOUNT, "x");
  }
}

type Case = {
  readonly name: string;
  /** What is there before; nothing where it is the first use of all. */
  readonly before: ((store: ServerHistory) => Promise<unknown>) | null;
  readonly run: (store: ServerHistory, local: HistoryStore) => Promise<unknown>;
};

const CASES: readonly Case[] = [
  { name: "the first use", before: null, run: (store) => store.accounts() },
  {
    name: "a sync whose lines another one read in part",
    before: async (store) => {
      const progress = { through: "1", beginsAt: null, syncedAt: SYNCED_AT };
      const page = { transactions: log.slice(0, 1), currency: "USD", after: null, progress };
      await store.keepPage(ACCOUNT, page);
    },
    run: (store) => sync(store),
  },
  {
    name: "an import",
    before: (store) => store.accounts(),
    run: (store) => store.importRows(inBatches(rows, 2)),
  },
  {
    name: "a copy",
    before: (store) => store.accounts(),
    run: (store, local) =>
      migrateHistory(local, store, {
        signal: new AbortController().signal,
        onProgress: () => undefined,
      }),
  },
  {
    name: "a pruning",
    before: sync,
    run: (store) => store.retention.prune(CUT, async () => undefined),
  },
  { name: "a reading", before: sync, run: (store) => rowsOf(store) },
];

async function stateOf(store: HistoryStore): Promise<string> {
  return JSON.stringify([await rowsOf(store), await store.accounts()]);
}

function expectClear(failure: Failure, isUnknown: boolean): void {
  expect(failure).toMatchObject({ code: "STORAGE_BUSY", retryable: true });
  if (isUnknown) expect(failure.message).toContain("kept isn't known");
}

describe.skipIf(!hasPostgres)("a line to the server that breaks", () => {
  it.each(CASES)(
    "anywhere in $name fails it clearly, doubles nothing, and the next run goes on",
    async ({ before, run }) => {
      const local = await aStore().history();
      await sync(local);
      const template = await server().createDatabase();
      if (before) {
        const store = aServerHistory(template);
        await before(store);
        await store.close();
      }
      const copy = async () => {
        const url = await server().createDatabase();
        const name = databaseOf(url);
        await server().run("postgres", `DROP DATABASE ${name}`);
        await server().run("postgres", `CREATE DATABASE ${name} TEMPLATE ${databaseOf(template)}`);
        return url;
      };
      const through = async (url: string, at: Break | null) => {
        const line = await openBreakingLine(server().port, at);
        const store = aServerHistory(url.replace(/:\d+\//, `:${line.port}/`), { labels });
        const failure = await run(store, local).then(
          () => null,
          (error: unknown) => error as Failure,
        );
        await store.close();
        return { failure, messages: line.messages };
      };
      const whole = await copy();
      const { failure, messages } = await through(whole, null);
      expect(failure).toBeNull();
      const expected = await stateOf(aServerHistory(whole));
      const chosen = messages.flatMap((text, index) =>
        text.includes("COMMIT") || index % EACH === 0 ? [index + 1] : [],
      );
      expect(chosen.length).toBeGreaterThan(2);
      const failures: Failure[] = [];
      const breaks = chosen.flatMap((message) => [
        { message, when: "asked" as const },
        { message, when: "answered" as const },
      ]);
      for (const at of breaks) {
        const url = await copy();
        const broken = await through(url, at);
        const isUnknown = before !== null && messages[at.message - 1]?.includes("COMMIT") === true;
        if (broken.failure) {
          failures.push(broken.failure);
          expectClear(broken.failure, isUnknown);
        }
        const store = aServerHistory(url, { labels });
        await run(store, local);
        expect(await stateOf(store), JSON.stringify(at)).toBe(expected);
        await store.close();
      }
      // Only goodbyes can be lost without a word.
      expect(failures.length).toBeGreaterThan(chosen.length);
    },
  );
});
