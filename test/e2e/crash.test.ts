import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { decimal, sumOf } from "../../src/core/money.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { killedAt } from "../support/killed-steps.ts";
import {
  clockAhead,
  fillsByClientId,
  finished,
  newUser,
  PATIENCE,
  startPractice,
  type User,
} from "../support/program.ts";
import { connectOanda, openVenue, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const KILLS = 25;
const UNITS = 100;
const TOKEN = "token-of-the-test";
/** The token in the environment is quicker than opening the encrypted file for every order. */
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: TOKEN };
/** After that long nothing of an order can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;
/** Kinds of audit entries that say what became of an order. */
const CONCLUSIONS = new Set([
  ...["order.filled", "order.rejected", "order.cancelled", "order.settled", "order.unknown"],
]);

type Entry = { readonly kind: string; readonly data: { readonly clientOrderId?: string } };

/** Kills one order after another, each a little later in its life, until after its end. */
async function killMany(user: User, words: string): Promise<readonly string[]> {
  const wholeMs = await durationOf(user, words);
  const ids: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const id = `kill-${kill}`;
    const child = user.start(`${words} --client-id ${id}`);
    const exit = once(child, "exit");
    await Promise.race([delay(wholeMs * (0.2 + kill / KILLS)), exit]);
    child.kill("SIGKILL");
    await exit;
    ids.push(id);
  }
  return ids;
}

/** Kills an order at its first step, the next at its second, and so on until one lives; gives how many died. */
async function killAtEveryStep(
  user: User,
  words: string,
  afterKill: () => Promise<void>,
): Promise<number> {
  for (let step = 1; ; step += 1) {
    const env = killedAt(user, step);
    const { code, stderr } = await user.run(`${words} --client-id step-${step}`, { env });
    if (code !== null) {
      expect(code, stderr).toBe(0);
      return step - 1;
    }
    await afterKill();
  }
}

/** How long an order takes; the first one is longer, for the program is compiled then. */
async function durationOf(user: User, words: string): Promise<number> {
  expect((await user.run(words)).code).toBe(0);
  const startedMs = performance.now();
  expect((await user.run(words)).code).toBe(0);
  return performance.now() - startedMs;
}

/** What the audit trail says of each order that was sent. */
async function conclusionsOf(user: User): Promise<ReadonlyMap<string, readonly string[]>> {
  const entries = (await user.run("history audit --json")).json<Entry[]>();
  const byId = Map.groupBy(entries, ({ data }) => data.clientOrderId ?? "");
  return new Map(
    [...byId].flatMap(([id, own]) => {
      const kinds = own.map(({ kind }) => kind);
      return kinds.includes("order.sent") ? [[id, kinds.filter((k) => CONCLUSIONS.has(k))]] : [];
    }),
  );
}

/** The paper venue's own log of orders, as the program reads it. */
async function paperFills(user: User): Promise<ReadonlyMap<string, number>> {
  const orders = (await user.run("order list --state filled --json")).json<OrderReport[]>();
  const groups = Map.groupBy(orders, ({ clientOrderId }) => clientOrderId);
  return new Map([...groups].map(([id, group]) => [id, group.length]));
}

async function heldUnits(user: User, words: string): Promise<string> {
  const positions = (await user.run(`positions ${words} --json`)).json<{ units: string }[]>();
  return sumOf(positions.map(({ units }) => decimal(units))).toString();
}

/** After any crash: no order twice, none forgotten, and records and venue agree. */
async function expectConsistent(
  user: User,
  fills: ReadonlyMap<string, number>,
  words: string,
): Promise<void> {
  for (const [id, count] of fills) expect([id, count]).toEqual([id, 1]);
  const conclusions = await conclusionsOf(user);
  const forgotten = [...conclusions].filter(([, kinds]) => kinds.length === 0);
  expect(forgotten).toEqual([]);
  for (const id of fills.keys()) expect(conclusions.has(id), id).toBe(true);
  expect(await heldUnits(user, words)).toBe(String(fills.size * UNITS));
  expect((await user.run("history verify --json")).json()).toMatchObject({ ok: true });
}

describe("a program that is killed at any moment of an order", () => {
  it("PR-01 on paper: no order twice, none forgotten", async () => {
    const user = newUser();
    const ids = await killMany(user, `order buy EUR_USD ${UNITS}`);
    const reconciled = await user.run("order reconcile --json");
    expect(reconciled.code, reconciled.stderr).toBe(0);
    expect(reconciled.json()).toMatchObject({ open: [] });
    const fills = await paperFills(user);
    expect(ids.filter((id) => fills.has(id)).length).toBeLessThan(KILLS);
    await expectConsistent(user, fills, "");
  });

  it("PR-01 on a slow practice server: no order twice, none forgotten", async () => {
    const user = newUser(SECRETS);
    const practice = await startPractice(`--fault latency=40 --token ${TOKEN}`);
    await connectOanda(user, practice);
    await killMany(user, `order buy EUR_USD ${UNITS} -c oanda`);
    const env = clockAhead(user, ARRIVAL_MS);
    const reconciled = await user.run("order reconcile -c oanda --json", { env });
    expect(reconciled.code, reconciled.stderr).toBe(0);
    expect(reconciled.json()).toMatchObject({ open: [] });
    await expectConsistent(user, fillsByClientId(await practice.log()), "-c oanda");
  });

  it("PR-01 on paper at every single step: what is open is settled by the next order", async () => {
    const user = newUser();
    const steps = await killAtEveryStep(user, "order buy EUR_USD 100", async () => undefined);
    expect(steps).toBeGreaterThan(20);
    expect((await user.run("order reconcile --json")).json()).toEqual({ settled: [], open: [] });
    await expectConsistent(user, await paperFills(user), "");
  });

  it("PR-01 on a practice server at every single step: what is open is proven by its log", async () => {
    const user = newUser(SECRETS);
    const practice = await startPractice(`--token ${TOKEN}`);
    await connectOanda(user, practice);
    const env = clockAhead(user, ARRIVAL_MS);
    const statuses = new Set<string>();
    const steps = await killAtEveryStep(user, "order buy EUR_USD 100 -c oanda", async () => {
      const reconciled = await user.run("order reconcile -c oanda --json", { env });
      expect(reconciled.code, reconciled.stderr).toBe(0);
      const { settled } = reconciled.json<{ settled: OrderReport[] }>();
      for (const { status } of settled) statuses.add(status);
    });
    expect(steps).toBeGreaterThan(20);
    // Killed after the intent was on disk and before the order had left, and after it had left.
    expect(statuses).toEqual(new Set(["rejected", "filled"]));
    const fills = fillsByClientId(await practice.log());
    await expectConsistent(user, fills, "-c oanda");
  });
});

describe("an order on its way that is interrupted", () => {
  const user = newUser(SECRETS);
  let venue: Venue;

  /** An order that the broker never answers, once it is in the journal and on its way. */
  async function startStalled(instrument: string, id: string) {
    venue.faultNext("stall", { method: "POST" });
    const child = user.start(`order buy ${instrument} 100 --client-id ${id} -c oanda --json`);
    const end = finished(child);
    let audit = "";
    while (!audit.includes("order.sent") && child.exitCode === null) {
      audit = (await user.run(`history audit --order ${id} --json`)).stdout;
    }
    return { child, end };
  }

  beforeAll(async () => {
    venue = await openVenue({ token: TOKEN });
    await connectOanda(user, venue);
  });

  it("PR-02 by one Ctrl-C is looked up, and told as unknown: it may be live", async () => {
    const { child, end } = await startStalled("EUR_USD", "once");
    child.kill("SIGINT");
    const result = await end;
    expect(result.code, result.stderr).toBe(7);
    expect(result.json()).toMatchObject({ status: "unknown", clientOrderId: "once" });
    expect(result.error().message).toContain("It may be live.");
  });

  it("PR-02 by a second one ends at once, and is settled later", async () => {
    const { child, end } = await startStalled("USD_JPY", "twice");
    while (child.kill("SIGINT") && child.exitCode === null) await delay(20);
    expect((await end).code).toBe(130);
    const env = clockAhead(user, ARRIVAL_MS);
    const reconciled = await user.run("order reconcile -c oanda --json", { env });
    expect(reconciled.json(), reconciled.stderr).toMatchObject({
      settled: [{ clientOrderId: "once" }, { clientOrderId: "twice" }],
      open: [],
    });
    expect((await user.run("positions -c oanda --json")).json()).toEqual([]);
  });
});

describe("several processes at once", () => {
  const user = newUser();
  let reports: readonly OrderReport[] = [];

  beforeAll(async () => {
    const placed = await Promise.all(
      Array.from({ length: 10 }, () => user.run("order buy EUR_USD 100 --json")),
    );
    expect(placed.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(10).fill({ code: 0, stderr: "" }),
    );
    reports = placed.map((each) => each.json<OrderReport>());
  });

  it("PR-05 each fill their own order, and the venue's ids have no gap and no double", async () => {
    expect(reports.map(({ status }) => status)).toEqual(Array(10).fill("filled"));
    const ids = reports
      .flatMap(({ orderId, fills }) => [orderId, ...fills.map((fill) => fill.transactionId)])
      .map(Number)
      .sort((left, right) => left - right);
    const first = ids[0] ?? 0;
    expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => first + index));
  });

  it("PR-05 write one audit chain", async () => {
    expect((await user.run("history verify --json")).json()).toMatchObject({
      ...{ ok: true, entries: 20 },
    });
  });

  it("PR-05 with one client id make one order", async () => {
    const placed = await Promise.all(
      Array.from({ length: 5 }, () => user.run("order buy EUR_USD 100 --client-id one --json")),
    );
    expect(placed.map(({ code }) => code).toSorted()).toEqual([0, 5, 5, 5, 5]);
    const refused = placed.filter(({ code }) => code === 5);
    expect(refused.map((each) => each.error().code)).toEqual(
      Array(4).fill("DUPLICATE_CLIENT_ORDER_ID"),
    );
    expect((await paperFills(user)).get("one")).toBe(1);
  });
});
