import { describe, expect, it, onTestFinished } from "vitest";
import { openFenceServer } from "../../../src/history/postgres/open-history.ts";
import { readServerAddress } from "../../../src/history/postgres/server-address.ts";
import { systemClock } from "../../../src/resilience/system-clock.ts";
import { fenceJournal } from "../../../src/trading/fenced-journal.ts";
import { marketOrder, NO_ORIGIN } from "../../support/clear-order.ts";
import { databaseOf, hasPostgres, serverOfFile } from "../../support/server-history.ts";
import { aDesk, failureOf, THIS_PROCESS } from "../../trading/test-desk.ts";
import { anIntent } from "../sqlite/records.ts";

const server = serverOfFile();

const LOOK = {
  wasHalted: false,
  maxOrdersPerMinute: null,
  weakensStop: false,
  isOwnerAlive: () => true,
} as const;

const SIGNAL = { id: "s1", content: null };
const INTENT = anIntent("a", {
  request: marketOrder({ clientOrderId: "a", origin: { ...NO_ORIGIN, signalId: SIGNAL.id } }),
});

async function aFencedDesk() {
  const url = await server().createDatabase();
  const fences = openFenceServer(readServerAddress(url, {}), {
    ...{ host: "desk", owner: THIS_PROCESS, clock: systemClock },
    password: async () => "",
    signal: new AbortController().signal,
  });
  onTestFinished(() => fences.close());
  const desk = aDesk();
  const fence = fences.fence("the account");
  const journal = fenceJournal({
    ...desk,
    fence: async () => fence,
    note: () => undefined,
    aside: (work) => void work.catch(() => undefined),
  });
  return { url, desk, fence, journal };
}

describe.skipIf(!hasPostgres)("the journal of an account that several computers trade on", () => {
  it("PR-06 raises anew what came to nothing: the order is as young as its last raising", async () => {
    const { url, fence, journal } = await aFencedDesk();
    await fence.raise({ ...INTENT, mark: "an earlier raising", signal: SIGNAL });
    const age = "UPDATE tmt_broker.orders SET raised_at = raised_at - interval '300 seconds'";
    await server().run(databaseOf(url), age);
    await journal.open(INTENT, [], LOOK);
    const standing = await fence.made(SIGNAL.id);
    expect(standing).toMatchObject({ mark: "id-1", isInFlight: true });
    expect(standing?.ageMs).toBeLessThan(200_000);
  });

  it("PR-05 opens an id once, however often it is asked for at the same time", async () => {
    const { desk, fence, journal } = await aFencedDesk();
    const opened = await Promise.allSettled([1, 2, 3].map(() => journal.open(INTENT, [], LOOK)));
    expect(opened.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await failureOf(() => journal.open(INTENT, [], LOOK))).toMatchObject({
      code: "DUPLICATE_CLIENT_ORDER_ID",
    });
    expect(await desk.journal.find(INTENT)).toMatchObject({ state: "sending" });
    expect(await fence.made(SIGNAL.id)).toMatchObject({ mark: "id-1" });
  });
});
