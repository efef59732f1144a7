import { describe, expect, it } from "vitest";
import { decimal, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import type { Leaving } from "../../../src/ports/wire-gate.ts";
import {
  cancelOrder,
  changeOrder,
  closeOrder,
  entryOrder,
  entryTerms,
  exitsChange,
  exitTerms,
  marketOrder,
} from "../../support/clear-order.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { anIntent } from "./records.ts";
import { aStore, bareConnection, failureOf, temporaryPath } from "./support.ts";

const CONNECTION = "paper";
const ACCOUNT = "001";
const PLENTY = 1_000;

/** A store, the hand of whoever journals, and the gate. */
function aScene(path = temporaryPath()) {
  const store = aStore(path);
  const clock = new FakeClock();
  const journal = async (request: OrderRequest, weakensStop = false) => {
    const intent = anIntent(request.clientOrderId, {
      request,
      connection: CONNECTION,
      account: ACCOUNT,
      createdAt: clock.now(),
      createdMonotonicMs: clock.monotonicMs(),
    });
    const look = { wasHalted: true, maxOrdersPerMinute: null, isOwnerAlive: null, weakensStop };
    await store.journal.open(intent, [], look);
    return request;
  };
  const pass = (request: OrderRequest, changes: Partial<Leaving> = {}) => {
    const leaving = { connection: CONNECTION, account: ACCOUNT, request };
    return store.wireGate.pass({ ...leaving, maxOrdersPerMinute: PLENTY, ...changes }, clock);
  };
  const halt = () => store.halts.halt(null, { since: clock.now(), reason: "news" });
  return { store, clock, journal, pass, halt };
}

describe("the wire gate", () => {
  it("P5 lets each journaled request out once, and halts on the second time", async () => {
    const { store, journal, pass } = aScene();
    const order = await journal(marketOrder());
    expect(pass(order).kind).toBe("open");
    expect(await store.halts.haltOf(CONNECTION)).toBeNull();
    expect(pass(order).kind).toBe("repeated");
    expect((await store.halts.haltOf(CONNECTION))?.reason).toContain(order.clientOrderId);
    expect(await store.halts.haltOf("another")).toBeNull();
  });

  it("P5 lets it out once over two processes, and after a restart", async () => {
    const path = temporaryPath();
    const { journal, pass } = aScene(path);
    const other = aScene(path);
    const order = await journal(marketOrder());
    expect([pass(order).kind, other.pass(order).kind]).toEqual(["open", "repeated"]);
    expect(aScene(path).pass(order).kind).toBe("repeated");
  });

  it.each<[string, (order: OrderRequest) => OrderRequest]>([
    ["more units", (order) => ({ ...order, units: toUnits(decimal("1001")) })],
    ["the other side", (order) => ({ ...order, side: "sell" })],
    ["another account's", (order) => ({ ...order, account: "002" })],
    ["an id of its own", (order) => ({ ...order, clientOrderId: "nobody's" })],
    ["no stop", (order) => marketOrder({ clientOrderId: order.clientOrderId })],
  ])("P5 keeps back what isn't what was journaled, and halts: %s", async (_what, change) => {
    const { store, journal, pass } = aScene();
    const stopLoss = { kind: "distance", distance: decimal("0.002") } as const;
    const order = await journal(marketOrder({ stopLoss }));
    expect(pass(change(order)).kind).toBe("unasked");
    expect(await store.halts.haltOf(CONNECTION)).not.toBeNull();
  });

  it("P2 keeps back what has an outcome already", async () => {
    const { store, journal, pass } = aScene();
    const order = await journal(marketOrder());
    const key = { connection: CONNECTION, account: ACCOUNT, clientOrderId: order.clientOrderId };
    await store.journal.settle(key, {}, []);
    expect(pass(order).kind).toBe("unasked");
  });

  it.each([
    ["5 s later", 5_000, 0, "open"],
    ["a little more than 5 s later", 5_001, 0, "late"],
    ["behind a lid that was closed", 0, 3_600_000, "late"],
    ["after the wall clock was set back", 0, -3_600_000, "late"],
  ])("P6 %s", async (...[, advanceMs, jumpMs, kind]) => {
    const { store, clock, journal, pass } = aScene();
    const order = await journal(marketOrder());
    clock.advance(advanceMs);
    clock.jump(jumpMs);
    expect(pass(order).kind).toBe(kind);
    expect(await store.halts.haltOf(CONNECTION)).toBeNull();
  });

  it.each<[string, OrderRequest, boolean, string]>([
    ["a market order", marketOrder(), false, "halted"],
    ["one that only reduces", marketOrder({ reduceOnly: true }), false, "open"],
    ["a waiting order", entryOrder(), false, "halted"],
    ["the change of a waiting order", changeOrder(entryTerms()), false, "halted"],
    ["the change of an exit", changeOrder(exitTerms()), false, "open"],
    ["the change of an exit that moves it away", changeOrder(exitTerms()), true, "halted"],
    ["exits", exitsChange(), false, "open"],
    ["exits that take a stop away", exitsChange({ stopLoss: "remove" }), true, "halted"],
    ["a cancellation", cancelOrder(), false, "open"],
    ["a cancellation of a stop", cancelOrder(), true, "halted"],
    ["a close", closeOrder(), false, "open"],
  ])("P6 asks for halts at the last moment: %s", async (...[, request, weakens, kind]) => {
    const { journal, pass, halt } = aScene();
    await journal(request, weakens);
    await halt();
    expect(pass(request).kind).toBe(kind);
  });

  it("P5 counts by itself what leaves in a minute, closes too, and holds back new risk only", async () => {
    const { clock, journal, pass } = aScene();
    const go = async (request: OrderRequest) =>
      pass(await journal(request), { maxOrdersPerMinute: 3 }).kind;
    expect(await go(cancelOrder())).toBe("open");
    expect(await go(marketOrder())).toBe("open");
    clock.advance(30_000);
    expect(await go(marketOrder())).toBe("open");
    expect(await go(closeOrder())).toBe("open");
    expect(await go(entryOrder())).toBe("pace");
    expect(await go(closeOrder())).toBe("open");
    expect(await go(exitsChange())).toBe("open");
    // A wall clock that is set forward makes no room.
    clock.jump(3_600_000);
    expect(await go(marketOrder())).toBe("pace");
    clock.advance(29_999);
    expect(await go(marketOrder())).toBe("pace");
    clock.advance(30_001);
    expect(await go(marketOrder())).toBe("open");
  });

  it("P5 TM-01 counts what left before the computer's last start, until it runs for a minute", async () => {
    const path = temporaryPath();
    const before = aScene(path);
    before.clock.advance(500_000);
    expect(before.pass(await before.journal(marketOrder())).kind).toBe("open");
    const { clock, journal, pass } = aScene(path);
    const go = async () => pass(await journal(marketOrder()), { maxOrdersPerMinute: 1 }).kind;
    expect(await go()).toBe("pace");
    clock.advance(60_000);
    expect(await go()).toBe("open");
  });

  it("DB-03 DB-04 lets nothing out that it can't look up", async () => {
    const { store, journal, pass } = aScene();
    const order = await journal(marketOrder());
    bareConnection(store.path).exec("BEGIN IMMEDIATE");
    expect(failureOf(() => pass(order))).toMatchObject({ code: "STORAGE_BUSY", sent: false });
  });
});
