import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import { openStore } from "../../../src/history/sqlite/store.ts";
import { anAudit, anIntent } from "./records.ts";
import { aStore, rejectionOf, temporaryFolder, temporaryPath } from "./support.ts";

const STEP = 1_009;

async function intentsOf(path: string): Promise<readonly string[]> {
  const store = openStore(path, { chain: auditChain });
  try {
    await store.audit.verify([]);
    const intents = await store.journal.unsettled("paper", "001");
    return intents.map(({ clientOrderId }) => clientOrderId);
  } finally {
    store.close();
  }
}

describe("a power cut", () => {
  it("DB-02 at every place of a write loses no order that was acknowledged, and leaves none half", async () => {
    const { journal, path } = aStore();
    const wal = `${path}-wal`;
    await journal.open(anIntent("first"), [anAudit("order.sent")]);
    await journal.open(anIntent("second"), [anAudit("order.sent")]);
    const acknowledged = statSync(wal).size;
    await journal.open(anIntent("third"), [anAudit("order.sent")]);
    const whole = readFileSync(wal);
    expect(whole.length).toBeGreaterThan(acknowledged);
    const cuts = Array.from({ length: 1_000 }, (_, n) => acknowledged + n * STEP);
    for (const cut of cuts.filter((each) => each < whole.length)) {
      for (const rest of [Buffer.alloc(0), Buffer.alloc(whole.length - cut, 0xa5)]) {
        const copy = `${temporaryFolder()}/cut.db`;
        copyFileSync(path, copy);
        writeFileSync(`${copy}-wal`, Buffer.concat([whole.subarray(0, cut), rest]));
        expect(await intentsOf(copy)).toEqual(["first", "second"]);
      }
    }
  }, 60_000);

  it("DB-04 a copy that a sync tool made of the database alone, mid-write, is not taken for it", async () => {
    const { journal, audit, path } = aStore();
    for (let n = 0; n < 5; n += 1) {
      await journal.open(anIntent(`tmt-${n}`), [anAudit("order.sent")]);
    }
    audit.anchor();
    const copy = temporaryPath();
    aStore(copy).close();
    copyFileSync(path, copy);
    copyFileSync(`${path}.anchor`, `${copy}.anchor`);
    const failure = await rejectionOf(
      aStore(copy).journal.open(anIntent("tmt-9"), [anAudit("order.sent")]),
    );
    expect(["AUDIT_BROKEN", "STORAGE_CORRUPT"]).toContain(failure.code);
    expect(failure.message).toContain("nothing was sent");
  });
});
