// What it costs to keep a record that survives a power cut, and to prove that nobody changed it.
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { auditChain } from "../../src/compliance/audit/chain.ts";
import { openStore } from "../../src/history/sqlite/store.ts";
import { interleave, medianRatio, mediansOf, timed } from "../compare.mjs";
import { openBenchDesk } from "../desk.mjs";

const WRITES_PER_ROUND = 20;
const ENTRIES = 100_000;
const BATCH = 1_000;
const PAGE = 1_000;

export async function measureJournal(lab, { rounds }) {
  const { sent } = await realOrder(lab);
  const store = openStore(join(lab.folder, "journal.db"), { chain: auditChain });
  const lines = openLineLog(join(lab.folder, "journal.log"), `${JSON.stringify(sent)}\n`);
  let opened = 0;
  const open = () => {
    opened += 1;
    return store.journal.open({ ...sent.intent, clientOrderId: `bench-${opened}` }, sent.audit);
  };
  const times = await interleave(
    { bare: () => timed(lines.append), journal: () => timed(open) },
    { rounds: rounds * WRITES_PER_ROUND, warmup: WRITES_PER_ROUND },
  );
  lines.close();
  store.close();
  const [floor, journal] = [times.bare, times.journal].map((each) =>
    mediansOf(each, WRITES_PER_ROUND),
  );
  const row = "journaled order's transaction p50 ÷ same content appended and flushed";
  return [{ row, ratio: medianRatio(journal, floor), must: 1.6, aim: 1.3 }];
}

export async function measureVerify(lab, { rounds }) {
  const { sent, settled } = await realOrder(lab);
  const pair = [...sent.audit, ...settled.audit];
  const file = join(lab.folder, "audit.db");
  const store = openStore(file, { chain: auditChain });
  for (let written = 0; written < ENTRIES; written += BATCH) {
    await store.journal.record(Array.from({ length: BATCH }, (_, index) => pair[index % 2]));
  }
  const read = openReader(file);
  const { reading, verifying } = await interleave(
    {
      reading: () => timed(read.all),
      verifying: () => timed(() => store.audit.verify([store.audit.anchored()])),
    },
    { rounds, warmup: 1 },
  );
  read.close();
  store.close();
  const row = `history verify of ${ENTRIES.toLocaleString("en")} entries ÷ only reading them`;
  return [{ row, ratio: medianRatio(verifying, reading), must: 2, aim: 1.5 }];
}

/** What an order of the program writes before it's sent and after, as it really gave it to the journal. */
async function realOrder(lab) {
  const server = await lab.server();
  const bench = await openBenchDesk(lab.folder, server);
  const [order] = await bench.orders(1);
  const { desk } = order.context;
  const given = {};
  const journal = {
    open: (intent, audit, look) => {
      given.sent = { intent, audit };
      return desk.journal.open(intent, audit, look);
    },
    settle: (key, result, audit) => {
      given.settled = { audit };
      return desk.journal.settle(key, result, audit);
    },
  };
  await bench.send({ ...order, context: { ...order.context, desk: { ...desk, journal } } });
  await bench.close();
  await server.flatten();
  return given;
}

/** The barest journal there is: the same content as one more line of a file, flushed. */
function openLineLog(path, line) {
  const descriptor = openSync(path, "a");
  return {
    append: () => {
      writeSync(descriptor, line);
      fdatasyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
}

/** Reads every entry with the bare driver. */
function openReader(file) {
  const database = new Database(file, { readonly: true });
  const page = database.prepare(
    `SELECT sequence, at, kind, data, previous_hash AS previousHash, hash FROM audit
     WHERE sequence > ? ORDER BY sequence LIMIT ${PAGE}`,
  );
  return {
    all: () => {
      let count = 0;
      for (let rows = page.all(0); rows.length > 0; rows = page.all(rows.at(-1).sequence)) {
        count += rows.length;
      }
      if (count !== ENTRIES) throw new Error(`${count} entries were read`);
    },
    close: () => database.close(),
  };
}
