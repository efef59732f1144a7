/**
 * Run as a process of its own: `process.ts COMMAND PATH [NAME]`. It says on stdout how far it got,
 * a line each.
 */
import { once } from "node:events";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import { Failure } from "../../../src/core/failures.ts";
import { openDatabase } from "../../../src/history/sqlite/database.ts";
import { MIGRATIONS } from "../../../src/history/sqlite/migrations.ts";
import { openStore } from "../../../src/history/sqlite/store.ts";
import { anAudit, anIntent, slowMigration } from "./records.ts";

const ORDERS = 25;
const MANY = 10_000;
/** On a busy computer a turn may come late: what is asked here is that nothing is lost. */
const PATIENT_MS = 60_000;
/** Seconds of work, in one migration. */
const LONG_ROWS = 5_000_000;

const [, , command = "", path = "", name = ""] = process.argv;

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = {
  /** Waits for a line on stdin, opens the store, and journals some orders. */
  trade: async () => {
    say("ready");
    await once(process.stdin, "data");
    const store = openStore(path, { chain: auditChain, busyTimeoutMs: PATIENT_MS });
    for (let order = 0; order < ORDERS; order += 1) {
      const intent = anIntent(`${name}-${order}`);
      const { clientOrderId } = intent;
      await store.journal.open(intent, [anAudit("order.sent", { clientOrderId })]);
    }
    store.close();
    say("done");
    process.stdin.destroy();
  },
  /** Journals one order and never comes to its outcome. */
  hangAfterOpen: async () => {
    const store = openStore(path, { chain: auditChain });
    await store.journal.open(anIntent(name), [anAudit("order.sent", { clientOrderId: name })]);
    await hang("opened");
  },
  /** Holds the write lock. */
  hangInTransaction: async () => {
    const { connection } = openDatabase(path);
    connection.exec("BEGIN IMMEDIATE; INSERT INTO halts VALUES ('paper', '', 'half written')");
    await hang("locked");
  },
  /** Journals orders until the disk refuses; says how many it was told are safe. */
  fill: async () => {
    const store = openStore(path, { chain: auditChain });
    for (let order = 0; order < MANY; order += 1) {
      await store.journal.open(anIntent(`${name}-${order}`), [anAudit("order.sent")]);
      say(`${name}-${order}`);
    }
  },
  /** Goes through a migration that takes its time. */
  migrate: async () => {
    say("ready");
    openDatabase(path, { migrations: [...MIGRATIONS, slowMigration(LONG_ROWS)] }).close();
    say("done");
  },
  open: async () => {
    const store = openStore(path, { chain: auditChain });
    await store.halts.halt(null, { since: anIntent(name).createdAt, reason: "written" });
  },
};

try {
  await COMMANDS[command]?.();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
}

async function hang(word: string): Promise<void> {
  say(word);
  process.stdin.resume();
  await once(process.stdin, "end");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
