// What it costs to keep a record that survives a power cut, and to prove that nobody changed it.
import { closeSync, fdatasyncSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { auditChain } from "../../src/compliance/audit/chain.ts";
import { openStore } from "../../src/history/sqlite/store.ts";
import { interleave, medianRatio, mediansOf, timed } from "../compare.mjs";
import { openBenchDesk } from "../desk.mjs";

const WRITES_PER_ROUND = 20;
const LOG_BYTES = 4 * 1024 * 1024;
const ENTRIES = 100_000;
const BATCH = 1_000;
const PAGE = 1_000;

export async function measureJournal(lab, { rounds }) {
  const { intent, audit } = await realIntent(lab);
  const file = join(lab.folder, "journal.db");
  const store = openStore(file, { chain: auditChain });
  let opened = 0;
  const open = () => {
    opened += 1;
    return store.journal.open({ ...intent, clientOrderId: `bench-${opened}` }, audit);
  };
  const bytes = await logBytesOf(open, `${file}-wal`);
  const bare = openBareLog(join(lab.folder, "bare.log"), bytes);
  const times = await interleave(
    { bare: () => timed(bare.write), journal: () => timed(open) },
    { rounds: rounds * WRITES_PER_ROUND, warmup: WRITES_PER_ROUND },
  );
  bare.close();
  store.close();
  const [floor, journal] = [times.bare, times.journal].map((each) =>
    mediansOf(each, WRITES_PER_ROUND),
  );
  const row = `journaled order's transaction p50 ÷ bare fdatasync of ${Math.round(bytes / 1024)} KiB`;
  return [{ row, ratio: medianRatio(journal, floor), must: 1.6, aim: 1.3 }];
}

export async function measureVerify(lab, { rounds }) {
  const { audit } = await realIntent(lab);
  const file = join(lab.folder, "audit.db");
  const store = openStore(file, { chain: auditChain });
  for (let written = 0; written < ENTRIES; written += BATCH) {
    await store.journal.record(Array.from({ length: BATCH }, () => audit[0]));
  }
  const read = openReader(file);
  const { reading, verifying } = await interleave(
    { reading: () => timed(read.all), verifying: () => timed(() => store.audit.verify()) },
    { rounds, warmup: 1 },
  );
  read.close();
  store.close();
  const row = `history verify of ${ENTRIES.toLocaleString("en")} entries ÷ only reading them`;
  return [{ row, ratio: medianRatio(verifying, reading), must: 2, aim: 1.5 }];
}

/** What an order of the program writes before it's sent, as it was really given to the journal. */
async function realIntent(lab) {
  const server = await lab.server();
  const bench = await openBenchDesk(lab.folder, server);
  const [order] = await bench.orders(1);
  const { desk } = order.context;
  let given = null;
  const journal = {
    open: (intent, audit) => {
      given = { intent, audit };
      return desk.journal.open(intent, audit);
    },
    settle: (...conclusion) => desk.journal.settle(...conclusion),
  };
  await bench.send({ ...order, context: { ...order.context, desk: { ...desk, journal } } });
  await bench.close();
  await server.flatten();
  return given;
}

/** How much one transaction adds to the write-ahead log. */
async function logBytesOf(write, log) {
  const samples = 20;
  await write();
  const before = statSync(log).size;
  for (let sample = 0; sample < samples; sample += 1) await write();
  return Math.round((statSync(log).size - before) / samples);
}

/** Writes as much, round and round in a file that is there already, as a write-ahead log does. */
function openBareLog(path, bytes) {
  const descriptor = openSync(path, "w");
  writeSync(descriptor, Buffer.alloc(LOG_BYTES, 1));
  fdatasyncSync(descriptor);
  const content = Buffer.alloc(bytes, 2);
  let at = 0;
  return {
    write: () => {
      if (at + bytes > LOG_BYTES) at = 0;
      writeSync(descriptor, content, 0, bytes, at);
      fdatasyncSync(descriptor);
      at += bytes;
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
