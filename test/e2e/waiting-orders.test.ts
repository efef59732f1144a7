import { beforeAll, describe, expect, it, vi } from "vitest";
import { decimal } from "../../src/core/money.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { priceAt, report } from "../support/orders.ts";
import { clockAhead, newUser, PATIENCE, startPractice, type User } from "../support/program.ts";
import { expectRefusal, NOTHING_SENT as NOTHING } from "../support/refusals.ts";
import { connectOanda } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const DAY_MS = 86_400_000;
const SECRETS = {
  TMT_BROKER_PASSPHRASE: "correct horse",
  TMT_BROKER_TOKEN: "token-of-the-test",
};

type Listed = {
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly type: string;
  readonly side: string;
  readonly units: string;
  readonly price: string | null;
  readonly distancePips: string | null;
  readonly timeInForce: string;
  readonly expiresAt: string | null;
  readonly stopLoss: string | null;
  readonly takeProfit: string | null;
  readonly state: string;
};

async function listed(user: User, words = "", env = {}): Promise<readonly Listed[]> {
  return (await user.run(`order list ${words} --json`, { env })).json<Listed[]>();
}

/** A user with each of the two: the embedded broker, and OANDA's own protocol. */
async function userOf(venue: "paper" | "practice"): Promise<User> {
  if (venue === "paper") return newUser();
  const user = newUser(SECRETS);
  const practice = await startPractice(`--token ${SECRETS.TMT_BROKER_TOKEN}`);
  await connectOanda(user, practice, "--use");
  return user;
}

describe.each(["paper", "practice"] as const)("an order that waits on %s", (venue) => {
  let user: User;
  beforeAll(async () => {
    user = await userOf(venue);
  });

  it("is placed, listed with its distance, shown, changed and cancelled", async () => {
    const at = await priceAt(user, -200);
    const words = `order buy EUR_USD 1000 --type limit --price ${at} --client-id mine-1`;
    const placed = await report(user, `${words} --sl 20p --tp 40p --expires 7d`);
    expect(placed).toMatchObject({
      status: "pending",
      type: "limit",
      timeInForce: "GTD",
      price: at,
    });
    const [order] = await listed(user);
    expect(order).toMatchObject({
      orderId: placed.orderId,
      clientOrderId: "mine-1",
      type: "limit",
      price: at,
      stopLoss: placed.stopLoss?.price,
      takeProfit: placed.takeProfit?.price,
      expiresAt: placed.expiresAt,
      state: "pending",
    });
    expect(decimal(order?.distancePips ?? "0").isGreaterThan(decimal("100"))).toBe(true);

    const moved = await priceAt(user, -220);
    const changed = await report(user, `order modify @mine-1 --price ${moved} --no-tp --units 2k`);
    expect(changed).toMatchObject({
      status: "pending",
      price: moved,
      units: "2000",
      takeProfit: null,
    });
    expect(changed.orderId).not.toBe(placed.orderId);
    expect(await listed(user)).toMatchObject([{ orderId: changed.orderId, price: moved }]);
    const shown = (await user.run(`order show ${placed.orderId}`)).stdout;
    expect(shown).toContain(`Order ${placed.orderId} was replaced by order ${changed.orderId}.`);

    const cancelled = await report(user, `order cancel ${changed.orderId}`);
    expect(cancelled).toMatchObject({ status: "cancelled", orderId: changed.orderId, error: null });
    expect(await listed(user)).toEqual([]);
    const again = await user.run(`order cancel ${changed.orderId} --json`);
    expectRefusal(again, {
      exit: 8,
      code: "ORDER_NOT_FOUND",
      says: [`Order ${changed.orderId} was cancelled`, NOTHING],
    });
  });

  it("protects an open trade: its exits are set, moved and removed", async () => {
    const bought = await report(user, "order buy EUR_USD 1000 --sl 50p");
    const [tradeId] = bought.tradeIds;
    const set = await report(user, `positions modify ${tradeId} --sl 30p --tp 60p`);
    expect(set).toMatchObject({
      status: "pending",
      tradeIds: [tradeId],
      stopLoss: { distancePips: "30" },
      takeProfit: { distancePips: "60" },
    });
    const exits = (await listed(user)).map(({ type, price }) => [type, price]);
    expect(new Map(exits.map(([type, price]) => [type, price]))).toEqual(
      new Map([
        ["stop_loss", set.stopLoss?.price],
        ["take_profit", set.takeProfit?.price],
      ]),
    );
    const trailing = (
      await user.run("positions modify EUR_USD --no-sl --trailing 25p --json")
    ).json();
    expect(trailing).toMatchObject([{ status: "pending", stopLoss: null, trailingStop: {} }]);
    const target = (await listed(user)).find(({ type }) => type === "take_profit");
    const nearer = await priceAt(user, 55);
    const moved = await report(user, `order modify ${target?.orderId} --price ${nearer}`);
    expect(moved).toMatchObject({ type: "take_profit", price: nearer, tradeIds: [tradeId] });
    const removed = await report(user, `positions modify ${tradeId} --no-tp`);
    expect(removed).toMatchObject({ status: "cancelled", takeProfit: null, error: null });
    expect((await listed(user)).map(({ type }) => type)).toEqual(["trailing_stop"]);
  });

  it("is cancelled with all others, while exits stay", async () => {
    const [low, high] = [await priceAt(user, -100), await priceAt(user, 100)];
    await report(user, `order buy EUR_USD 100 --type limit --price ${low}`);
    await report(user, `order buy EUR_USD 100 --type stop --price ${high} --tif DAY`);
    await report(user, `order sell EUR_USD 100 --type mit --price ${low}`);
    const result = await user.run("order cancel --all --instrument EUR_USD --json");
    expect(result.code, result.stderr).toBe(0);
    const reports = result.json<OrderReport[]>();
    expect(reports.map(({ status }) => status)).toEqual(Array(3).fill("cancelled"));
    expect(new Set(reports.map(({ type }) => type))).toEqual(new Set(["limit", "stop", "mit"]));
    expect(result.stderr).toContain("1 exit(s) of open trades stay");
    expect((await listed(user)).map(({ type }) => type)).toEqual(["trailing_stop"]);
  });

  it("that isn't there doesn't keep another from being cancelled", async () => {
    const low = await priceAt(user, -100);
    const placed = await report(user, `order buy EUR_USD 100 --type limit --price ${low}`);
    const result = await user.run(`order cancel 99991 ${placed.orderId} 99992 --json`);
    expect(result.code).toBe(8);
    expect(result.json()).toMatchObject([{ orderId: placed.orderId, status: "cancelled" }]);
    const lines = result.stderr.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).error.message).join()).toMatch(/99992.*99991/);
  });

  it("leaves its mark in the audit trail, each step by the id it had", async () => {
    const entries = (await user.run("history audit --order mine-1 --json")).json<
      { kind: string }[]
    >();
    expect(entries.map(({ kind }) => kind)).toEqual(["order.sent", "order.pending"]);
    expect((await user.run("history verify --json")).json()).toMatchObject({ ok: true });
    expect((await user.run("order reconcile --json")).json()).toEqual({ settled: [], open: [] });
  });
});

describe("an order that waits while nothing runs", () => {
  const user = newUser();

  it("is filled at its price or better, a stop at its price or worse, when next looked at", async () => {
    const [low, high] = [await priceAt(user, -3), await priceAt(user, 3)];
    await report(user, `order buy EUR_USD 1000 --type limit --price ${low} --client-id low`);
    await report(user, `order buy EUR_USD 1000 --type stop --price ${high} --client-id high`);
    const env = clockAhead(user, 7 * DAY_MS);
    const filled = await listed(user, "--state filled", env);
    expect(filled.length).toBeGreaterThan(0);
    for (const { clientOrderId, orderId } of filled) {
      const shown = (await user.run(`order show ${orderId} --json`, { env })).json<{
        state: string;
        endedBy: string;
      }>();
      expect(shown).toMatchObject({ state: "filled", endedBy: expect.stringMatching(/^\d+$/) });
      const text = (await user.run(`order show @${clientOrderId}`, { env })).stdout;
      expect(text).toContain(`was filled (transaction ${shown.endedBy})`);
      const late = await user.run(`order cancel ${orderId} --json`, { env });
      expect(late.error().message).toContain(`Order ${orderId} was filled`);
    }
    const positions = (await user.run("positions --json", { env })).json<
      { trades: { openPrice: string; clientOrderId: string }[] }[]
    >();
    const trades = positions.flatMap((position) => position.trades);
    expect(trades).toHaveLength(filled.length);
    for (const { openPrice, clientOrderId } of trades) {
      const apart = decimal(openPrice).compare(decimal(clientOrderId === "low" ? low : high));
      expect(clientOrderId === "low" ? apart <= 0 : apart >= 0).toBe(true);
    }
  });

  it("is gone when its time has come", async () => {
    const second = newUser();
    const far = await priceAt(second, -400);
    const words = `order buy EUR_USD 1000 --type limit --price ${far} --expires 30m`;
    const { orderId } = await report(second, words);
    const env = clockAhead(second, 3_600_000);
    expect(await listed(second, "", env)).toEqual([]);
    const [order] = await listed(second, "--state cancelled", env);
    expect(order).toMatchObject({ orderId, state: "cancelled", timeInForce: "GTD" });
  });
});

describe("a halt", () => {
  const user = newUser();

  it("P6 keeps new and changed entries back, and lets orders be cancelled and stops be tightened", async () => {
    const low = await priceAt(user, -100);
    const { orderId } = await report(user, `order buy EUR_USD 100 --type limit --price ${low}`);
    await report(user, "order buy EUR_USD 1000 --sl 50p");
    await user.run("connect halt");
    const blocked = async (words: string) => {
      const result = await user.run(`${words} --json`);
      expect({ code: result.code, error: result.error().code }).toEqual({
        ...{ code: 4, error: "TRADING_HALTED" },
      });
    };
    await blocked(`order buy EUR_USD 100 --type limit --price ${low}`);
    await blocked(`order modify ${orderId} --units 50`);
    await blocked("positions modify EUR_USD --no-sl");
    await blocked("positions modify EUR_USD --sl 60p");
    const stop = (await listed(user)).find(({ type }) => type === "stop_loss");
    await blocked(`order cancel ${stop?.orderId}`);
    const tightened = await user.run("positions modify EUR_USD --sl 40p --json");
    expect(tightened.code, tightened.stderr).toBe(0);
    expect((await report(user, `order cancel ${orderId}`)).status).toBe("cancelled");
  });
});
