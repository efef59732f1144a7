import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import type { Failure } from "../../../src/core/failures.ts";
import { decimal, toUnits } from "../../../src/core/money.ts";
import type { CloseOrder } from "../../../src/core/order-request.ts";
import { type LocalStore, openStore } from "../../../src/history/sqlite/store.ts";
import type { AnchorReading } from "../../../src/ports/audit-anchor.ts";
import { anAudit, anIntent, aRequest, at } from "./records.ts";
import { aStore, bareConnection, rejectionOf, temporaryPath } from "./support.ts";

const OPENED = [anAudit("order.sent")];

/** A closed file with entries 1 to `count`. */
async function aLogOf(count: number, path = temporaryPath()): Promise<string> {
  const store = openStore(path, { chain: auditChain });
  for (let n = 1; n <= count; n += 1) {
    await store.journal.open(anIntent(`tmt-${n}`), [anAudit("order.sent", { n }, n)]);
  }
  store.close();
  return path;
}

function anchorOf(path: string): AnchorReading {
  return aStore(path).audit.anchored().reading;
}

function verified(store: Pick<LocalStore, "audit">) {
  return store.audit.verify([store.audit.anchored()]);
}

/** Puts the database back to what it was when `copy` was made of it. */
function restore(path: string, copy: string): void {
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
  copyFileSync(copy, path);
}

function backup(path: string): string {
  bareConnection(path).close();
  copyFileSync(path, `${path}.backup`);
  return `${path}.backup`;
}

function tamper(path: string, sql: string): void {
  const connection = bareConnection(path);
  connection.exec(`DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened;
    DROP TRIGGER audit_grows_at_its_end; ${sql}`);
  connection.close();
}

describe("the anchor of the audit log", () => {
  it("follows every commit of every process", async () => {
    const path = await aLogOf(3);
    expect(anchorOf(path)).toMatchObject({ kind: "head", head: { sequence: 3, at: at(3) } });
    const [first, second] = [aStore(path), aStore(path)];
    for (let n = 0; n < 5; n += 1) {
      await first.journal.record([anAudit("note", { n })]);
      await second.journal.record([anAudit("note", { n })]);
    }
    first.close();
    second.close();
    expect(anchorOf(path)).toMatchObject({ head: { sequence: 13 } });
    expect(await verified(aStore(path))).toMatchObject({ entries: 13, anchored: 13 });
  });

  it("is there before the first entry is, and is none before there is an entry", async () => {
    const store = aStore();
    expect(store.audit.anchored().reading).toEqual({ kind: "none" });
    expect(await verified(store)).toMatchObject({ entries: 0, anchored: null });
    const opening = store.journal.open(anIntent("tmt-1"), OPENED);
    await opening;
    expect(store.audit.anchored().reading.kind).toBe("begun");
  });

  it("follows within a moment in a process that lives on", async () => {
    const store = aStore();
    await store.journal.open(anIntent("tmt-1"), OPENED);
    await vi.waitUntil(() => store.audit.anchored().reading.kind === "head");
    expect(await verified(store)).toMatchObject({ entries: 1, anchored: 1 });
  });

  it("may lag behind, as after a crash: the log is whole, and the anchor catches up", async () => {
    const path = await aLogOf(3);
    const old = readFileSync(`${path}.anchor`);
    await aLogOf(0, path);
    const store = aStore(path);
    await store.journal.record([anAudit("note"), anAudit("note")]);
    store.close();
    writeFileSync(`${path}.anchor`, old);
    expect(await verified(aStore(path))).toMatchObject({ entries: 5, anchored: 3 });
    const again = aStore(path);
    await again.journal.record([anAudit("note")]);
    again.close();
    expect(anchorOf(path)).toMatchObject({ head: { sequence: 6 } });
  });

  it("DB-07 shows a cut tail, and names the first entry that is missing", async () => {
    const path = await aLogOf(9);
    tamper(path, "DELETE FROM audit WHERE sequence > 6");
    const failure = await rejectionOf(verified(aStore(path)));
    expect(failure).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence: 7 } });
    expect(failure.message).toMatch(/at entry 7: it and all up to entry 9 are missing/);
    expect(failure.message).toContain(at(9));
  });

  it("DB-07 shows a log that was written anew up to its end", async () => {
    const path = await aLogOf(4);
    tamper(path, "DELETE FROM audit WHERE sequence > 2");
    const store = aStore(path);
    await rejectionOf(store.journal.open(anIntent("tmt-9"), OPENED));
    await store.journal.record([anAudit("forged"), anAudit("forged"), anAudit("forged")]);
    const failure = await rejectionOf(verified(store));
    expect(failure).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence: 4 } });
    expect(failure.message).toContain("written anew");
  });

  it("DB-07 shows another database in place of the one it vouches for", async () => {
    const path = await aLogOf(4);
    const other = temporaryPath();
    const store = aStore(other);
    await store.journal.record([anAudit("other", {}, 99), anAudit("other", {}, 100)]);
    store.close();
    restore(path, other);
    const failure = await rejectionOf(verified(aStore(path)));
    expect(failure).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence: 1 } });
    expect(failure.message).toContain("the database was replaced");
  });

  it.each<[string, (anchor: string) => void, RegExp]>([
    ["deleted", (anchor) => rmSync(anchor), /anchor .* is missing/],
    ["emptied", (anchor) => truncateSync(anchor), /anchor .* can't be read/],
    ["garbled", (anchor) => writeFileSync(anchor, "x".repeat(1024)), /anchor .* can't be read/],
  ])(
    "DB-07 an anchor that was %s is told, stays so, and stops no order",
    async (_, harm, words) => {
      const path = await aLogOf(3);
      harm(`${path}.anchor`);
      const faults: Failure[] = [];
      const store = openStore(path, {
        chain: auditChain,
        onAnchorFault: (one) => faults.push(one),
      });
      await store.journal.open(anIntent("tmt-4"), OPENED);
      await store.journal.open(anIntent("tmt-5"), OPENED);
      store.close();
      const failure = await rejectionOf(verified(aStore(path)));
      expect(failure).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence: 5 } });
      expect(failure.message).toMatch(words);
      expect(failure.hint).toContain("history verify --reanchor");
      expect(faults.map(({ code }) => code)).toEqual(["AUDIT_BROKEN"]);
    },
  );

  it.skipIf(process.platform === "win32")(
    "DB-01 one that can't be written stops no order",
    async () => {
      const path = await aLogOf(1);
      rmSync(`${path}.anchor`);
      mkdirSync(`${path}.anchor`);
      const faults: Failure[] = [];
      const store = openStore(path, {
        chain: auditChain,
        onAnchorFault: (one) => faults.push(one),
      });
      await store.journal.open(anIntent("tmt-4"), OPENED);
      store.close();
      expect(faults).toHaveLength(1);
      expect(await aStore(path).journal.unsettled("paper", "001")).toHaveLength(2);
    },
  );

  it.skipIf(process.platform === "win32")(
    "DB-01 a read-only one lags, and the log is whole",
    async () => {
      const path = await aLogOf(1);
      chmodSync(`${path}.anchor`, 0o400);
      await withoutRoot(path, async () => {
        const store = aStore(path);
        await store.journal.open(anIntent("tmt-4"), OPENED);
        expect(await verified(store)).toMatchObject({ entries: 2, anchored: 1 });
        store.close();
      });
    },
  );

  it("vouches for the log as it is when it is told to", async () => {
    const path = await aLogOf(5);
    tamper(path, "DELETE FROM audit WHERE sequence > 2");
    const store = aStore(path);
    expect(store.audit.anchor()).toMatchObject({ sequence: 2 });
    await store.journal.open(anIntent("tmt-9"), OPENED);
    expect(await verified(store)).toMatchObject({ entries: 3 });
  });
});

describe("a database that lacks what was in it", () => {
  it("DB-09 after yesterday's copy was put in place, no new order joins it, and closing stays possible", async () => {
    const path = await aLogOf(2);
    const yesterday = backup(path);
    await aLogOf(0, path);
    const today = aStore(path);
    await today.journal.open(anIntent("tmt-3"), OPENED);
    today.close();
    restore(path, yesterday);

    const { journal, audit } = aStore(path);
    const refused = await rejectionOf(journal.open(anIntent("tmt-3"), OPENED));
    expect(refused).toMatchObject({ code: "AUDIT_BROKEN", sent: false, details: { sequence: 3 } });
    expect(refused.message).toMatch(/entry 3: it is missing.*older copy.*nothing was sent/);
    expect(refused.hint).toMatch(/check your orders .* at the broker, .*--reanchor/);
    expect(await journal.unsettled("paper", "001")).toHaveLength(2);

    await journal.open(anIntent("tmt-4", { request: aClose("tmt-4") }), OPENED);
    const reducing = aRequest({ clientOrderId: "tmt-5", reduceOnly: true });
    await journal.open(anIntent("tmt-5", { request: reducing }), OPENED);
    audit.anchor();
    await journal.open(anIntent("tmt-6"), OPENED);
  });

  it("DB-04 a new database where the old one was is not taken for it", async () => {
    const path = await aLogOf(2);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    const refused = await rejectionOf(aStore(path).journal.open(anIntent("tmt-3"), OPENED));
    expect(refused).toMatchObject({ code: "AUDIT_BROKEN", details: { sequence: 1 } });
  });

  it.each<[string, (path: string) => void, RegExp]>([
    ["deleted", (path) => rmSync(path), /is gone/],
    ["moved", (path) => renameSync(path, `${path}.old`), /is gone/],
    ["replaced", (path) => replaceFile(path), /is another file now/],
  ])("DB-04 a file that is %s while it is open takes no order", async (_what, harm, words) => {
    const { journal, halts, path } = aStore();
    await journal.open(anIntent("tmt-1"), OPENED);
    harm(path);
    const refused = await rejectionOf(journal.open(anIntent("tmt-2"), OPENED));
    expect(refused).toMatchObject({ code: "STORAGE_CORRUPT", sent: false });
    expect(refused.message).toMatch(words);
    expect(refused.message).toContain("nothing was sent");
    const halt = await rejectionOf(halts.halt(null, { since: at(0), reason: "test" }));
    expect(halt.message).toContain("The halt is NOT in force");
  });
});

function replaceFile(path: string): void {
  copyFileSync(path, `${path}.new`);
  renameSync(`${path}.new`, path);
}

function aClose(clientOrderId: string): CloseOrder {
  return {
    kind: "close",
    clientOrderId,
    account: "001",
    instrument: "EUR_USD",
    side: "sell",
    units: toUnits(decimal("10000")),
    tradeId: null,
    isWhole: true,
    origin: { signalId: null, agent: null, comment: null },
  };
}

const NOBODY = 65_534;

/** Runs `work` as a user who must keep to the permissions of the database's files. */
async function withoutRoot(path: string, work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  const folder = dirname(path);
  const files = readdirSync(folder).map((name) => join(folder, name));
  for (const owned of [dirname(folder), folder, ...files]) chownSync(owned, NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
