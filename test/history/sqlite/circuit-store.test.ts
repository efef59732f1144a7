import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { afterFailure, CLOSED, readyForProbe, withProbe } from "../../../src/core/circuit.ts";
import { openDatabase } from "../../../src/history/sqlite/database.ts";
import { MIGRATIONS } from "../../../src/history/sqlite/migrations.ts";
import { NOON } from "../../support/market.ts";
import { anIntent } from "./records.ts";
import { aStore, bareConnection, rejectionOf, temporaryPath } from "./support.ts";

const fail = (store: ReturnType<typeof aStore>, connection = "oanda") =>
  store.circuits.update(connection, (circuit) => afterFailure(circuit, NOON, false));

describe("the circuits of the user's database", () => {
  it("are closed where nothing is known", async () => {
    expect(await aStore().circuits.read("oanda")).toEqual(CLOSED);
  });

  it("are the same for every process, and outlive each", async () => {
    const path = temporaryPath();
    const [first, second] = [aStore(path), aStore(path)];
    for (let index = 0; index < 3; index += 1) await fail(first);
    for (let index = 0; index < 2; index += 1) await fail(second);
    first.close();
    const open = { consecutiveFailures: 5, openedAt: NOON, probe: null };
    expect(await second.circuits.read("oanda")).toEqual(open);
    expect(await aStore(path).circuits.read("oanda")).toEqual(open);
    expect(await second.circuits.read("other")).toEqual(CLOSED);
  });

  it("keep who probes, and leave what isn't to be changed", async () => {
    const store = aStore();
    for (let index = 0; index < 5; index += 1) await fail(store);
    await store.circuits.update("oanda", (circuit) => readyForProbe(circuit, NOON));
    const probe = { owner: "host:1:2", startedAt: NOON };
    const probed = await store.circuits.update("oanda", (circuit) =>
      withProbe(circuit, probe, () => true),
    );
    expect(probed.probe).toEqual(probe);
    expect(await store.circuits.update("oanda", () => null)).toEqual(probed);
    expect(await store.circuits.read("oanda")).toEqual(probed);
  });

  it("are closed by hand, one or all, and it is told which", async () => {
    const store = aStore();
    for (const name of ["a", "b", "c"]) await fail(store, name);
    expect(await store.circuits.reset("b")).toEqual(["b"]);
    expect(await store.circuits.reset("b")).toEqual([]);
    expect(await store.circuits.reset(null)).toEqual(["a", "c"]);
    expect(await store.circuits.read("a")).toEqual(CLOSED);
  });

  it("leave no row behind when they are closed by an answer", async () => {
    const store = aStore();
    await fail(store);
    await store.circuits.update("oanda", () => CLOSED);
    expect(await store.circuits.reset(null)).toEqual([]);
  });
});

describe("the slots of requests", () => {
  it("are the same for every process", async () => {
    const path = temporaryPath();
    const [first, second] = [aStore(path), aStore(path)];
    expect(await first.rates.read("oanda")).toEqual([]);
    await first.rates.update("oanda", (slots) => [...slots, 1]);
    await second.rates.update("oanda", (slots) => [...slots, 2]);
    await second.rates.update("oanda", () => null);
    expect(await first.rates.read("oanda")).toEqual([1, 2]);
    expect(await first.rates.read("other")).toEqual([]);
  });

  it("DB-03 fail as busy when another process holds the database", async () => {
    const store = aStore();
    bareConnection(store.path).exec("BEGIN IMMEDIATE");
    const failure = await rejectionOf(store.rates.update("oanda", () => [1]));
    expect(failure.code).toBe("STORAGE_BUSY");
  });

  it("are written without waiting for the disk, and orders are flushed all the same", async () => {
    const store = aStore();
    const connection = openDatabase(store.path).connection;
    await store.rates.update("oanda", () => [1]);
    expect(connection.pragma("synchronous", { simple: true })).toBe(2);
    connection.close();
  });
});

describe("a process that ends", () => {
  const hasLog = (path: string) => existsSync(`${path}-wal`);

  it("leaves what only relaxed writes made to a later process, which finds it", async () => {
    const store = aStore();
    await store.rates.update("oanda", () => [1]);
    store.leave();
    expect(hasLog(store.path)).toBe(true);
    expect(await aStore(store.path).rates.read("oanda")).toEqual([1]);
  });

  it("brings orders from the log into the file, and a log that has grown", async () => {
    const [ordered, grown] = [aStore(), aStore()];
    await ordered.journal.open(anIntent("tmt-1"), []);
    ordered.leave();
    expect(hasLog(ordered.path)).toBe(false);
    for (let index = 0; index < 200; index += 1) await grown.rates.update("oanda", () => [index]);
    grown.leave();
    expect(hasLog(grown.path)).toBe(false);
  });
});

it("DB-06 a database of the first released version gets its place for them, and keeps what it has", async () => {
  const path = temporaryPath();
  const old = openDatabase(path, { migrations: MIGRATIONS.slice(0, 1) });
  old.connection.exec("INSERT INTO halts VALUES ('oanda', '2026-11-22T10:00:00Z', 'news')");
  expect(old.connection.pragma("user_version", { simple: true })).toBe(1);
  old.close();
  const store = aStore(path);
  await store.journal.open(anIntent("tmt-1"), []);
  await fail(store);
  expect(await store.halts.haltOf("oanda")).toMatchObject({ reason: "news" });
  expect((await store.circuits.read("oanda")).consecutiveFailures).toBe(1);
  expect(await store.rates.read("oanda")).toEqual([]);
});
