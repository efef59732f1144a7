// The full-screen view of 30 instruments that all change four times a second, against a table drawn by hand.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EMPTY, PEERS, PROGRAM, runPeak, runProgram, runTime } from "../child.mjs";
import { interleave, median, medianRatio } from "../compare.mjs";
import { firstPaint, keyToPaint, runScreen } from "../pty.mjs";

const INSTRUMENTS = 30;
const TICK_MS = 250;
const FEED_SECONDS = 600;
/** Each takes ten seconds. */
const MOST_ROUNDS = 3;
const MOST_STARTS = 10;
const SPAN = { warmMs: 5_000, seconds: 5 };

export async function measureWatch(lab, { rounds }) {
  const paper = await lab.paperHome();
  const listed = JSON.parse(
    runProgram(["accounts", "instruments", "-c", "paper", "--json"], paper),
  );
  const shown = listed.slice(0, INSTRUMENTS);
  const file = join(lab.folder, "ticks.csv");
  writeFileSync(file, feedOf(shown));
  const { home, server } = await lab.feedHome(file);
  const names = shown.map(({ instrument }) => instrument);
  const watch = [PROGRAM, "watch", ...names, "-c", "bench"];
  const peer = [join(PEERS, "ansi-table.mjs"), server.url, server.token, server.account, ...names];
  const runs = { watch: [], peer: [] };
  await interleave(
    {
      watch: async (round) => keep(runs.watch, round, await runScreen(watch, { home, ...SPAN })),
      peer: async (round) => keep(runs.peer, round, await runScreen(peer, { ...SPAN })),
    },
    { rounds: Math.min(rounds, MOST_ROUNDS), warmup: 1 },
  );
  const values = (kind, what) => runs[kind].map((run) => run[what]);
  const { bare, first, peak } = await interleave(
    {
      bare: () => runTime([EMPTY]),
      first: () => firstPaint([PROGRAM, "watch", "-c", "paper"], { home: paper }),
      peak: () => runPeak([EMPTY]),
    },
    { rounds: Math.min(rounds, MOST_STARTS), warmup: 2 },
  );
  const key = await keyToPaint([PROGRAM, "watch", "-c", "paper"], {
    home: paper,
    key: "?",
    text: /KEYS/,
  });
  process.stderr.write(
    `CPU seconds: ${median(values("watch", "cpu")).toFixed(2)} and ${median(values("peer", "cpu")).toFixed(2)}\n`,
  );
  process.stderr.write(`from a key to its picture: ${key.toFixed(0)} ms\n`);
  const memory = median(values("watch", "peak")) / median(peak);
  return [
    {
      row: "watch, 30 instruments: CPU ÷ a table by hand",
      ratio: medianRatio(values("watch", "cpu"), values("peer", "cpu")),
      must: 20,
      aim: 15,
    },
    {
      row: "watch, 30 instruments: bytes ÷ a table by hand",
      ratio: medianRatio(values("watch", "bytes"), values("peer", "bytes")),
      must: 1.3,
      aim: 1,
    },
    { row: "watch, first paint ÷ bare Node", ratio: medianRatio(first, bare), must: 8, aim: 6 },
    { row: "watch, peak memory ÷ bare Node", ratio: memory, must: 3.4, aim: 2.8 },
  ];
}

function keep(list, round, run) {
  if (round >= 0) list.push(run);
  return run.cpu;
}

/** Every instrument ticks four times a second, one after the other, up and down by a step or two. */
function feedOf(instruments) {
  const start = Date.parse("2026-11-23T10:00:00Z");
  const rows = ["time,instrument,bid,ask"];
  for (let tick = 0; tick < (FEED_SECONDS * 1000) / TICK_MS; tick += 1) {
    for (const [index, { instrument, bid, ask, pricePrecision }] of instruments.entries()) {
      const ms = start + tick * TICK_MS + Math.floor((index * TICK_MS) / instruments.length);
      const step = ((tick * 7 + index * 3) % 5) * 10 ** -pricePrecision;
      const price = (text) => (Number(text) + step).toFixed(pricePrecision);
      rows.push(`${new Date(ms).toISOString()},${instrument},${price(bid)},${price(ask)}`);
    }
  }
  return rows.join("\n");
}
