import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { decimal } from "../../src/core/money.ts";
import { openSyntheticFeed } from "../../src/paper/feed/synthetic-feed.ts";
import { openPracticeServer } from "../../src/paper/v20-server/server.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { PATIENCE } from "../support/program.ts";

vi.setConfig(PATIENCE);

const CHILD = join(import.meta.dirname, "hammer-child.ts");
const PROCESSES = 10;
/** Longer on request: TMT_HAMMER_SECONDS=30 npx vitest run test/e2e/many-processes.test.ts */
const SECONDS = Number(process.env.TMT_HAMMER_SECONDS ?? 4);
const LIMIT = 100;
const TOKEN = "token-of-the-test";

async function openCountingServer() {
  const arrivals: number[] = [];
  const server = await openPracticeServer({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    feed: openSyntheticFeed({ seed: 1, hours: "always" }),
    clock: systemClock,
    accounts: [{ id: "101-001-1-001", currency: "USD", balance: decimal("100000"), region: "US" }],
    onRequest: () => arrivals.push(systemClock.monotonicMs()),
  });
  onTestFinished(() => server.close());
  return { server, arrivals };
}

type Hammer = {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly ready: Promise<unknown>;
  readonly lines: string[];
};

function startHammer(url: string, database: string, ms: number): Hammer {
  const child = spawn(process.execPath, [CHILD, url, TOKEN, database, String(ms)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  const ready = once(reader, "line");
  reader.on("line", (line) => lines.push(line));
  return { child, ready, lines };
}

async function ended({ child }: Hammer): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
}

/** The most moments that any window of `windowMs` holds. */
function mostWithin(moments: readonly number[], windowMs: number): number {
  const sorted = moments.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? moment) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe(`${PROCESSES} processes that ask one broker as often as they may`, () => {
  it(`send at most ${LIMIT} requests in any second, and none of them starves, killed ones or not`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "tmt-hammer-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { server, arrivals } = await openCountingServer();
    const database = join(folder, "tmt-broker.db");
    const hammers = Array.from({ length: PROCESSES }, () =>
      startHammer(server.url, database, SECONDS * 1000),
    );
    await Promise.all(hammers.map(({ ready }) => ready));
    for (const { child } of hammers) child.stdin.write("go\n");
    await systemClock.sleep((SECONDS * 1000) / 2);
    const killed = hammers.slice(0, 2);
    for (const { child } of killed) child.kill("SIGKILL");
    await Promise.all(hammers.map(ended));
    const answered = hammers.map(({ lines }) => lines.filter((l) => l === "answered").length);
    const failed = hammers.flatMap(({ lines }) => lines.filter((l) => /^[A-Z]/.test(l)));
    const total = answered.reduce((sum, count) => sum + count, 0);
    expect(failed).toEqual([]);
    expect(mostWithin(arrivals, 1000)).toBeLessThanOrEqual(LIMIT);
    expect(Math.min(...answered.slice(killed.length))).toBeGreaterThanOrEqual(total * 0.05);
    expect(total).toBeGreaterThan(SECONDS * LIMIT * 0.5);
  });
});
