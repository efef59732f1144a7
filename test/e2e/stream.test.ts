import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  finished,
  newUser,
  PATIENCE,
  PROGRAM,
  type Practice,
  startPractice,
  type User,
} from "../support/program.ts";
import { connectOanda } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const RECORDED = resolve("../shared/data/oanda-ticks-2014-05-08.csv.gz");

type Line = {
  readonly type: "quote" | "status";
  readonly status: string;
  readonly instrument: string;
  readonly time: string;
  readonly detail: string | null;
};

/** A stream that runs, its lines so far, and a stdin that stays open. */
function startStream({ env }: User, words: string) {
  const child = spawn(process.execPath, [PROGRAM, ...words.split(" ")], { env });
  children.push(child);
  const lines: Line[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(JSON.parse(line)));
  const stderr = text(child.stderr);
  return {
    child,
    lines,
    stderr,
    statuses: () => lines.filter(({ type }) => type === "status").map(({ status }) => status),
    quotes: () => lines.filter(({ type }) => type === "quote"),
    async ended() {
      const [code] = await once(child, "close");
      return { code, stderr: await stderr };
    },
  };
}

function expectInOrder(times: readonly string[]): void {
  for (const [index, time] of times.entries()) {
    if (index > 0) expect(time > `${times[index - 1]}`, `${times[index - 1]}, ${time}`).toBe(true);
  }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 20 });
const children: ChildProcessWithoutNullStreams[] = [];

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

describe("stream of the paper broker", () => {
  it("prints prices as lines of JSON, and a summary beside them", async () => {
    const ran = await newUser().run("stream eurusd EUR/USD USD_JPY --count 4 --json");
    expect(ran.code).toBe(0);
    const lines: Line[] = ran.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ type }) => type === "quote")).toHaveLength(4);
    expect(lines[0]).toEqual({
      type: "status",
      status: "connecting",
      connection: "paper",
      detail: null,
      time: expect.stringMatching(/^2\d{3}-.+Z$/),
    });
    expect(lines.find(({ type }) => type === "quote")).toEqual({
      type: "quote",
      connection: "paper",
      instrument: "EUR_USD",
      bid: expect.stringMatching(/^\d\.\d{5}$/),
      ask: expect.stringMatching(/^\d\.\d{5}$/),
      mid: expect.stringMatching(/^\d\.\d{5,6}$/),
      spreadPips: expect.stringMatching(/^\d+(\.\d)?$/),
      tradeable: true,
      time: expect.stringMatching(/\.\d{9}Z$/),
      receivedAt: expect.stringMatching(/\.\d{9}Z$/),
      latencyMs: null,
    });
    expect(ran.stderr).toMatch(/^4 prices in \d+\.\d s \(EUR_USD \d, USD_JPY \d\); 0 dropped/);
  });

  it("prints prices alone for people, and all else beside them", async () => {
    const ran = await newUser().run("stream EUR_USD --duration 1s");
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}EUR_USD {3}\d\.\d{5} {2}\d\.\d{5} {2}\d+\.\d pips/,
    );
    expect(ran.stderr).toContain("paper: connected\n");
    const quiet = await newUser().run("stream EUR_USD --count 1 --quiet");
    expect(quiet.stderr).toBe("");
  });

  it.each<[string, number, string]>([
    ["stream", 2, "Missing required argument"],
    ["stream EUR_US", 8, "Did you mean EUR_USD?"],
    ["stream EUR_USD --count 0", 2, '--count "0" must be a whole number'],
    ["stream EUR_USD --duration 5", 2, '--duration "5" is not a span of time'],
    ["stream EUR_USD --duration 25d", 2, "24d at the most"],
    ["stream EUR_USD -c nobody", 8, "nobody"],
  ])("%s exits %i", async (words, code, message) => {
    const ran = await newUser().run(words);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(message);
    expect(ran.stdout).toBe("");
  });

  it("CI-16 ends quietly when its reader has seen enough", async () => {
    const { env } = newUser();
    const command = `"${process.execPath}" "${PROGRAM}" stream EUR_USD --json | head -1; echo "code \${PIPESTATUS[0]}"`;
    const child = spawn("bash", ["-c", command], { env });
    const ran = await finished(child);
    expect(ran.stdout).toMatch(/^\{"type":"status".*\}\ncode 0\n$/);
    expect(ran.stderr).not.toMatch(/rror/);
  });

  it("takes instruments in and out by its input, and says what it doesn't understand", async () => {
    const stream = startStream(newUser(), "stream EUR_USD --json");
    await until(() => expect(stream.quotes().length).toBeGreaterThan(0));
    stream.child.stdin.write("+gbp/usd\n- eurusd\n+XXX_YYY\nwhat\n\n");
    await until(() => expect(stream.quotes().at(-1)?.instrument).toBe("GBP_USD"));
    const { length } = stream.lines;
    await until(() => expect(stream.lines.length).toBeGreaterThan(length + 2));
    expect(stream.lines.slice(length).map(({ instrument }) => instrument)).not.toContain("EUR_USD");
    stream.child.kill("SIGINT");
    const { code, stderr } = await stream.ended();
    expect(code).toBe(130);
    expect(stderr).toContain('"XXX_YYY" is not an instrument of paper');
    expect(stderr).toContain('"what" isn\'t understood: write +GBP_USD or -EUR_USD.');
    expect(stderr).toMatch(/prices in .* \(EUR_USD \d+, GBP_USD \d+\)/);
  });

  it("CI-12 doesn't drown in an input that isn't meant for it", async () => {
    const stream = startStream(newUser(), "stream EUR_USD --json --duration 2s");
    stream.child.stdin.on("error", () => undefined);
    const junk = `${"\u001b[31m".repeat(10_000)}\n`;
    const flood = setInterval(() => stream.child.stdin.write(junk.repeat(4)), 10);
    const { code, stderr } = await stream.ended();
    clearInterval(flood);
    expect(code).toBe(0);
    expect(stderr.length).toBeLessThan(2_000);
    expect(stderr).not.toContain("\u001b[31m");
    expect(stderr).toContain("Standard input isn't read any further.");
  });
});

describe("stream of a broker over the network", () => {
  let practice: Practice;
  let user: User;

  beforeAll(async () => {
    practice = await startPractice();
    user = newUser({ TMT_BROKER_PASSPHRASE: "a passphrase of the test" });
    await connectOanda(user, practice, "--use");
  });

  it("goes on when its broker was killed and is back, and says what happened", async () => {
    const stream = startStream(user, "stream EUR_USD USD_JPY --json");
    await until(() => expect(stream.quotes().length).toBeGreaterThan(2));
    await practice.kill();
    await until(() => expect(stream.statuses().at(-1)).toBe("reconnecting"));
    expect(stream.lines.at(-1)?.detail).toContain("127.0.0.1");
    practice = await startPractice(`--port ${practice.port} --token ${practice.token}`);
    const { length } = stream.lines;
    await until(() => expect(stream.statuses().at(-1)).toBe("connected"));
    await until(() => expect(stream.lines.slice(length + 4).length).toBeGreaterThan(0));
    const times = stream.quotes().filter(({ instrument }) => instrument === "EUR_USD");
    expectInOrder(times.map(({ time }) => time));
    stream.child.kill("SIGINT");
    const { code, stderr } = await stream.ended();
    expect(code).toBe(130);
    expect(stderr).toMatch(/, [1-9]\d* reconnects?\.\n$/);
    expect(stderr).not.toContain(practice.token);
  });

  it("exits 6 when its broker can't be reached at all", async () => {
    await practice.kill();
    const ran = await user.run("stream EUR_USD --json");
    expect(ran.code).toBe(6);
    expect(ran.stdout).not.toContain("quote");
    expect(ran.stderr.trimEnd().split("\n").at(-1)).toContain('"code":"BROKER_UNAVAILABLE"');
  });

  it.skipIf(!existsSync(RECORDED))(
    "shows a real day at a hundred times its pace in order (needs recorded data)",
    async () => {
      const server = await startPractice(`--feed ${RECORDED} --speed 100`);
      const trader = newUser({ TMT_BROKER_PASSPHRASE: "a passphrase of the test" });
      await connectOanda(trader, server, "--use");
      const ran = await trader.run("stream EUR_USD NZD_USD --json --duration 6s");
      expect(ran.code).toBe(0);
      const lines: Line[] = ran.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      for (const name of ["EUR_USD", "NZD_USD"]) {
        const times = lines.filter(({ instrument }) => instrument === name).map(({ time }) => time);
        expect(times.length).toBeGreaterThan(10);
        expectInOrder(times);
        expect(new Set(times).size).toBe(times.length);
      }
      expect(ran.stderr).toContain("; 0 dropped, 0 passed over, 0 reconnects.");
      await server.kill();
    },
  );
});
