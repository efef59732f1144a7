import { describe, expect, it, onTestFinished } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import { decimal, toUnits } from "../../../src/core/money.ts";
import { openAnchorFile } from "../../../src/history/anchor-file.ts";
import { AnchorKeeper } from "../../../src/history/sqlite/anchor-keeper.ts";
import { AuditLog } from "../../../src/history/sqlite/audit-log.ts";
import { type LocalDatabase, openDatabase } from "../../../src/history/sqlite/database.ts";
import { GroupCommit } from "../../../src/history/sqlite/group-commit.ts";
import { SqliteJournal } from "../../../src/history/sqlite/journal.ts";
import { SqliteNakedTrades } from "../../../src/history/sqlite/naked-trades.ts";
import { openStore } from "../../../src/history/sqlite/store.ts";
import {
  cancelOrder,
  changeOrder,
  closeOrder,
  entryTerms,
  exitsChange,
} from "../../support/clear-order.ts";
import { anAudit, anIntent, aRequest, at, keyOf } from "./records.ts";
import { aStore, bareConnection, rejectionOf, temporaryPath } from "./support.ts";

const EVER = { nowMs: 0, withinMs: 1 };

describe("the journal of orders", () => {
  it("gives an order back as it was opened, also to another process", async () => {
    const { journal, path } = aStore();
    const intent = anIntent("tmt-1");
    await journal.open(intent, []);
    const { report, ...rest } = intent;
    const stored = { ...rest, state: "sending", result: report, settledAt: null };
    expect(await aStore(path).journal.find(keyOf(intent))).toEqual(stored);
    expect(await journal.find({ ...keyOf(intent), account: "002" })).toBeNull();
  });

  it("DB-08 keeps decimals and ids beyond 2^53 exact", async () => {
    const { journal } = aStore();
    const request = aRequest({ units: toUnits(decimal("9007199254740993.00000001")) });
    const intent = anIntent("9007199254740993", {
      request,
      sinceTransactionId: "18446744073709551617",
    });
    await journal.open(intent, []);
    const found = await journal.find(keyOf(intent));
    expect(found?.request.units.toString()).toBe("9007199254740993.00000001");
    expect(found?.sinceTransactionId).toBe("18446744073709551617");
    expect(found?.clientOrderId).toBe("9007199254740993");
  });

  it("lists what has no outcome, oldest first, and what is newest, newest first", async () => {
    const { journal } = aStore();
    const intents = ["a", "b", "c", "d"].map((id) => anIntent(id));
    for (const intent of intents) await journal.open(intent, []);
    await journal.open(anIntent("e", { account: "002" }), []);
    await journal.settle(keyOf(anIntent("b")), {}, []);
    await journal.markUnknown(keyOf(anIntent("c")), {}, []);
    const unsettled = await journal.unsettled("paper", "001");
    expect(unsettled.map((intent) => `${intent.clientOrderId} ${intent.state}`)).toEqual([
      "a sending",
      "c unknown",
      "d sending",
    ]);
    const recent = await journal.recent("paper", "001", 3);
    expect(recent.map((intent) => intent.clientOrderId)).toEqual(["d", "c", "b"]);
  });

  it("counts the orders of a connection in the last minute, up to its edge", async () => {
    const { journal } = aStore();
    await journal.open(anIntent("a", { createdMonotonicMs: 100_000 }), []);
    await journal.open(anIntent("b", { createdMonotonicMs: 100_001 }), []);
    await journal.open(anIntent("c", { createdMonotonicMs: 159_000, account: "002" }), []);
    await journal.open(anIntent("d", { createdMonotonicMs: 159_000, connection: "oanda" }), []);
    const span = { nowMs: 160_000, withinMs: 60_000 };
    expect(await journal.countIn("paper", span)).toBe(2);
    expect(await journal.countIn("alpaca", span)).toBe(0);
  });

  it("TM-01 counts orders from before the computer's last start until it runs for longer", async () => {
    const { journal } = aStore();
    await journal.open(anIntent("a", { createdMonotonicMs: 9_000_000 }), []);
    expect(await journal.countIn("paper", { nowMs: 59_999, withinMs: 60_000 })).toBe(1);
    expect(await journal.countIn("paper", { nowMs: 60_000, withinMs: 60_000 })).toBe(0);
  });

  it("P5 counts closes and changes as orders, but no cancellation and no change of exits", async () => {
    const { journal } = aStore();
    const requests = [closeOrder(), changeOrder(entryTerms()), cancelOrder(), exitsChange()];
    for (const request of requests) {
      await journal.open(anIntent(request.clientOrderId, { request }), []);
    }
    expect(await journal.countIn("paper", EVER)).toBe(2);
  });

  it("keeps the outcome with its time, and the later proof when there are two", async () => {
    const { journal } = aStore();
    const key = keyOf(anIntent("a"));
    await journal.open(anIntent("a"), []);
    await journal.markUnknown(key, { status: "unknown" }, [anAudit("order.unknown", {}, 1)]);
    expect(await journal.find(key)).toMatchObject({ state: "unknown", settledAt: null });
    await journal.settle(key, { status: "rejected" }, [anAudit("order.settled", {}, 2)]);
    await journal.settle(key, { status: "filled" }, [anAudit("order.filled", {}, 3)]);
    expect(await journal.find(key)).toMatchObject({
      state: "settled",
      result: { status: "filled" },
      settledAt: at(3),
    });
  });

  it("never takes an outcome back", async () => {
    const { journal, audit } = aStore();
    const key = keyOf(anIntent("a"));
    await journal.open(anIntent("a"), []);
    await journal.settle(key, { status: "filled" }, [anAudit("order.filled")]);
    await journal.markUnknown(key, { status: "unknown" }, [anAudit("order.unknown")]);
    expect(await journal.find(key)).toMatchObject({
      state: "settled",
      result: { status: "filled" },
    });
    expect((await audit.verify([audit.anchored()])).entries).toBe(2);
  });

  it("refuses an outcome of an order that was never opened", async () => {
    const { journal, audit } = aStore();
    const failure = await rejectionOf(
      journal.settle(keyOf(anIntent("a")), {}, [anAudit("order.filled")]),
    );
    expect(failure.code).toBe("ORDER_NOT_FOUND");
    expect((await audit.verify([audit.anchored()])).entries).toBe(0);
  });

  it.each([
    ["sending", "it has no outcome yet"],
    ["unknown", "its outcome is not known yet"],
    ["settled", "its outcome is known"],
  ])("refuses a client id a second time while the first is %s", async (state, words) => {
    const { journal, audit } = aStore();
    const key = keyOf(anIntent("a"));
    await journal.open(anIntent("a"), []);
    if (state === "unknown") await journal.markUnknown(key, {}, []);
    if (state === "settled") await journal.settle(key, {}, []);
    const failure = await rejectionOf(journal.open(anIntent("a"), [anAudit("order.sent")]));
    expect(failure).toMatchObject({
      code: "DUPLICATE_CLIENT_ORDER_ID",
      sent: false,
      details: { state },
    });
    expect(failure.message).toContain(words);
    expect(failure.message).toContain("nothing was sent");
    expect(failure.hint).toContain("order show @a");
    expect((await audit.verify([audit.anchored()])).entries).toBe(0);
    await journal.open(anIntent("a", { account: "002" }), []);
  });

  it("DB-05 says which order can't be read", async () => {
    const { journal, path } = aStore();
    await journal.open(anIntent("a"), []);
    const other = bareConnection(path);
    for (const column of ["request", "result"]) {
      other.exec(`UPDATE intents SET ${column} = '{'`);
      const failure = await rejectionOf(journal.unsettled("paper", "001"));
      expect(failure.code).toBe("STORAGE_CORRUPT");
      expect(failure.message).toContain("Order a can't be read");
    }
  });
});

describe("calls of one turn of the event loop", () => {
  it("share one commit", async () => {
    const { journal, path } = aStore();
    const other = bareConnection(path);
    const before = other.pragma("data_version", { simple: true });
    const opened = Array.from({ length: 100 }, (_, n) => journal.open(anIntent(`tmt-${n}`), []));
    const afterwards = Promise.resolve().then(() => journal.record([anAudit("note")]));
    await Promise.all([...opened, afterwards]);
    expect(other.pragma("data_version", { simple: true })).toBe(Number(before) + 1);
    expect(await journal.countIn("paper", EVER)).toBe(100);
  });

  it("resolve only after others can see the commit", async () => {
    const { journal, path } = aStore();
    const count = bareConnection(path).prepare("SELECT count(*) FROM intents").pluck();
    const opened = journal.open(anIntent("a"), []);
    expect(count.get()).toBe(0);
    await opened;
    expect(count.get()).toBe(1);
  });

  it("fail alone: a client id used twice doesn't keep the others from being stored", async () => {
    const { journal, audit } = aStore();
    const outcomes = await Promise.allSettled(
      ["a", "b", "a", "c"].map((id) => journal.open(anIntent(id), [anAudit("order.sent", { id })])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect([...audit.entries({})].map(({ data }) => data.id)).toEqual(["a", "b", "c"]);
  });

  it("fail alone: data that JSON can't hold reaches no transaction", async () => {
    const { journal, audit } = aStore();
    const impossible = journal.record([anAudit("note", { units: 1n })]);
    const possible = journal.record([anAudit("note")]);
    await expect(impossible).rejects.toThrow(TypeError);
    await possible;
    expect((await audit.verify([audit.anchored()])).entries).toBe(1);
  });

  it("are committed when the store is closed", async () => {
    const store = aStore();
    const opened = store.journal.open(anIntent("a"), []);
    store.close();
    await opened;
    expect(await aStore(store.path).journal.find(keyOf(anIntent("a")))).not.toBeNull();
  });
});

function aLog(database: LocalDatabase): AuditLog {
  const anchor = openAnchorFile(`${database.path}.anchor`);
  const onFault = () => undefined;
  return new AuditLog(database, auditChain, new AnchorKeeper(database, { anchor, onFault }));
}

describe("a journal whose disk refuses", () => {
  it("DB-03 tells each caller what it means: not sent, or maybe live", async () => {
    const { journal, path } = aStore();
    await journal.open(anIntent("a"), []);
    bareConnection(path).exec("BEGIN IMMEDIATE");
    const [opened, settled, recorded] = await Promise.all([
      rejectionOf(journal.open(anIntent("b"), [])),
      rejectionOf(journal.settle(keyOf(anIntent("a")), {}, [])),
      rejectionOf(journal.record([anAudit("note")])),
    ]);
    expect([opened, settled, recorded].map(({ code }) => code)).toEqual(
      Array(3).fill("STORAGE_BUSY"),
    );
    expect(opened.message).toContain("nothing was sent");
    expect(settled.message).toContain("it may be live");
    expect(settled.message).toContain("order reconcile");
    expect(recorded.message).toContain("audit log lacks");
  });

  it("DB-03 stores an outcome that couldn't be stored before the next thing it writes", async () => {
    const { journal, path } = aStore();
    await journal.open(anIntent("a"), []);
    const other = bareConnection(path);
    other.exec("BEGIN IMMEDIATE");
    const audit = [anAudit("order.filled", { clientOrderId: "a" }, 7)];
    const conclude = () => journal.settle(keyOf(anIntent("a")), { status: "filled" }, audit);
    expect((await rejectionOf(conclude())).code).toBe("STORAGE_BUSY");
    expect((await rejectionOf(journal.record([]))).code).toBe("STORAGE_BUSY");
    other.exec("COMMIT");
    expect(await journal.find(keyOf(anIntent("a")))).toMatchObject({ state: "sending" });
    // Refused, while what is owed is paid; and paid once.
    expect((await rejectionOf(journal.open(anIntent("a"), []))).message).toContain("is known");
    await journal.record([]);
    expect(await journal.find(keyOf(anIntent("a")))).toMatchObject({
      state: "settled",
      result: { status: "filled" },
      settledAt: at(7),
    });
    expect(other.prepare("SELECT count(*) FROM audit").pluck().get()).toBe(1);
  });

  it("DB-03 stores an outcome that couldn't be stored when it closes, at the latest", async () => {
    const path = temporaryPath();
    const store = openStore(path, { chain: auditChain, busyTimeoutMs: 50 });
    await store.journal.open(anIntent("a"), []);
    const other = bareConnection(path);
    other.exec("BEGIN IMMEDIATE");
    await rejectionOf(store.journal.markUnknown(keyOf(anIntent("a")), {}, []));
    other.exec("COMMIT");
    store.leave();
    expect(other.prepare("SELECT state FROM intents").pluck().get()).toBe("unknown");
  });

  it("DB-01 stores all of an order or nothing on a full disk, and goes on with room", async () => {
    const database = openDatabase(temporaryPath());
    onTestFinished(() => database.close());
    const group = new GroupCommit(database);
    const journal = new SqliteJournal(database, {
      group,
      audit: aLog(database),
      nakedTrades: new SqliteNakedTrades(database),
    });
    const { connection } = database;
    const pages = connection.pragma("page_count", { simple: true });
    connection.pragma(`max_page_count = ${pages}`);
    const large = anAudit("order.sent", { text: "x".repeat(20_000) });
    const failure = await rejectionOf(journal.open(anIntent("a"), [large]));
    expect(failure).toMatchObject({ code: "STORAGE_FULL", retryable: false, sent: false });
    expect(failure.message).toContain("nothing was sent");
    expect(await journal.find(keyOf(anIntent("a")))).toBeNull();
    connection.pragma("max_page_count = 100000");
    await journal.open(anIntent("a"), [large]);
    expect(await journal.find(keyOf(anIntent("a")))).not.toBeNull();
  });
});
