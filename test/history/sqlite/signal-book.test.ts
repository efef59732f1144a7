import { describe, expect, it } from "vitest";
import { serializeRequest } from "../../../src/history/request-codec.ts";
import { openDatabase } from "../../../src/history/sqlite/database.ts";
import { MIGRATIONS } from "../../../src/history/sqlite/migrations.ts";
import type { NewIntent } from "../../../src/ports/journal.ts";
import { closeOrder } from "../../support/clear-order.ts";
import { anIntent, aRequest, keyOf } from "./records.ts";
import { aStore, bareConnection, rejectionOf, temporaryPath } from "./support.ts";

const KEY = { connection: "paper", account: "001", signalId: "s-1" };
const ORIGIN = { signalId: "s-1", agent: null, comment: null };
const NEVER_LEFT = { status: "rejected", error: { code: "TIMEOUT", brokerCode: null } };
const REFUSED = { status: "rejected", error: { code: "ORDER_REJECTED", brokerCode: "NO" } };

function ofSignal(clientOrderId: string, inPlaceOf: string | null = null): NewIntent {
  const request = aRequest({ clientOrderId, origin: ORIGIN });
  return anIntent(clientOrderId, { request, claim: { content: "{}", inPlaceOf } });
}

describe("the journal", () => {
  it("takes one order of a signal, also of several in one commit", async () => {
    const { journal } = aStore();
    const all = ["a", "b", "c"].map((id) => journal.open(ofSignal(id), []));
    const results = await Promise.allSettled(all);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await journal.signal(KEY)).toMatchObject({
      ...{ content: "{}", attempts: 1, intent: { clientOrderId: "a", state: "sending" } },
    });
    expect((await journal.recent("paper", "001", 9)).length).toBe(1);
  });

  it("takes another only in the place of one that provably never left", async () => {
    const { journal } = aStore();
    const first = ofSignal("a");
    await journal.open(first, []);
    const refusal = async (claim: NewIntent) => (await rejectionOf(journal.open(claim, []))).code;
    expect(await refusal(ofSignal("b", "a"))).toBe("DUPLICATE_CLIENT_ORDER_ID");
    await journal.markUnknown(keyOf(first), NEVER_LEFT, []);
    expect(await refusal(ofSignal("b", "a"))).toBe("DUPLICATE_CLIENT_ORDER_ID");
    await journal.settle(keyOf(first), REFUSED, []);
    expect(await refusal(ofSignal("b", "a"))).toBe("DUPLICATE_CLIENT_ORDER_ID");
    await journal.settle(keyOf(first), NEVER_LEFT, []);
    expect(await refusal(ofSignal("b"))).toBe("DUPLICATE_CLIENT_ORDER_ID");
    expect(await refusal(ofSignal("b", "x"))).toBe("DUPLICATE_CLIENT_ORDER_ID");
    await journal.open(ofSignal("b", "a"), []);
    expect(await refusal(ofSignal("c", "a"))).toBe("DUPLICATE_CLIENT_ORDER_ID");
    expect(await journal.signal(KEY)).toMatchObject({
      attempts: 2,
      intent: { clientOrderId: "b" },
    });
  });

  it("writes nothing of a signal whose order it refuses for its client id", async () => {
    const { journal } = aStore();
    await journal.open(anIntent("a"), []);
    await rejectionOf(journal.open(ofSignal("a"), []));
    expect(await journal.signal(KEY)).toBeNull();
  });

  it("lets a close carry the name of the signal that opened the trade", async () => {
    const { journal } = aStore();
    await journal.open(ofSignal("a"), []);
    const request = closeOrder({ clientOrderId: "close-1", account: "001", origin: ORIGIN });
    await journal.open(anIntent("close-1", { request }), []);
    expect(await journal.signal(KEY)).toMatchObject({ intent: { clientOrderId: "a" } });
  });

  it("knows the signals of a database that is older than this", async () => {
    const path = temporaryPath();
    const older = MIGRATIONS.filter(({ version }) => version < 5);
    openDatabase(path, { migrations: older }).close();
    const bare = bareConnection(path);
    for (const [index, id] of ["a", "b", "damaged"].entries()) {
      const whole = serializeRequest(aRequest({ clientOrderId: id, origin: ORIGIN }));
      const request = id === "damaged" ? "{" : whole;
      bare
        .prepare(
          `INSERT INTO intents (id, connection, account, client_order_id, instrument, request,
             since_transaction_id, created_at, owner, state, result)
           VALUES (?, 'paper', '001', ?, 'EUR_USD', ?, '1', '2026-11-01T00:00:00Z', 'x', 'settled', '{}')`,
        )
        .run(index + 1, id, request);
    }
    const { journal } = aStore(path);
    const known = await journal.signal(KEY);
    expect(known).toMatchObject({ content: null, attempts: 1, intent: { clientOrderId: "a" } });
    expect((await rejectionOf(journal.open(ofSignal("c"), []))).code).toBe(
      "DUPLICATE_CLIENT_ORDER_ID",
    );
  });
});
