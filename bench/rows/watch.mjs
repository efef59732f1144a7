// The full-screen view against a table drawn by hand: 30 instruments that all change four times a second, one that changes
// alone, and 200 that change five times a second; and how much it grows in an hour.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EMPTY, PEERS, PROGRAM, runPeak, runProgram, runTime } from "../child.mjs";
import { interleave, median, medianRatio } from "../compare.mjs";
import { firstPaint, growth, keyToPaint, runScreen } from "../pty.mjs";

const INSTRUMENTS = 30;
const TICK_MS = 250;
const FEED_SECONDS = 600;
const MANY = { instruments: 200, times: 5 };
/** Each takes ten seconds. */
const MOST_ROUNDS = 3;
const MOST_STARTS = 10;
const SPAN = { warmMs: 5_000, seconds: 5 };
/** An hour of ticks passes in a minute, once Ink's caches of texts are full. */
const HOUR = { speed: 60, warmMs: 60_000, seconds: 60, replayed: 9_000 };
/** What is pressed is there within two frames of the screen. */
const FRAME_MS = 100;

export async function measureWatch(lab, { rounds }) {
  const paper = await lab.paperHome();
  const listed = JSON.parse(
    runProgram(["accounts", "instruments", "-c", "paper", "--json"], paper),
  );
  const shown = listed.slice(0, INSTRUMENTS);
  const single = shown.filter(({ instrument }) => instrument === "EUR_USD");
  const all = await lab.feedHome(feedFile(lab, shown, FEED_SECONDS));
  const one = await lab.feedHome(feedFile(lab, single, FEED_SECONDS), { name: "one" });
  const many = await lab.manyHome(MANY.instruments, MANY.times);
  const names = shown.map(({ instrument }) => instrument);
  const most = Math.min(rounds, MOST_ROUNDS);
  const ofAll = await compared({ ...all, names }, most);
  const ofOne = await compared({ ...one, names: ["EUR_USD"] }, most);
  const ofMany = await compared(many, most);
  const long = await lab.feedHome(feedFile(lab, shown, HOUR.replayed), {
    name: "hour",
    speed: HOUR.speed,
  });
  const { start, end } = await growth(programOf(names), { home: long.home, ...HOUR });
  process.stderr.write(`CPU seconds: ${ofAll.seconds}; of 200 instruments: ${ofMany.seconds}\n`);
  return [
    { row: "watch, 30 instruments: CPU ÷ a table by hand", ratio: ofAll.cpu, must: 20, aim: 15 },
    {
      row: "watch, 30 instruments: bytes ÷ a table by hand",
      ratio: ofAll.bytes,
      must: 1.3,
      aim: 1,
    },
    {
      row: "watch, one cell changes: bytes of the frame ÷ a row by hand",
      ratio: ofOne.smallest,
      must: 1,
      aim: 0.7,
    },
    {
      row: "watch, 200 instruments 5 times a second: CPU ÷ a table by hand",
      ratio: ofMany.cpu,
      must: 20,
      aim: 10,
    },
    {
      row: "watch, an hour's ticks: memory held at its end ÷ start",
      ratio: end / start,
      must: 1.1,
      aim: 1.05,
    },
    ...(await measureStarts(paper, rounds)),
  ];
}

async function measureStarts(home, rounds) {
  const watch = [PROGRAM, "watch", "-c", "paper"];
  const key = { home, key: "?", text: /KEYS/ };
  const { bare, first, peak, watchPeak, shown } = await interleave(
    {
      bare: () => runTime([EMPTY]),
      first: () => firstPaint(watch, { home }),
      peak: () => runPeak([EMPTY]),
      watchPeak: async () => (await runScreen(watch, { home, warmMs: 2_000, seconds: 1 })).peak,
      shown: () => keyToPaint(watch, key),
    },
    { rounds: Math.min(rounds, MOST_STARTS), warmup: 2 },
  );
  return [
    { row: "watch, first paint ÷ bare Node", ratio: medianRatio(first, bare), must: 8, aim: 6 },
    {
      row: "watch, peak memory ÷ bare Node",
      ratio: medianRatio(watchPeak, peak),
      must: 3.4,
      aim: 2.8,
    },
    {
      row: "watch, a key to its picture, in frames",
      ratio: median(shown) / FRAME_MS,
      must: 2,
      aim: 1,
    },
  ];
}

function programOf(names) {
  return [PROGRAM, "watch", ...names, "-c", "bench"];
}

/** The view and the table in turn, over the same prices. */
async function compared({ home, server, names }, rounds) {
  const peer = [join(PEERS, "ansi-table.mjs"), server.url, server.token, server.account, ...names];
  const runs = { watch: [], peer: [] };
  await interleave(
    {
      watch: async (round) =>
        keep(runs.watch, round, await runScreen(programOf(names), { home, ...SPAN })),
      peer: async (round) => keep(runs.peer, round, await runScreen(peer, { ...SPAN })),
    },
    { rounds, warmup: 1 },
  );
  const values = (kind, what) => runs[kind].map((run) => run[what]);
  const ratio = (what) => medianRatio(values("watch", what), values("peer", what));
  const seconds = (kind) => median(values(kind, "cpu")).toFixed(2);
  return {
    cpu: ratio("cpu"),
    bytes: ratio("bytes"),
    smallest: ratio("smallest"),
    seconds: `${seconds("watch")} and ${seconds("peer")}`,
  };
}

function keep(list, round, run) {
  if (round >= 0) list.push(run);
  return run.cpu;
}

/** Every instrument ticks four times a second, one after the other, up and down by a step or two. */
function feedFile(lab, instruments, seconds) {
  const start = Date.parse("2026-11-23T10:00:00Z");
  const rows = ["time,instrument,bid,ask"];
  for (let tick = 0; tick < (seconds * 1000) / TICK_MS; tick += 1) {
    for (const [index, { instrument, bid, ask, pricePrecision }] of instruments.entries()) {
      const ms = start + tick * TICK_MS + Math.floor((index * TICK_MS) / instruments.length);
      const step = ((tick * 7 + index * 3) % 5) * 10 ** -pricePrecision;
      const price = (text) => (Number(text) + step).toFixed(pricePrecision);
      rows.push(`${new Date(ms).toISOString()},${instrument},${price(bid)},${price(ask)}`);
    }
  }
  const file = join(lab.folder, `ticks-${instruments.length}-${seconds}.csv`);
  writeFileSync(file, rows.join("\n"));
  return file;
}
