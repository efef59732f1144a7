import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openFenceServer } from "../../../src/history/postgres/open-history.ts";
import { readServerAddress } from "../../../src/history/postgres/server-address.ts";
import type {
  FencedOrder,
  FenceServer,
  OrderFence,
  StandingOrder,
} from "../../../src/ports/order-fence.ts";
import { systemClock } from "../../../src/resilience/system-clock.ts";
import { marketOrder } from "../../support/clear-order.ts";
import {
  cutConnections,
  databaseOf,
  hasPostgres,
  serverOfFile,
  untilActive,
} from "../../support/server-history.ts";

const server = serverOfFile();
const ACCOUNT = '["oanda","practice","101-001-1000001-001"]';

type Computer = {
  readonly fence: OrderFence;
  readonly owner: string;
  readonly leave: FenceServer["close"];
};

let processes = 0;

/** A process on a computer of its own. */
function aComputer(url: string, host: string, account = ACCOUNT): Computer {
  processes += 1;
  const owner = `${host}:${processes}:1`;
  const fences = openFenceServer(readServerAddress(url, {}), {
    ...{ host, owner, clock: systemClock },
    password: async () => "",
    signal: new AbortController().signal,
  });
  onTestFinished(() => fences.close());
  return { fence: fences.fence(account), owner, leave: () => fences.close() };
}

function anOrder(clientOrderId: string, changes: Partial<FencedOrder> = {}): FencedOrder {
  return {
    clientOrderId,
    mark: "1",
    connection: "oanda",
    instrument: "EUR_USD",
    request: marketOrder({ clientOrderId }),
    sinceTransactionId: "3",
    report: { status: "unknown" },
    signal: null,
    ...changes,
  };
}

function ofSignal(id: string, clientOrderId: string): FencedOrder {
  return anOrder(clientOrderId, { signal: { id, content: `{"units":"1000"}` } });
}

function ids(orders: readonly StandingOrder[]): readonly string[] {
  return orders.map(({ clientOrderId }) => clientOrderId);
}

describe.skipIf(!hasPostgres)("orders that stand on a server", () => {
  it("stand there as they were raised", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    expect(await one.fence.raise(ofSignal("s1", "a"))).toEqual({ taken: null, doubted: [] });
    expect(await other.fence.made("s1")).toMatchObject({
      ...ofSignal("s1", "a"),
      host: "desk",
      owner: one.owner,
      state: "sending",
      isConnected: true,
      isInFlight: true,
    });
    expect(await other.fence.made("s2")).toBeNull();
  });

  it("PR-05 leave a signal to one of two computers, and name its order to the other", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(ofSignal("s1", "a"));
    const { taken } = await other.fence.raise(ofSignal("s1", "b"));
    expect(taken).toMatchObject({ clientOrderId: "a", host: "desk" });
    expect((await other.fence.raise(anOrder("a"))).taken).toMatchObject({ clientOrderId: "a" });
    expect(await one.fence.doubted()).toEqual([]);
  });

  it("PR-05 leave each of a hundred signals to one computer when three want them at once", async () => {
    const url = await server().createDatabase();
    const computers = ["desk", "laptop", "server"].map((host) => aComputer(url, host));
    const signals = Array.from({ length: 100 }, (_, index) => `s${index}`);
    const raised = await Promise.all(
      computers.map(({ fence, owner }, turn) =>
        Promise.all(
          (turn === 1 ? signals.toReversed() : signals).map(async (id) => {
            const { taken } = await fence.raise(ofSignal(id, turn === 2 ? id : `${owner} ${id}`));
            return taken ? [] : [id];
          }),
        ),
      ),
    );
    expect(raised.flat(2)).toHaveLength(signals.length);
    expect(new Set(raised.flat(2))).toEqual(new Set(signals));
  });

  it("are told apart by account", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop", "another account")];
    await one.fence.raise(ofSignal("s1", "a"));
    await one.leave();
    expect(await other.fence.raise(ofSignal("s1", "a"))).toEqual({ taken: null, doubted: [] });
  });

  it("PR-06 are in flight while their process is connected, and doubted as soon as it isn't", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(anOrder("a"));
    expect((await other.fence.raise(anOrder("b"))).doubted).toEqual([]);
    await one.leave();
    const { doubted } = await other.fence.raise(anOrder("c"));
    expect(doubted).toMatchObject([{ clientOrderId: "a", host: "desk", isConnected: false }]);
    expect(doubted[0]?.ageMs).toBeGreaterThanOrEqual(0);
    const elsewhere = await other.fence.raise(anOrder("d", { instrument: "GBP_USD" }));
    expect(elsewhere.doubted).toEqual([]);
  });

  it("PR-06 are doubted after a minute without an outcome, though their process is connected", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(anOrder("a"));
    const age = "UPDATE tmt_broker.orders SET raised_at = raised_at - interval '61 seconds'";
    await server().run(databaseOf(url), age);
    expect(await other.fence.doubted()).toMatchObject([{ clientOrderId: "a", isConnected: true }]);
  });

  it("are doubted when their own process doesn't know, until it does", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(anOrder("a"));
    const key = { clientOrderId: "a", owner: one.owner };
    await one.fence.tell({ ...key, state: "unknown", report: { status: "unknown", tries: 2 } });
    expect(await other.fence.doubted()).toMatchObject([{ report: { tries: 2 }, state: "unknown" }]);
    await one.fence.tell({ ...key, state: "settled", report: { status: "filled" } });
    expect(await other.fence.doubted()).toEqual([]);
    await one.fence.tell({ ...key, state: "unknown", report: { status: "unknown" } });
    expect(await other.fence.doubted()).toEqual([]);
  });

  it("free their signal when they never left, but not another process's", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(ofSignal("s1", "a"));
    const withdrawn = { clientOrderId: "a", state: "withdrawn" } as const;
    await other.fence.tell({ ...withdrawn, owner: other.owner });
    expect(await one.fence.made("s1")).not.toBeNull();
    await other.fence.tell({ ...withdrawn, owner: one.owner, mark: "an earlier raising" });
    expect(await one.fence.made("s1")).not.toBeNull();
    await other.fence.tell({ ...withdrawn, owner: one.owner });
    expect((await other.fence.raise(ofSignal("s1", "a"))).taken).toBeNull();
    await one.fence.tell({ ...withdrawn, owner: one.owner });
    expect(await one.fence.made("s1")).toMatchObject({ owner: other.owner });
  });

  it("stand once when they are raised again, and an earlier raising takes nothing away", async () => {
    const url = await server().createDatabase();
    const one = aComputer(url, "desk");
    await one.fence.raise(ofSignal("s1", "a"));
    const again = await one.fence.raise(ofSignal("s1", "a"));
    expect(again).toEqual({ taken: null, doubted: [] });
    const anew = { ...ofSignal("s1", "a"), mark: "2" };
    expect((await one.fence.raise(anew)).taken).toMatchObject({ mark: "1" });
    const key = { clientOrderId: "a", owner: one.owner };
    await one.fence.tell({ ...key, mark: "1", state: "withdrawn" });
    expect((await one.fence.raise(anew)).taken).toBeNull();
    await one.fence.tell({ ...key, mark: "1", state: "withdrawn" });
    expect(await one.fence.made("s1")).toMatchObject({ mark: "2" });
  });

  it("stand once when the connection breaks while they are raised", async () => {
    const url = await server().createDatabase();
    const one = aComputer(url, "desk");
    await one.fence.raise(anOrder("a"));
    await cutConnections(server(), url);
    expect(await one.fence.raise(ofSignal("s1", "b"))).toEqual({ taken: null, doubted: [] });
    const database = databaseOf(url);
    await server().run(
      database,
      `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON tmt_broker.orders
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`,
    );
    const raising = one.fence.raise(ofSignal("s2", "c"));
    await untilActive(server(), url, "wait_event = 'PgSleep'");
    await cutConnections(server(), url);
    expect(await raising).toEqual({ taken: null, doubted: [] });
    const standing = await server().run(database, "SELECT client_order_id FROM tmt_broker.orders");
    expect(standing).toHaveLength(3);
  });

  it("survive the server's crash", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(ofSignal("s1", "a"));
    await server().kill();
    await server().start();
    const { taken } = await other.fence.raise(ofSignal("s1", "b"));
    expect(taken).toMatchObject({ clientOrderId: "a", isConnected: false, isInFlight: false });
  });

  it("don't wait for a server that hangs, and are told of what became of them once it answers", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(ofSignal("s1", "a"));
    await other.fence.raise(anOrder("b"));
    server().freeze();
    const failed = await one.fence.raise(anOrder("c")).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: "STORAGE_BUSY",
      retryable: true,
      message: expect.stringContaining("What other computers have under way"),
      hint: expect.stringContaining("history.fence off"),
    });
    await expect(one.fence.raise(anOrder("d"))).rejects.toBe(failed);
    const settled = { state: "settled", report: { status: "filled" } } as const;
    one.fence.tellSoon({ clientOrderId: "a", owner: one.owner, ...settled });
    server().thaw();
    await vi.waitFor(async () => expect(await other.fence.made("s1")).toMatchObject(settled), {
      timeout: 30_000,
      interval: 200,
    });
  });

  it("are left at once by a process that ends, whether the server listens or not", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(anOrder("a"));
    one.fence.tellSoon({ clientOrderId: "a", owner: one.owner, state: "withdrawn" });
    await one.leave();
    expect(ids(await other.fence.doubted())).toEqual([]);
    await other.fence.raise(anOrder("b"));
    server().freeze();
    other.fence.tellSoon({ clientOrderId: "b", owner: other.owner, state: "withdrawn" });
    await other.leave();
    server().thaw();
  });

  it("can't be read whole when a newer program wrote them, and are doubted all the same", async () => {
    const url = await server().createDatabase();
    const [one, other] = [aComputer(url, "desk"), aComputer(url, "laptop")];
    await one.fence.raise(anOrder("a"));
    await one.leave();
    await server().run(databaseOf(url), `UPDATE tmt_broker.orders SET request = '{"kind":"new"}'`);
    expect(await other.fence.doubted()).toMatchObject([{ clientOrderId: "a", request: null }]);
  });
});
