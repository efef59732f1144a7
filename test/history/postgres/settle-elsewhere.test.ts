import { describe, expect, it, onTestFinished } from "vitest";
import { openFenceServer } from "../../../src/history/postgres/open-history.ts";
import { readServerAddress } from "../../../src/history/postgres/server-address.ts";
import type { FencedOrder } from "../../../src/ports/order-fence.ts";
import { systemClock } from "../../../src/resilience/system-clock.ts";
import { settleElsewhere } from "../../../src/trading/elsewhere.ts";
import { marketOrder } from "../../support/clear-order.ts";
import { NOON } from "../../support/market.ts";
import { databaseOf, hasPostgres, serverOfFile } from "../../support/server-history.ts";
import { aDesk } from "../../trading/test-desk.ts";

const server = serverOfFile();

function aFence(url: string, host: string) {
  const owner = `${host}:1:1`;
  const fences = openFenceServer(readServerAddress(url, {}), {
    ...{ host, owner, clock: systemClock },
    password: async () => "",
    signal: new AbortController().signal,
  });
  onTestFinished(() => fences.close());
  return { fence: fences.fence("the account"), leave: () => fences.close() };
}

const ORDER: FencedOrder = {
  clientOrderId: "a",
  mark: "1",
  connection: "oanda",
  instrument: "EUR_USD",
  request: marketOrder({ clientOrderId: "a" }),
  sinceTransactionId: "3",
  report: { clientOrderId: "a", status: "unknown", submittedAt: NOON },
  signal: { id: "s1", content: null },
};

const KEY = { clientOrderId: "a", owner: "laptop:1:1" };

/** A laptop raised an order and is gone; the desk that may settle it knows nothing of it but what the server says. */
async function anOrderOfALaptop() {
  const url = await server().createDatabase();
  const laptop = aFence(url, "laptop");
  await laptop.fence.raise(ORDER);
  await laptop.leave();
  const { fence } = aFence(url, "desk");
  const desk = aDesk({ fence: async () => fence });
  const grow = async (seconds: number) => {
    const age = `UPDATE tmt_broker.orders SET raised_at = raised_at - interval '${seconds} seconds'`;
    await server().run(databaseOf(url), age);
  };
  return { url, fence, desk, grow };
}

describe.skipIf(!hasPostgres)("an order that another computer left without an outcome", () => {
  it("PR-06 isn't called never sent because somebody set the server's clock forward", async () => {
    const { desk, fence, grow } = await anOrderOfALaptop();
    await grow(300);
    const early = await settleElsewhere(desk);
    expect(early.open).toMatchObject([{ clientOrderId: "a", isConnected: false }]);
    expect(await fence.made("s1")).not.toBeNull();
    desk.clock.jump(40_000);
    const { open, settled } = await settleElsewhere(desk);
    expect([open, settled]).toMatchObject([[], [{ clientOrderId: "a", status: "rejected" }]]);
    expect(await fence.made("s1")).toBeNull();
  });

  it("PR-05 isn't taken away when its process raises it anew while the broker's log is read", async () => {
    const { url, desk, fence, grow } = await anOrderOfALaptop();
    await grow(40);
    desk.clock.jump(40_000);
    const laptop = aFence(url, "laptop");
    desk.broker.script.outcomeOf = async () => {
      await laptop.fence.tell({ ...KEY, mark: "1", state: "withdrawn" });
      await laptop.fence.raise({ ...ORDER, mark: "2" });
      return null;
    };
    await settleElsewhere(desk);
    expect(await fence.made("s1")).toMatchObject({ mark: "2" });
  });
});
