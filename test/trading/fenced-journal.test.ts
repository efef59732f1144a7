import { describe, expect, it, onTestFinished } from "vitest";
import { openFenceServer } from "../../src/history/postgres/open-history.ts";
import { readServerAddress } from "../../src/history/postgres/server-address.ts";
import type { LastLook } from "../../src/ports/journal.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { fenceJournal } from "../../src/trading/fenced-journal.ts";
import { anIntent } from "../history/sqlite/records.ts";
import { marketOrder, NO_ORIGIN } from "../support/clear-order.ts";
import { aDesk, failureOf, THIS_PROCESS } from "./test-desk.ts";

const LOOK: LastLook = {
  wasHalted: false,
  maxOrdersPerMinute: null,
  weakensStop: false,
  isOwnerAlive: () => true,
};

/** A desk of a computer whose server takes no connections. */
function withoutServer() {
  const desk = aDesk();
  const notes: string[] = [];
  const fences = openFenceServer(readServerAddress("postgresql://nobody@127.0.0.1:1/none", {}), {
    ...{ host: "desk", owner: THIS_PROCESS, clock: systemClock },
    password: async () => "",
    signal: new AbortController().signal,
  });
  onTestFinished(() => fences.close());
  const fence = async () => fences.fence("the account");
  const note = (text: string) => void notes.push(text);
  const aside = (work: Promise<unknown>) => void work.catch(() => undefined);
  const journal = fenceJournal({ ...desk, fence, note, aside });
  return { desk, journal, notes };
}

function reducing(clientOrderId: string, signalId: string | null) {
  const origin = { ...NO_ORIGIN, signalId };
  return anIntent(clientOrderId, {
    request: marketOrder({ clientOrderId, reduceOnly: true, origin }),
  });
}

describe("the journal of an account that several computers trade on", () => {
  it("lets what only reduces go on where the server can't be asked", async () => {
    const { desk, journal, notes } = withoutServer();
    const intent = reducing("a", null);
    await journal.open(intent, [], LOOK);
    expect(await desk.journal.find(intent)).toMatchObject({ state: "sending" });
    expect(notes).toMatchObject([expect.stringContaining("They don't know of this order either.")]);
  });

  it("PR-05 keeps a signal's order back where the server can't be asked, also one that only reduces", async () => {
    const { desk, journal } = withoutServer();
    const intent = reducing("a", "s1");
    const failure = await failureOf(() => journal.open(intent, [], LOOK));
    expect(failure.code).toBe("STORAGE_BUSY");
    expect(await desk.journal.find(intent)).toBeNull();
  });
});
