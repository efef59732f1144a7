import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { Random } from "../simulation/random.ts";
import { killedAt } from "../support/killed-steps.ts";
import {
  clockAhead,
  type Finished,
  fillsByClientId,
  finished,
  newUser,
  PATIENCE,
  type User,
} from "../support/program.ts";
import {
  cutConnections,
  databaseOf,
  hasPostgres,
  serverOfFile,
} from "../support/server-history.ts";
import { configureOanda, openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const server = serverOfFile();
const SIGNALS = 30;
const ROUNDS = 6;

type Trader = { readonly venue: Venue; readonly url: string };

/** A computer of the trader's: a folder of its own, with the history on the trader's server. */
function aComputer({ venue, url }: Trader): User {
  const user = newUser({ TMT_BROKER_TOKEN: venue.token });
  configureOanda(user, venue, `history.database = "${url}"\nrisk.maxOrdersPerMinute = 1000\n\n`);
  return user;
}

async function aTrader(): Promise<Trader> {
  return { venue: await openVenue(), url: await server().createDatabase() };
}

function buy(words: string): string {
  return `order buy EUR_USD 100 -c oanda --json ${words}`;
}

/** The environment of a program that runs some minutes later. */
function later(user: User, minutes = 1): Readonly<Record<string, string>> {
  return clockAhead(user, minutes * 60_000);
}

/** As if so much time had passed for all that stands on the server. */
async function age(url: string, seconds: number): Promise<void> {
  await server().run(
    databaseOf(url),
    `DO $$ BEGIN
       IF to_regclass('tmt_broker.orders') IS NOT NULL THEN
         UPDATE tmt_broker.orders SET raised_at = raised_at - interval '${seconds} seconds';
       END IF;
     END $$`,
  );
}

async function standing(url: string): Promise<readonly Record<string, unknown>[]> {
  return server().run(databaseOf(url), "SELECT * FROM tmt_broker.orders WHERE state <> 'settled'");
}

/** An order that one computer sends; the computer dies before an answer comes, and the order never arrives. */
async function dieWaiting(user: User, venue: Venue, words: string): Promise<void> {
  venue.faultNext("stall", { method: "POST", path: /\/orders$/ });
  const child = user.start(buy(words));
  const end = finished(child);
  let audit = "";
  while (!audit.includes("order.sent") && child.exitCode === null) {
    audit = (await user.run("history audit --json")).stdout;
  }
  child.kill("SIGKILL");
  expect((await end).code).toBeNull();
}

async function endFaults({ url, token }: Venue): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const ended = await fetch(`${url}/practice/faults`, { method: "DELETE", headers });
  expect(ended.status).toBe(200);
}

const SUBMIT = "order submit - -c oanda --json";
const LINES = Array.from({ length: SIGNALS }, (_, index) =>
  JSON.stringify({
    ...{ signalId: `s${index}`, agent: "trend", instrument: "EUR_USD" },
    ...{ side: "buy", units: "100" },
  }),
);

function resultsOf({ code, stdout, stderr }: Finished) {
  expect(code, stderr).toBe(0);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as OrderReport & { readonly known: boolean });
}

/** Ids of the orders at the market that the venue took, by how often. */
async function ordersTaken(venue: Venue): Promise<ReadonlyMap<string, number>> {
  const taken = (await venue.log()).filter(({ type }) => type === "MARKET_ORDER");
  const groups = Map.groupBy(taken, ({ clientExtensions }) => clientExtensions?.id ?? "");
  return new Map([...groups].map(([id, group]) => [id, group.length]));
}

describe.skipIf(!hasPostgres)("two computers that share a history on a server", () => {
  it("PR-05 make one order of each signal, when both are given all of them at once", async () => {
    const trader = await aTrader();
    const submitted = await Promise.all(
      [LINES, LINES.toReversed()].map((given) =>
        aComputer(trader).run(SUBMIT, { stdin: given.join("\n") }),
      ),
    );
    const results = submitted.map(resultsOf);
    for (const own of results) {
      expect(own.map(({ status }) => status)).toEqual(Array(SIGNALS).fill("filled"));
    }
    expect(results.flat().filter(({ known }) => !known)).toHaveLength(SIGNALS);
    const fills = fillsByClientId(await trader.venue.log());
    expect([...fills.values()]).toEqual(Array(SIGNALS).fill(1));
    expect(new Set(results.flat().map(({ clientOrderId }) => clientOrderId))).toEqual(
      new Set(fills.keys()),
    );
  });

  it("know of each other's orders whatever they call the connection", async () => {
    const trader = await aTrader();
    const [one, other] = [aComputer(trader), aComputer(trader)];
    const file = join(other.home, "config.toml");
    const config = readFileSync(file, "utf8").replaceAll("connections.oanda", "connections.work");
    writeFileSync(file, config, { mode: 0o600 });
    const first = (await one.run(buy("--signal s1"))).json<OrderReport>();
    const again = await other.run("order buy EUR_USD 100 -c work --signal s1 --json");
    expect(again.json(), again.stderr).toEqual({ ...first, connection: "work", known: true });
    expect(ordersSent(trader.venue)).toHaveLength(1);
  });

  it("use a client order id once", async () => {
    const trader = await aTrader();
    const [one, other] = [aComputer(trader), aComputer(trader)];
    expect((await one.run(buy("--client-id mine"))).code).toBe(0);
    const refused = await other.run(buy("--client-id mine"));
    expect(refused.code).toBe(5);
    expect(refused.error()).toMatchObject({ code: "DUPLICATE_CLIENT_ORDER_ID" });
    expect(ordersSent(trader.venue)).toHaveLength(1);
  });

  it("make no second order of a signal that one of them knew before they shared a history", async () => {
    const trader = await aTrader();
    const { venue, url } = trader;
    const one = newUser({ TMT_BROKER_TOKEN: venue.token });
    configureOanda(one, venue);
    const first = await one.run(buy("--signal s1"));
    await one.run("order buy EUR_USD 100 -c paper --signal mine-alone");
    const migrated = ["history", "migrate", "--json", "--to", url];
    expect((await one.run(migrated)).json()).toMatchObject({ signals: { signals: 1, copied: 1 } });
    expect((await one.run(migrated)).json()).toMatchObject({ signals: { signals: 1, copied: 0 } });
    const again = await aComputer(trader).run(buy("--signal s1"));
    expect(again.json(), again.stderr).toEqual({ ...first.json(), known: true });
    expect(ordersSent(venue)).toHaveLength(1);
  });

  it("PR-06 add no risk to what one of them left without an outcome, and settle it for each other", async () => {
    const trader = await aTrader();
    const { venue, url } = trader;
    const [one, other] = [aComputer(trader), aComputer(trader)];
    await dieWaiting(one, venue, "--signal s1");
    const refused = await other.run(buy(""));
    expect(refused.code).toBe(7);
    expect(refused.error()).toMatchObject({ code: "OUTCOME_UNKNOWN", retryable: true });
    const again = await other.run(buy("--signal s1"));
    expect(again.json()).toMatchObject({ status: "unknown" });
    expect(fillsByClientId(await venue.log()).size).toBe(0);
    const elsewhere = await other.run("order buy GBP_USD 100 -c oanda --json");
    expect(elsewhere.code, elsewhere.stderr).toBe(0);
    await age(url, 60);
    const reconciled = await other.run("order reconcile -c oanda --json", { env: later(other) });
    expect(reconciled.json(), reconciled.stderr).toMatchObject({
      settled: [{ status: "rejected", signalId: "s1" }],
      open: [],
    });
    expect((await other.run(buy("--signal s1"))).json()).toMatchObject({ status: "filled" });
    const first = await one.run(buy("--signal s1"));
    expect(first.json(), first.stderr).toMatchObject({ status: "filled" });
    expect(fillsByClientId(await venue.log()).size).toBe(2);
    expect(await standing(url)).toEqual([]);
  });

  it("PR-06 add no risk while the broker's log can't be read, and go on by themselves once it can", async () => {
    const trader = await aTrader();
    const { venue, url } = trader;
    const [one, other] = [aComputer(trader), aComputer(trader)];
    venue.faultNext("lost-response", { method: "POST", path: /\/orders$/ });
    venue.faultNext("http-500", { path: /\/transactions/, times: 1_000 });
    const lost = await one.run(buy("--signal s1"));
    expect(lost.json(), lost.stderr).toMatchObject({ status: "unknown" });
    expect(await standing(url)).toMatchObject([{ state: "unknown" }]);
    const refused = await other.run(buy(""));
    expect(refused.code, refused.stderr).toBe(7);
    await endFaults(venue);
    const placed = await other.run(buy(""));
    expect(placed.json(), placed.stderr).toMatchObject({ status: "filled" });
    expect(await standing(url)).toEqual([]);
    const audited = await other.run("history audit --signal s1 --json");
    expect(audited.stdout).toContain("order.settled");
  });

  it("PR-01 make one order of a signal, at whatever step one of them is killed", async () => {
    const trader = await aTrader();
    const { venue, url } = trader;
    const [one, other] = [aComputer(trader), aComputer(trader)];
    let [signals, wasKilled] = [0, true];
    // Every third step: each call is two, so that this is before some and after others.
    for (let step = 1; wasKilled; step += 3) {
      const words = buy(`--signal step-${step}`);
      const { code } = await one.run(words, { env: killedAt(one, step) });
      wasKilled = code === null;
      signals += 1;
      await age(url, 60);
      const made = await other.run(words, { env: later(other) });
      expect(made.json(), `step ${step}: ${made.stderr}`).toMatchObject({ status: "filled" });
    }
    expect(signals).toBeGreaterThan(30);
    expect([...(await ordersTaken(venue)).values()]).toEqual(Array(signals).fill(1));
    const reconciled = await one.run("order reconcile -c oanda --json");
    expect(reconciled.code, reconciled.stderr).toBe(0);
    expect(await standing(url)).toEqual([]);
  });

  it("PR-05 make one order of each signal, while processes are killed and their connections to the server cut", async () => {
    const trader = await aTrader();
    const { venue, url } = trader;
    const computers = [aComputer(trader), aComputer(trader)];
    const random = new Random(7);
    const lines = LINES.join("\n");
    for (let round = 0; round < ROUNDS; round += 1) {
      const running = [...computers, ...computers].map(async (user) => {
        const child = user.start(SUBMIT, { stdin: lines, env: later(user, round) });
        const end = finished(child);
        await Promise.race([delay(random.between(150, 1_500)), end]);
        child.kill("SIGKILL");
        await end;
      });
      await delay(random.between(200, 900));
      await cutConnections(server(), url);
      await Promise.all(running);
      await age(url, 60);
    }
    for (const user of computers) {
      const run = await user.run(SUBMIT, { stdin: lines, env: later(user, ROUNDS) });
      const results = resultsOf(run);
      expect(results.map(({ status }) => status)).toEqual(Array(SIGNALS).fill("filled"));
    }
    expect([...(await ordersTaken(venue)).values()]).toEqual(Array(SIGNALS).fill(1));
    expect(await standing(url)).toEqual([]);
  });
});

describe.skipIf(!hasPostgres)("a computer whose server is down", () => {
  let user: User;
  let trader: Trader;

  beforeAll(async () => {
    trader = await aTrader();
    user = aComputer(trader);
    expect((await user.run(buy(""))).code).toBe(0);
  });

  it("sends no new order and says why, but closes", async () => {
    await server().kill();
    const sent = ordersSent(trader.venue).length;
    for (const words of [buy(""), buy("--signal s1")]) {
      const refused = await user.run(words);
      expect(refused.code).toBe(9);
      expect(refused.error()).toMatchObject({
        code: "STORAGE_BUSY",
        message: expect.stringContaining("Nothing was sent."),
        hint: expect.stringContaining("tmt-broker config set history.fence off"),
      });
    }
    expect(ordersSent(trader.venue)).toHaveLength(sent);
    const part = await user.run("positions close EUR_USD --units 40 -c oanda");
    expect(part.code, part.stderr).toBe(0);
    expect(part.stderr).toContain("They don't know of this order either.");
    const rest = await user.run("positions close EUR_USD -c oanda --json");
    expect(rest.json(), rest.stderr).toMatchObject({ status: "filled", units: "60" });
    const unasked = await user.run("order reconcile -c oanda");
    expect(unasked.code).toBe(9);
    expect(unasked.stdout).toContain("Every order of this computer has its outcome.");
  });

  it("sends orders where the fence is off", async () => {
    expect((await user.run("config set history.fence off")).code).toBe(0);
    const placed = await user.run(buy(""));
    expect(placed.json(), placed.stderr).toMatchObject({ status: "filled" });
    await server().start();
  });
});
