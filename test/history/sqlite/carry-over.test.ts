import { describe, expect, it } from "vitest";
import { carryOver } from "../../../src/history/sqlite/carry-over.ts";
import { anAudit, anIntent, keyOf } from "./records.ts";
import { aStore, bareConnection } from "./support.ts";

const NAKED = { tradeId: "102", brokerCode: "NO", result: "open_without_stop" };

/** A store with an order for each result. */
async function storeWith(results: Readonly<Record<string, unknown>>) {
  const store = aStore();
  for (const [id, result] of Object.entries(results)) {
    await store.journal.open(anIntent(id), [anAudit("order.sent")]);
    await store.journal.settle(keyOf(anIntent(id)), result, [anAudit("order.filled")]);
  }
  return store;
}

describe("BR-05 trades without their stop, in a backup that takes the database's place", () => {
  it("are those of the present database, and in nobody's hands", async () => {
    const backup = await storeWith({ done: { stopRefused: NAKED }, old: { stopRefused: NAKED } });
    const present = await storeWith({
      done: { stopRefused: NAKED, isGuarded: true },
      newer: { stopRefused: NAKED },
    });
    const { connection, account } = keyOf(anIntent("done"));
    carryOver(bareConnection(present.path), backup.path);
    const naked = await backup.nakedTrades.of({ connection, account });
    expect(naked.map(({ order }) => order.clientOrderId)).toEqual(["old", "newer"]);
    const claim = { owner: "other:1:1", isAlive: () => true, policy: "attach" } as const;
    expect(await backup.nakedTrades.claim(keyOf(anIntent("newer")), claim)).toBe("attach");
  });
});
