import { once } from "node:events";
import { createInterface } from "node:readline";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { openGateway } from "../support/gateway.ts";
import { killedAt } from "../support/killed-steps.ts";
import { priceAt } from "../support/orders.ts";
import {
  clockAhead,
  type Finished,
  finished,
  newUser,
  PATIENCE,
  startPractice,
  type User,
} from "../support/program.ts";
import { openTerminal } from "../support/pseudo-terminal.ts";
import {
  aSignal,
  fillsBySignal,
  manySignals,
  onceEach,
  signalLines,
  writeSignals,
} from "../support/signals.ts";
import {
  configureLive,
  connectOanda,
  LIVE_ACCOUNT,
  openVenue,
  ordersSent,
} from "../support/venue.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
/** The token in the environment is quicker than opening the encrypted file for every command. */
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: TOKEN };
const MINUTE = 60_000;

type Line = Omit<OrderReport, "status"> & { readonly status: string; readonly known: boolean };

function linesOf({ stdout }: Finished): readonly Line[] {
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function statusesOf(result: Finished): Readonly<Record<string, string>> {
  return Object.fromEntries(linesOf(result).map(({ signalId, status }) => [signalId, status]));
}

/** A user with a connection `oanda` who may send as many orders a minute as there are signals here. */
async function traderAt(url: string): Promise<User> {
  const user = newUser(SECRETS);
  await connectOanda(user, { url, token: TOKEN });
  expect((await user.run("config set risk.maxOrdersPerMinute 1000")).code).toBe(0);
  return user;
}

describe("a file of signals", () => {
  it("PR-05 in two processes at once makes one order of each, at most 100 requests a second", async () => {
    const practice = await startPractice(`--token ${TOKEN} --region NONE`);
    const user = await traderAt(practice.url);
    const signals = manySignals("both", 100);
    const words = `order submit ${writeSignals(user, signals)} -c oanda --json --concurrency 50`;
    const [one, two] = await Promise.all([user.run(words), user.run(words)]);
    expect([one.code, two.code], one.stderr + two.stderr).toEqual([0, 0]);
    expect(fillsBySignal(await practice.log())).toEqual(onceEach(signals));
    for (const result of [one, two]) {
      expect(
        linesOf(result)
          .map(({ signalId }) => signalId)
          .sort(),
      ).toEqual(signals.map(({ signalId }) => signalId).sort());
    }
    const known = [one, two].flatMap(linesOf).filter((line) => line.known);
    expect(known.length).toBe(signals.length);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const counted = await fetch(`${practice.url}/practice/requests`, { headers });
    expect(Object(await counted.json()).maxPerSecond).toBeLessThanOrEqual(100);
  });

  it("PR-01 killed at any step and run again makes one order of each", async () => {
    const practice = await startPractice(`--token ${TOKEN} --region NONE`);
    const user = await traderAt(practice.url);
    const made: number[] = [];
    for (const step of [30, 55, 75, 95, 115, 135]) {
      const signals = manySignals(`kill${step}`, 6);
      const words = `order submit ${writeSignals(user, signals)} -c oanda --concurrency 3`;
      const dead = await user.run(words, { env: killedAt(user, step) });
      expect(dead.code, dead.stdout).toBe(null);
      const own = Object.entries(fillsBySignal(await practice.log()));
      made.push(own.filter(([signal]) => signal.startsWith(`kill${step}-`)).length);
      // Nothing of the dead process's orders can arrive any more.
      const again = await user.run(words, { env: clockAhead(user, MINUTE) });
      expect(again.code, again.stderr).toBe(0);
      expect(fillsBySignal(await practice.log())).toMatchObject(onceEach(signals));
    }
    // The kills hit before, between and after orders.
    expect(Math.min(...made)).toBe(0);
    expect(made.some((count) => count > 0 && count < 6)).toBe(true);
    expect((await user.run("history verify")).code).toBe(0);
  });

  it("NW-03 whose answers are lost is found in the log, and sent once", async () => {
    const venue = await openVenue({ token: TOKEN });
    const user = await traderAt(venue.url);
    const signals = manySignals("lost", 8);
    venue.faultNext("lost-response", { method: "POST", path: /\/orders$/, times: 3 });
    const result = await user.run("order submit -c oanda --json", { stdin: signalLines(signals) });
    expect(result.code, result.stderr).toBe(0);
    expect(fillsBySignal(await venue.log())).toEqual(onceEach(signals));
    expect(ordersSent(venue).length).toBe(signals.length);
  });

  it("isn't sent while the circuit is open, and is sent by the next run", async () => {
    const venue = await openVenue({ token: TOKEN });
    const gateway = await openGateway(venue.url);
    const user = await traderAt(gateway.url);
    expect((await user.run("order buy EUR_USD 100 -c oanda")).code).toBe(0);
    const signals = manySignals("open", 40);
    const stdin = signalLines(signals);
    gateway.mode = 502;
    const failed = await user.run("order submit -c oanda --json", { stdin });
    expect(failed.code).toBe(6);
    expect(new Set(Object.values(statusesOf(failed)))).toEqual(new Set(["not_sent"]));
    expect(linesOf(failed).length).toBe(signals.length);
    expect(linesOf(failed).map(({ error }) => error?.code)).toContain("CIRCUIT_OPEN");
    gateway.mode = "pass";
    await user.run("connect reset oanda");
    const again = await user.run("order submit -c oanda --json", { stdin });
    expect(again.code, again.stderr).toBe(0);
    expect(fillsBySignal(await venue.log())).toEqual(onceEach(signals));
  });

  it("P6 stops when trading is halted while it runs, and goes on after", async () => {
    const practice = await startPractice(`--token ${TOKEN} --region NONE --fault latency=100`);
    const user = await traderAt(practice.url);
    const signals = manySignals("halt", 30).map((signal) => ({ ...signal, side: "buy" }));
    const words = `order submit ${writeSignals(user, signals)} -c oanda --json --concurrency`;
    const child = user.start(`${words} 2`);
    const whole = finished(child);
    await once(createInterface(child.stdout), "line");
    expect((await user.run("connect halt oanda")).code).toBe(0);
    const halted = Object.keys(fillsBySignal(await practice.log())).length;
    const result = await whole;
    expect(result.code).toBe(4);
    // What was on the wire already came to its end.
    const filled = Object.keys(fillsBySignal(await practice.log())).length;
    expect(filled - halted).toBeLessThanOrEqual(2);
    const blocked = linesOf(result).filter(({ error }) => error?.code === "TRADING_HALTED");
    expect(blocked.length).toBe(signals.length - filled);
    await user.run("connect resume oanda");
    expect((await user.run(`${words} 20`)).code).toBe(0);
    expect(fillsBySignal(await practice.log())).toEqual(onceEach(signals));
  });

  it("PR-02 stops at Ctrl-C, settles what is under way, and says what was not sent", async () => {
    const practice = await startPractice(`--token ${TOKEN} --region NONE --fault latency=100`);
    const user = await traderAt(practice.url);
    const signals = manySignals("stop", 30);
    const words = `order submit ${writeSignals(user, signals)} -c oanda --json --concurrency`;
    const child = user.start(`${words} 2`);
    const whole = finished(child);
    await once(createInterface(child.stdout), "line");
    child.kill("SIGINT");
    const result = await whole;
    expect(result.code).toBe(130);
    const fills = fillsBySignal(await practice.log());
    expect(statusesOf(result)).toEqual(
      Object.fromEntries(Object.keys(fills).map((signal) => [signal, "filled"])),
    );
    const unsent = signals.length - Object.keys(fills).length;
    expect(unsent).toBeGreaterThan(20);
    expect(result.stderr).toContain(`${unsent} of 30 signals were not sent`);
    expect(result.stderr).toContain("stop-29");
    expect((await user.run(`${words} 20`)).code).toBe(0);
    expect(fillsBySignal(await practice.log())).toEqual(onceEach(signals));
  });

  it("CI-16 is sent whole when nobody reads its results any more", async () => {
    const practice = await startPractice(`--token ${TOKEN} --region NONE`);
    const user = await traderAt(practice.url);
    const signals = manySignals("pipe", 12);
    const child = user.start(`order submit ${writeSignals(user, signals)} -c oanda --json`);
    const end = once(child, "exit");
    await once(createInterface(child.stdout), "line");
    child.stdout.destroy();
    expect(await end).toEqual([0, null]);
    expect(fillsBySignal(await practice.log())).toEqual(onceEach(signals));
  });

  it("on a live connection needs --yes where nobody can be asked, for all of them", async () => {
    const venue = await openVenue({ token: TOKEN, account: LIVE_ACCOUNT });
    const user = newUser(SECRETS);
    configureLive(user, venue);
    const stdin = signalLines(manySignals("live", 3));
    const refused = await user.run("order submit -c main --json", { stdin });
    expect([refused.code, refused.error().code]).toEqual([10, "CONFIRMATION_REQUIRED"]);
    expect(ordersSent(venue)).toEqual([]);
    expect((await user.run("order submit -c main --yes", { stdin })).code).toBe(0);
    expect(ordersSent(venue).length).toBe(3);
  });
});

describe("on paper, order submit", () => {
  let user: User;
  const submit = (input: string, words = "") =>
    user.run(`order submit ${words} --json`, { stdin: input });

  beforeEach(() => {
    user = newUser();
  });

  it("reports every signal, ends with the worst one's code, and answers the same the next time", async () => {
    const signals = [
      aSignal("good", { stopLoss: "20p", takeProfit: true, comment: "a note" }),
      aSignal("huge", { units: "50000000" }),
      aSignal("waits", {
        type: "limit",
        price: await priceAt(user, -200),
        expiresAt: "2090-01-01",
      }),
    ];
    const first = await submit(signalLines([...signals, ...signals.slice(0, 1)]));
    expect([first.code, first.error().code]).toEqual([4, "COMPLIANCE_LEVERAGE"]);
    expect(statusesOf(first)).toEqual({ good: "filled", huge: "rejected", waits: "pending" });
    const second = await submit(signalLines(signals));
    expect(linesOf(second).filter(({ known }) => known)).toEqual(
      linesOf(first)
        .filter(({ signalId }) => signalId !== "huge")
        .map((line) => ({ ...line, known: true })),
    );
    const text = await user.run("order submit -", { stdin: signalLines(signals.slice(0, 1)) });
    expect(text.stdout).toMatch(
      /^\[PAPER\] good: Bought 100 EUR_USD at [\d.]+ \(known: tmt-\w+\)\n/,
    );
    expect(text.stdout).toContain("1 signal: 1 filled; 1 known before.");
  });

  it("sends nothing when one line can't be used, and names line, key and value", async () => {
    const bad = [aSignal("fine"), aSignal("late", { units: "1e5" }), { signalId: "less" }];
    const result = await submit(`${signalLines(bad)}no json\n`);
    expect(result.code).toBe(2);
    expect(result.error().message).toMatch(
      /^Line 2, units: "1e5".*Line 3, agent:.*Line 4: no json/,
    );
    expect(result.error().message).toMatch(/Nothing was sent\.$/);
    expect((await user.run("order list --state all --json")).json()).toEqual([]);
  });

  it("CI-12 refuses what is no text, too much, or not there, and does nothing with nothing", async () => {
    const refused = [await submit("\0\x01\x02"), await user.run("order submit /nowhere --json")];
    refused.push(await user.run("order submit /dev/zero --json"));
    for (const { code, stdout } of refused) expect([code, stdout]).toEqual([2, ""]);
    const nothing = await submit("\n");
    expect([nothing.code, nothing.stdout]).toEqual([0, ""]);
    expect(nothing.stderr).toContain("no signal");
  });

  it("shows in a dry run what would happen, and sends nothing", async () => {
    const dry = await submit(
      signalLines([aSignal("dry"), aSignal("huge", { units: "50000000" })]),
      "--dry-run",
    );
    expect(dry.code).toBe(4);
    expect(statusesOf(dry)).toEqual({ dry: "dry_run", huge: "rejected" });
    expect((await user.run("order list --state all --json")).json()).toEqual([]);
  });

  it("say at once what they wait for, with --json too, where a person reads it", async () => {
    await user.run("config set risk.maxOrdersPerMinute 1");
    const file = writeSignals(user, [aSignal("first"), aSignal("second")]);
    const terminal = openTerminal(user, ["order", "submit", file, "--pace", "--json"]);
    await terminal.untilShown("orders are used up");
    expect(terminal.shown()).not.toContain('"signalId":"second"');
    terminal.type("\x03");
    expect(await terminal.exit()).toBe(130);
  });

  it("and order buy --signal make one order of a signal between them", async () => {
    const bought = await user.run("order buy EUR_USD 100 --signal s-1 --agent test --json");
    expect(bought.json()).toMatchObject({ status: "filled", known: false });
    const known = linesOf(await submit(signalLines([aSignal("s-1")])));
    expect(known).toEqual([{ ...bought.json(), known: true }]);
    const again = await user.run("order buy EUR_USD 0.1k --signal s-1 --agent test --json");
    expect(again.json()).toEqual({ ...bought.json(), known: true });
    const other = await user.run("order buy EUR_USD 200 --signal s-1 --agent test --json");
    expect([other.code, other.error().message]).toEqual([
      2,
      expect.stringContaining("units was 100 and is now 200"),
    ]);
    const changed = await submit(signalLines([aSignal("s-2"), aSignal("s-1", { side: "sell" })]));
    expect([changed.code, changed.error().message]).toEqual([
      2,
      expect.stringContaining("side was buy and is now sell"),
    ]);
    const orders = (await user.run("order list --state all --json")).json<unknown[]>();
    expect(orders.length).toBe(1);
  });
});
