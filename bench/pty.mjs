// Full-screen programs on a pseudo-terminal: what they cost while they run, and how soon they show something.
import { readdirSync, readFileSync } from "node:fs";
import * as nodePty from "@lydell/node-pty";
import { environmentOf } from "./child.mjs";

const SIZE = { cols: 120, rows: 40 };
/** So much is a picture; less is only the terminal's modes. */
const PICTURE_BYTES = 200;
const COLLECTING = ["--trace-gc", "--max-old-space-size=32"];
const HELD_MS = 5_000;
const ESCAPE = String.fromCharCode(27);
/** Begins and ends what a terminal shall show at once. */
const FRAME = new RegExp(`${ESCAPE}\\[\\?2026h.*?${ESCAPE}\\[\\?2026l`, "gs");

/**
 * CPU seconds, bytes, the smallest frame's bytes, and peak memory (KiB) of `node <args>` in `seconds`, after `warmMs`.
 * Linux only.
 */
export async function runScreen(args, { home, warmMs, seconds }) {
  const screen = open(args, home);
  await wait(warmMs);
  const before = { cpu: cpuSeconds(screen.pid), bytes: screen.bytes() };
  screen.startFrames();
  await wait(seconds * 1000);
  const cpu = cpuSeconds(screen.pid) - before.cpu;
  const result = {
    cpu,
    bytes: screen.bytes() - before.bytes,
    smallest: Math.min(...screen.frames()),
    peak: peakOf(screen.pid),
  };
  await screen.end();
  return result;
}

/**
 * What `node <args>` still holds after a collection of its garbage, in MB: the least in some seconds after `warmMs`, and in
 * those at the end of `seconds` more. It has little room, so that it collects often: what is resident tells of V8's habits.
 */
export async function growth(args, { home, warmMs, seconds }) {
  const screen = open([...COLLECTING, ...args], home);
  await wait(warmMs);
  const start = await heldBy(screen);
  await wait(seconds * 1000);
  const end = await heldBy(screen);
  await screen.end();
  return { start, end };
}

async function heldBy(screen) {
  screen.startFrames();
  await wait(HELD_MS);
  const held = screen.text().matchAll(/Mark-Compact [^>]*-> ([\d.]+) /g);
  return Math.min(...[...held].map(([, megabytes]) => Number(megabytes)));
}

/** Milliseconds from the start of `node <args>` to its first picture. */
export async function firstPaint(args, { home }) {
  const start = performance.now();
  const screen = open(args, home);
  while (screen.bytes() < PICTURE_BYTES) await wait(1);
  const shown = performance.now() - start;
  await wait(300);
  await screen.end();
  return shown;
}

/** Milliseconds from a key to what it leads to. */
export async function keyToPaint(args, { home, key, text }) {
  const screen = open(args, home);
  await screen.until(/USD/);
  await wait(1000);
  const start = performance.now();
  screen.press(key);
  await screen.until(text);
  const shown = performance.now() - start;
  await screen.end();
  return shown;
}

function open(args, home) {
  const pty = nodePty.spawn(process.execPath, args, {
    ...SIZE,
    name: "xterm-256color",
    env: { ...environmentOf(home), TERM: "xterm-256color" },
  });
  let bytes = 0;
  let text = "";
  let chunks = [];
  pty.onData((chunk) => {
    bytes += Buffer.byteLength(chunk);
    chunks.push(chunk);
    text = (text + chunk).slice(-100_000);
  });
  const ended = new Promise((resolve) => pty.onExit(resolve));
  return {
    pid: pty.pid,
    bytes: () => bytes,
    startFrames: () => {
      chunks = [];
    },
    /** Since `startFrames`. */
    text: () => chunks.join(""),
    /** Bytes of each frame; where they aren't marked each write is one. */
    frames: () => (chunks.join("").match(FRAME) ?? chunks).map((frame) => Buffer.byteLength(frame)),
    press: (key) => {
      text = "";
      pty.write(key);
    },
    until: async (wanted) => {
      while (!wanted.test(text)) await wait(1);
    },
    // As its user ends it, so that it keeps its compiled code.
    end: async () => {
      pty.write("q");
      const timer = setTimeout(() => pty.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Of all threads, from the scheduler's nanoseconds. */
function cpuSeconds(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}

function peakOf(pid) {
  return statusOf(pid, "VmHWM");
}

/** A figure in KiB of a process. */
function statusOf(pid, name) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
