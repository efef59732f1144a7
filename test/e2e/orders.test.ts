import { once } from "node:events";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { decimal } from "../../src/core/money.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { newUser, PATIENCE, type User } from "../support/program.ts";

vi.setConfig(PATIENCE);

type Position = {
  readonly instrument: string;
  readonly side: string;
  readonly units: string;
  readonly trades: readonly {
    readonly id: string;
    readonly units: string;
    readonly stopLoss: string | null;
    readonly takeProfit: string | null;
    readonly trailingStop: { readonly distance: string } | null;
  }[];
};

async function report(user: User, words: string): Promise<OrderReport> {
  const result = await user.run(`${words} --json`);
  expect(result.code, result.stderr).toBe(0);
  return result.json<OrderReport>();
}

async function positionsOf(user: User): Promise<readonly Position[]> {
  return (await user.run("positions --json")).json<Position[]>();
}

/** Instrument, side and the units of each trade, oldest first. */
async function held(user: User): Promise<readonly string[]> {
  const positions = await positionsOf(user);
  return positions.map(
    ({ instrument, side, trades }) =>
      `${instrument} ${side} ${trades.map((trade) => trade.units).join("+")}`,
  );
}

async function kindsOf(user: User, filter: string): Promise<readonly string[]> {
  const entries = (await user.run(`history audit ${filter} --json`)).json<{ kind: string }[]>();
  return entries.map(({ kind }) => kind);
}

describe("an order", () => {
  const user = newUser();

  it("sized by risk loses that much at its stop, and shows the arithmetic", async () => {
    const { stdout } = await user.run("order buy EUR_USD --risk 1% --sl 25p --dry-run");
    expect(stdout).toMatch(
      /sizing +1000\.00 USD ÷ 0\.0025 per unit \(stop 0\.00250 away, 25 pips\) = 400000 units/,
    );
    const sized = await report(user, "order buy EUR_USD --risk 50 --sl 20p --dry-run");
    expect(sized).toMatchObject({ status: "dry_run", units: "25000" });
  });

  it("sized by risk in another currency is rounded down, never up", async () => {
    const sized = await report(user, "order sell USD_JPY --risk 100 --sl 30p --dry-run");
    const { stopLoss, expectedPrice, units } = sized;
    const distance = decimal(stopLoss?.price ?? "0").minus(decimal(expectedPrice ?? "0"));
    expect(distance.toString()).toBe("0.3");
    // In yen; even at half of any plausible rate the risk stays below 100 USD only when rounded down.
    expect(decimal(units).isPositive()).toBe(true);
    expect(units).not.toContain(".");
  });

  it("carries its exits, its origin and its own id to the broker and the audit trail", async () => {
    const words = "order buy GBP_USD 2000 --sl 30p --tp 1% --trailing 50p --client-id mine-1";
    const placed = await report(user, `${words} --signal sig-7 --agent finn --comment breakout`);
    expect(placed).toMatchObject({
      status: "filled",
      clientOrderId: "mine-1",
      signalId: "sig-7",
      agent: "finn",
      stopLoss: { distancePips: "30" },
      trailingStop: { distancePips: "50" },
    });
    const [position] = await positionsOf(user);
    expect(position?.trades).toMatchObject([
      {
        stopLoss: placed.stopLoss?.price,
        takeProfit: placed.takeProfit?.price,
        trailingStop: { distance: "0.005" },
        clientOrderId: "mine-1",
        signalId: "sig-7",
      },
    ]);
    expect(await kindsOf(user, "--signal sig-7")).toEqual(["order.sent", "order.filled"]);
  });

  it("can't use a client id twice, and the first fill stays the only one", async () => {
    const before = await held(user);
    const again = await user.run("order buy GBP_USD 2000 --client-id mine-1 --json");
    expect(again.code).toBe(5);
    expect(again.error()).toMatchObject({ code: "DUPLICATE_CLIENT_ORDER_ID" });
    expect(again.json()).toMatchObject({ status: "rejected", clientOrderId: "mine-1", fills: [] });
    expect(again.error().message).toMatch(/mine-1.*(not|nothing)/i);
    expect(await held(user)).toEqual(before);
  });

  it("with a bound on its slippage is filled inside it", async () => {
    const placed = await report(user, "order buy EUR_USD 1000 --max-slippage 5p");
    const worse = decimal(placed.averagePrice ?? "0").minus(decimal(placed.expectedPrice ?? "0"));
    expect(placed.status).toBe("filled");
    expect(worse.isGreaterThan(decimal("0.0005"))).toBe(false);
  });

  it("that may only reduce never opens", async () => {
    const refused = await user.run("order buy AUD_USD 1000 --reduce-only --json");
    expect(refused.code).toBe(5);
    expect(refused.json()).toMatchObject({ status: "cancelled", filledUnits: "0" });
    expect(refused.error().code).toBe("ORDER_REJECTED");
    const reduced = await report(user, "order sell EUR_USD 400 --reduce-only");
    expect(reduced.status).toBe("filled");
    expect(await held(user)).toContain("EUR_USD long 600");
  });

  it("that is a dry run shows the checks and is recorded as dry; nothing is sent", async () => {
    const { code, stdout } = await user.run("order buy USD_CHF 1000 --sl --dry-run --client-id d1");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\[PAPER\] Dry run: would buy 1,000 USD_CHF .*Nothing was sent$/m);
    expect(stdout).toMatch(/^ +margin +ok +needs/m);
    expect(await kindsOf(user, "--order d1")).toEqual(["order.dry-run"]);
    expect((await held(user)).join()).not.toContain("USD_CHF");
  });

  it("beyond a limit of the user's own is blocked, with the rule in document and error", async () => {
    const set = await user.run("config set risk.maxUnits 1000");
    expect(set.stdout).toBe("risk.maxUnits = 1000 (was 10000000)\n");
    const blocked = await user.run("order buy EUR_USD 1001 --json");
    expect(blocked.code).toBe(4);
    expect(blocked.json()).toMatchObject({ status: "rejected", error: { code: "RISK_LIMIT" } });
    expect(blocked.json<OrderReport>().compliance).toContainEqual({
      rule: "risk.maxUnits",
      outcome: "block",
      detail: "1001 units, allowed 1000",
    });
    expect(blocked.error()).toMatchObject({ code: "RISK_LIMIT", retryable: false });
    expect(blocked.error().message).toContain("Nothing was sent.");
    expect((await report(user, "order buy EUR_USD 1000 --dry-run")).status).toBe("dry_run");
  });
});

describe("orders in the same instrument", () => {
  const user = newUser();

  it("net against what is open, oldest first, and flip what is left", async () => {
    await report(user, "order buy EUR_USD 1000");
    await report(user, "order buy EUR_USD 2000");
    expect(await held(user)).toEqual(["EUR_USD long 1000+2000"]);
    await report(user, "order sell EUR_USD 1500");
    expect(await held(user)).toEqual(["EUR_USD long 1500"]);
    await report(user, "order sell EUR_USD 4000");
    expect(await held(user)).toEqual(["EUR_USD short 2500"]);
  });

  it("are closed by units, by percent, by trade, and all at once", async () => {
    const part = await report(user, "positions close EUR_USD --units 500");
    expect(part).toMatchObject({ status: "filled", side: "buy", filledUnits: "500" });
    await report(user, "positions close EUR/USD --units 50%");
    expect(await held(user)).toEqual(["EUR_USD short 1000"]);
    const third = await user.run("positions close EUR_USD --units 33.33% --dry-run");
    expect(third.stderr).toContain("33.33 % of 1000 units is 333.3: rounded down to 333 units.");
    await report(user, "order sell EUR_USD 3000");
    const [position] = await positionsOf(user);
    const newest = position?.trades.at(-1)?.id ?? "";
    await report(user, `positions close ${newest}`);
    expect(await held(user)).toEqual(["EUR_USD short 1000"]);
    await report(user, "order buy USD_JPY 2000");
    const all = (await user.run("positions close --all --json")).json<OrderReport[]>();
    expect(all.map(({ instrument, filledUnits }) => `${instrument} ${filledUnits}`)).toEqual([
      ...["EUR_USD 1000", "USD_JPY 2000"],
    ]);
    expect(await held(user)).toEqual([]);
  });

  it("can't be closed beyond what is held", async () => {
    await report(user, "order buy EUR_USD 1000");
    const result = await user.run("positions close EUR_USD --units 1001 --json");
    expect({ code: result.code, error: result.error().code }).toEqual({
      ...{ code: 2, error: "INVALID_UNITS" },
    });
    expect(result.error().message).toMatch(/holds 1000 units.*Nothing was sent/);
  });
});

describe("a halt", () => {
  const user = newUser();

  beforeAll(async () => {
    await report(user, "order buy EUR_USD 1000");
    await user.run(["connect", "halt", "--reason", "news at 14:30"]);
  });

  it("stops every new order of every process, and says why", async () => {
    const blocked = await user.run("order buy EUR_USD 1000 --json");
    expect(blocked.code).toBe(4);
    expect(blocked.json()).toMatchObject({ status: "rejected" });
    expect(blocked.error().code).toBe("TRADING_HALTED");
    const { message, hint } = blocked.error();
    expect(`${message} ${hint}`).toMatch(/news at 14:30.*Nothing was sent.*connect resume/);
    expect((await user.run("connect status --json")).json()).toMatchObject([{ halted: true }]);
  });

  it("lets positions be reduced and closed", async () => {
    expect((await report(user, "order sell EUR_USD 400")).status).toBe("filled");
    expect((await report(user, "positions close EUR_USD")).status).toBe("filled");
    expect(await held(user)).toEqual([]);
  });

  it("ends with resume, and both stand in the audit trail", async () => {
    expect((await user.run("connect resume")).stdout).toMatch(/resumed/);
    expect((await report(user, "order buy EUR_USD 1000")).status).toBe("filled");
    const kinds = await kindsOf(user, "--from 1h");
    expect(kinds.filter((kind) => kind.startsWith("trading."))).toEqual([
      ...["trading.halted", "trading.resumed"],
    ]);
    expect(kinds).toContain("order.blocked");
  });
});

describe("settings and connections", () => {
  const user = newUser();

  it("are set, read back, listed with their source, and say where they are kept", async () => {
    expect((await user.run("config set order.stopLoss 35p")).code).toBe(0);
    expect((await user.run("config get order.stopLoss")).stdout).toBe("35p\n");
    const placed = await report(user, "order buy EUR_USD 100 --sl --dry-run");
    expect(placed.stopLoss?.distancePips).toBe("35");
    const { stdout } = await user.run("config list");
    expect(stdout).toMatch(/^order\.stopLoss +35p +file/m);
    expect(stdout).toMatch(/^risk\.maxUnits +10000000 +default/m);
    expect((await user.run("config path --json")).json()).toMatchObject({
      configFile: `${user.home}/config.toml`,
    });
    const wrong = await user.run("config set risk.maxUnits lots --json");
    expect({ code: wrong.code, error: wrong.error().code }).not.toMatchObject({ code: 0 });
    expect((await user.run("config get risk.maxUnits")).stdout).toBe("10000000\n");
  });

  it("a second paper connection is an account of its own, reached by name or alias", async () => {
    expect((await user.run("connect add paper --name second")).code).toBe(0);
    expect((await user.run("connect alias second-001 swing")).code).toBe(0);
    const placed = await report(user, "order buy EUR_USD 700 -c second -a swing");
    expect(placed).toMatchObject({ connection: "second", account: "second-001" });
    expect(await held(user)).toEqual([]);
    const accounts = (await user.run("accounts --all --json")).json<{ connection: string }[]>();
    expect(Object.groupBy(accounts, ({ connection }) => connection)).toMatchObject({
      paper: [{ id: "paper-001", alias: null, openTrades: 0 }],
      second: [{ id: "second-001", alias: "swing", openTrades: 1 }],
    });
    const all = (await user.run("positions --all --json")).json();
    expect(all).toMatchObject([{ connection: "second", units: "700" }]);
  });

  it("list the instruments that match, with prices and margin as text", async () => {
    const rows = (await user.run("accounts instruments JPY --json")).json<
      readonly Record<string, unknown>[]
    >();
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows) expect(row.instrument).toContain("JPY");
    expect(rows.find((row) => row.instrument === "USD_JPY")).toMatchObject({
      type: "forex",
      bid: expect.stringMatching(/^\d+\.\d{3}$/),
      pipSize: "0.01",
      pricePrecision: 3,
      tradeable: true,
    });
  });

  it("say what the broker can do", async () => {
    expect((await user.run("accounts capabilities --json")).json()).toMatchObject({
      connection: "paper",
      environment: "paper",
      orderTypes: ["market", "limit", "stop", "mit"],
      orderChanges: true,
    });
  });
});

describe("the output", () => {
  const user = newUser();
  const ESCAPE = String.fromCharCode(27);

  it("has colour only where it is asked for, and NO_COLOR and --no-color win", async () => {
    const env = { FORCE_COLOR: "1" };
    expect((await user.run("positions", { env })).stdout).toContain(ESCAPE);
    expect((await user.run("positions --no-color", { env })).stdout).not.toContain(ESCAPE);
    const none = await user.run("positions", { env: { ...env, NO_COLOR: "1" } });
    expect(none.stdout).not.toContain(ESCAPE);
  });

  it("has no remarks with --quiet", async () => {
    const words = "practice serve --port 0 --json";
    for (const [flag, remark] of [
      ["", "Stop it with Ctrl-C.\n"],
      [" --quiet", ""],
    ] as const) {
      const child = user.start(words + flag);
      const remarks = text(child.stderr);
      await once(child.stdout, "data");
      child.kill("SIGTERM");
      expect(await remarks).toBe(remark);
    }
  });

  it("CI-16 ends quietly when nobody reads it any more", async () => {
    const child = user.start("accounts instruments --json");
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("CI-16 an order whose reader has gone is still carried out and recorded", async () => {
    const child = user.start("order buy EUR_USD 100 --client-id unread");
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await kindsOf(user, "--order unread")).toEqual(["order.sent", "order.filled"]);
  });
});
