import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addMs, type Instant } from "../../../src/core/time.ts";
import type { Transaction } from "../../../src/core/transaction.ts";
import { scanOrderLines } from "../../../src/history/scan-order-lines.ts";
import type { LocalStore } from "../../../src/history/sqlite/store.ts";
import type { HistoryStore, ServerHistory } from "../../../src/ports/history.ts";
import { migrateHistory } from "../../../src/trading/migrate-history.ts";
import { inBatches, rowsOf } from "../../contract/history-store.ts";
import { aRow, aTransaction, instant } from "../../support/history-rows.ts";
import {
  aServerHistory,
  cutConnections,
  databaseOf,
  hasPostgres,
  serverOfFile,
} from "../../support/server-history.ts";
import { anIntent } from "../sqlite/records.ts";
import { aStore } from "../sqlite/support.ts";

const ACCOUNT = { connection: "oanda", account: "001" };
const SYNCED_AT = instant("2026-12-03T00:00:00Z");
const START = instant("2026-11-02T09:00:00Z");
const server = serverOfFile();

type Order = {
  readonly id: string;
  readonly signalId: string | null;
  readonly agent: string | null;
};

/** A computer from which orders were sent. */
async function aComputer(orders: readonly Order[]): Promise<LocalStore> {
  const local = aStore();
  await Promise.all(
    orders.map(({ id, signalId, agent }) => {
      const intent = anIntent(id, ACCOUNT);
      const origin = { signalId, agent, comment: null };
      return local.journal.open({ ...intent, request: { ...intent.request, origin } }, []);
    }),
  );
  return local;
}

/** The history at `url` as a run of a command on that computer opens it. */
async function openedFrom(local: LocalStore, url: string): Promise<ServerHistory> {
  return aServerHistory(url, { labels: await local.journalLabels() });
}

/** Reads the log on by `count` transactions, as a sync does. */
async function sync(store: HistoryStore, log: readonly Transaction[], count = log.length) {
  const progress = await store.progress(ACCOUNT);
  const after = progress?.through ?? null;
  const begin = after === null ? 0 : Number(after);
  const transactions = log.slice(begin, begin + count);
  const through = transactions.at(-1)?.id ?? after ?? "0";
  const mark = { through, beginsAt: null, syncedAt: SYNCED_AT };
  await store.keepPage(ACCOUNT, { transactions, currency: "USD", after, progress: mark });
}

async function labelsIn(store: HistoryStore) {
  return (await rowsOf(store)).map(({ id, clientOrderId, signalId, agent }) =>
    [id, clientOrderId, signalId, agent].join(" "),
  );
}

function at(second: number): Instant {
  return addMs(START, second * 1_000);
}

/** An order and its fill, which a broker carries no signal of. */
function orderAndFill(clientOrderId: string, first = 1): readonly Transaction[] {
  return [
    aTransaction({
      id: `${first}`,
      type: "order",
      orderId: `${first}`,
      clientOrderId,
      time: at(first),
    }),
    aTransaction({ id: `${first + 1}`, orderId: `${first}`, time: at(first + 1) }),
  ];
}

describe.skipIf(!hasPostgres)("who asked for an order", () => {
  it("is on every computer's lines once the one that sent it has synced, whoever read them first", async () => {
    const url = await server().createDatabase();
    const sender = await aComputer([{ id: "tmt-1", signalId: "sig-1", agent: "alpha" }]);
    const [here, other] = [await openedFrom(sender, url), await openedFrom(aStore(), url)];
    const log = orderAndFill("tmt-1");
    await sync(other, log);
    expect(await labelsIn(other)).toEqual(["1 tmt-1  ", "2 tmt-1  "]);
    await sync(here, log);
    const whole = ["1 tmt-1 sig-1 alpha", "2 tmt-1 sig-1 alpha"];
    for (const store of [here, other]) expect(await labelsIn(store)).toEqual(whole);
    const named = { signalIds: ["sig-1"], clientOrderIds: [], orderIds: [] };
    const found = await scanOrderLines(other).about({ accounts: [], from: null, ...named });
    expect(found.map(({ id }) => id)).toEqual(["1", "2"]);
    // From now on whoever reads the log, or imports from a file, knows it too.
    await sync(other, [...log, aTransaction({ id: "3", clientOrderId: "tmt-1", time: at(3) })]);
    const bare = { signalId: null, agent: null, clientOrderId: "tmt-1" };
    await other.importRows(inBatches([aRow({ id: "x", ...ACCOUNT, ...bare, time: at(4) })]));
    expect(await labelsIn(here)).toEqual([...whole, "3 tmt-1 sig-1 alpha", "x tmt-1 sig-1 alpha"]);
  });

  it("is as the broker says where it says so, also when it is read again", async () => {
    const url = await server().createDatabase();
    const sender = await aComputer([{ id: "tmt-1", signalId: "sig-1", agent: "alpha" }]);
    const carried = orderAndFill("tmt-1").map((one) => ({ ...one, signalId: "carried" }));
    const other = await openedFrom(aStore(), url);
    await sync(other, carried);
    await sync(await openedFrom(sender, url), carried);
    const whole = ["1 tmt-1 carried alpha", "2 tmt-1 carried alpha"];
    expect(await labelsIn(other)).toEqual(whole);
    const again = { through: "2", beginsAt: null, syncedAt: SYNCED_AT };
    const page = { currency: "USD", after: "2", progress: again };
    await other.keepPage(ACCOUNT, { transactions: orderAndFill("tmt-1"), ...page });
    expect(await labelsIn(other)).toEqual(whole);
    const renamed = carried.map((one) => ({ ...one, signalId: "renamed" }));
    await other.keepPage(ACCOUNT, { transactions: renamed, ...page });
    expect(await labelsIn(other)).toEqual(["1 tmt-1 renamed alpha", "2 tmt-1 renamed alpha"]);
  });

  it("is told once of any number of orders, all of them or none, and of new ones later", async () => {
    const url = await server().createDatabase();
    const orders = Array.from({ length: 1_234 }, (_, index) => ({
      id: `tmt-${index}`,
      signalId: `sig-${index}`,
      agent: null,
    }));
    const sender = await aComputer(orders.slice(0, 1_200));
    const log = orders.map(({ id }, index) =>
      aTransaction({ id: `${index + 1}`, clientOrderId: id, time: at(index) }),
    );
    await sync(await openedFrom(aStore(), url), log);
    const breaking = await openedFrom(sender, url);
    await breaking.accounts();
    await cutConnections(server(), url);
    await expect(sync(breaking, log)).rejects.toMatchObject({ code: "STORAGE_BUSY" });
    const told = () => server().run(databaseOf(url), "SELECT 1 FROM tmt_broker.order_labels");
    expect(await told()).toHaveLength(0);
    await sync(breaking, log);
    expect(await told()).toHaveLength(1_200);
    const known = (await rowsOf(breaking)).filter(({ signalId }) => signalId !== null);
    expect(known.map(({ id }) => id)).toEqual(log.slice(0, 1_200).map(({ id }) => id));
    for (const { id, signalId } of orders.slice(1_200)) {
      const intent = anIntent(id, ACCOUNT);
      const origin = { signalId, agent: null, comment: null };
      await sender.journal.open({ ...intent, request: { ...intent.request, origin } }, []);
    }
    await sync(await openedFrom(sender, url), log);
    expect((await rowsOf(breaking)).map(({ signalId }) => signalId)).toEqual(
      orders.map(({ signalId }) => signalId),
    );
  });

  it("is the same for all logs, computers and orders of their syncs, and as one computer alone knows it", async () => {
    const label = fc.constantFrom("a", "b", null);
    const computers = fc.nat(2);
    const isSignal = fc.boolean();
    const order = fc.record({ from: computers, isSignal, agent: label, carried: label });
    const turn = fc.record({ by: computers, count: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(order, { minLength: 1, maxLength: 6 }),
        fc.array(turn, { maxLength: 6 }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        async (given, turns, last) => {
          const orders = given.map((one, index) => ({
            ...one,
            id: `tmt-${index}`,
            signalId: one.isSignal ? `sig-${index}` : null,
          }));
          const log = orders.flatMap(({ id, carried }, index) =>
            orderAndFill(id, 2 * index + 1).map((line) => ({ ...line, agent: carried })),
          );
          const alone = await (await aComputer(orders)).history();
          await sync(alone, log);
          const url = await server().createDatabase();
          const from = await Promise.all(
            [0, 1, 2].map((one) => aComputer(orders.filter((each) => each.from === one))),
          );
          const all = [...turns, ...last.map((by) => ({ by, count: log.length }))];
          for (const { by, count } of all) {
            const store = await openedFrom(from[by] ?? aStore(), url);
            await sync(store, log, count);
            await store.close();
          }
          const store = aServerHistory(url);
          expect(await labelsIn(store)).toEqual(await labelsIn(alone));
          await store.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it("stays as it was told first where two computers used one id", async () => {
    const url = await server().createDatabase();
    const [one, two] = await Promise.all(
      ["first", "second"].map((signalId) => aComputer([{ id: "mine", signalId, agent: null }])),
    );
    if (!one || !two) throw new Error("two computers");
    await sync(await openedFrom(one, url), []);
    await sync(await openedFrom(aStore(), url), orderAndFill("mine"));
    const later = await openedFrom(two, url);
    await sync(later, orderAndFill("mine"));
    expect(await labelsIn(later)).toEqual(["1 mine first ", "2 mine first "]);
  });
});

describe.skipIf(!hasPostgres)("a history that is copied to a server by two computers", () => {
  const options = { signal: new AbortController().signal, onProgress: () => undefined };

  it.each(["first", "last"])(
    "gets the labels of the one that sent the order, if it comes %s",
    async (place) => {
      const url = await server().createDatabase();
      const sender = await aComputer([{ id: "tmt-1", signalId: "sig-1", agent: "alpha" }]);
      const both = place === "first" ? [sender, aStore()] : [aStore(), sender];
      for (const local of both) {
        const history = await local.history();
        await sync(history, orderAndFill("tmt-1"));
        const [account] = await migrateHistory(history, await openedFrom(local, url), options);
        expect(account).toMatchObject({ rows: 2, others: 0 });
      }
      expect(await labelsIn(aServerHistory(url))).toEqual([
        "1 tmt-1 sig-1 alpha",
        "2 tmt-1 sig-1 alpha",
      ]);
    },
  );

  it("is refused where two say different signals", async () => {
    const url = await server().createDatabase();
    for (const [signalId, code] of [
      ["sig-1", null],
      ["sig-2", "DRIFT"],
    ] as const) {
      const history = await (
        await aComputer([{ id: "tmt-1", signalId, agent: "alpha" }])
      ).history();
      await sync(history, orderAndFill("tmt-1"));
      const copied = migrateHistory(history, aServerHistory(url), options);
      const failure = await copied.then(
        () => null,
        (error: unknown) => error,
      );
      if (code === null) expect(failure).toBeNull();
      else expect(failure).toMatchObject({ code, details: { keys: ["signalId"] } });
    }
  });
});
