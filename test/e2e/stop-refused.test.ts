import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { killedAt } from "../support/killed-steps.ts";
import {
  clockAhead,
  newUser,
  PATIENCE,
  type User,
  type WireTransaction,
} from "../support/program.ts";
import { openTerminal } from "../support/pseudo-terminal.ts";
import { openReceiver } from "../support/receiver.ts";
import { connectOanda, openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: "token-of-the-test" };
const BUY = "order buy EUR_USD 1000 --sl 20p -c oanda --json";
/** After that long nothing of an order can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;
const ORDERS = { method: "POST", path: /\/orders$/ } as const;

type Trade = { readonly id: string; readonly stopLoss: string | null };

/** A user at a venue that fills the next order and refuses its stop. */
async function aUser(policy: string): Promise<{ user: User; venue: Venue }> {
  const user = newUser(SECRETS);
  const venue = await openVenue();
  await connectOanda(user, venue);
  expect((await user.run(`config set order.onStopRefused ${policy}`)).code).toBe(0);
  // What happens before an account is first looked at is no news.
  expect((await user.run("positions -c oanda")).code).toBe(0);
  venue.faultNext("stop-refused", ORDERS);
  return { user, venue };
}

async function tradesOf(user: User): Promise<readonly Trade[]> {
  const positions = await user.run("positions -c oanda --json");
  return positions.json<{ trades: Trade[] }[]>().flatMap(({ trades }) => trades);
}

async function journaled(user: User): Promise<readonly string[]> {
  const entries = await user.run("history audit --json");
  return entries.json<{ kind: string }[]>().map(({ kind }) => kind);
}

/** As if the order's process had been killed before it could close the trade. */
function leftBehind(user: User): void {
  const database = new Database(join(user.home, "tmt-broker.db"));
  database.exec("UPDATE naked_trades SET policy = 'close', claim_owner = 'gone:1:1'");
  database.close();
}

type Mended = { readonly user: User; readonly venue: Venue; readonly fill: WireTransaction };

/** The trade that an order opened has its stop now, once; 1 where the next commands said that they saw to it. */
async function mendedBy(said: string, { user, venue, fill }: Mended): Promise<number> {
  const [trade] = (await tradesOf(user)).filter((one) => one.id === fill.id);
  expect(trade?.stopLoss, `${fill.clientOrderID}: ${said}`).toBeTypeOf("string");
  const stops = (await venue.log()).filter(
    ({ type, tradeID }) => type === "STOP_LOSS_ORDER" && tradeID === fill.id,
  );
  expect(stops, fill.clientOrderID).toHaveLength(1);
  return new RegExp(`trade ${fill.id}\\b.*without its stop.*has it now`, "i").test(said) ? 1 : 0;
}

const posted = (venue: Venue) => ordersSent(venue).filter((one) => /^POST .*\/orders$/.test(one));

describe("BR-05 an order is filled, and its stop refused", () => {
  it("ask: without anybody to ask it is a failure that names the naked trade, and somebody is woken once", async () => {
    const { user, venue } = await aUser("ask");
    const { url, told } = await openReceiver();
    await user.run(`config set notify.webhook ${url}`);
    const bought = await user.run(BUY);
    expect(bought.code).toBe(5);
    const report = bought.json();
    expect(report).toMatchObject({ status: "filled", stopLoss: null });
    expect(report.stopRefused).toMatchObject({ result: "open_without_stop" });
    expect(bought.error().message).toContain("OPEN WITHOUT A STOP");
    expect(posted(venue)).toHaveLength(1);
    expect(await tradesOf(user)).toMatchObject([{ stopLoss: null }]);
    expect(told.map(({ event }) => event)).toEqual(["trigger", "order"]);
    expect(
      told.filter(({ event, alert }) => event === "trigger" && alert.kind === "no_stop"),
    ).toHaveLength(1);
    expect(await journaled(user)).toContain("order.filled");
  });

  it("attach: the stop is set at the second try, and the order sent once", async () => {
    const { user, venue } = await aUser("attach");
    const bought = await user.run(BUY);
    expect(bought.code, bought.stderr).toBe(0);
    expect(bought.json().stopRefused).toMatchObject({ result: "stop_attached" });
    expect(bought.stderr).toBe("");
    expect((await user.run("positions -c oanda")).stderr).toBe("");
    const [trade, ...others] = await tradesOf(user);
    expect(others).toEqual([]);
    expect(trade?.stopLoss).toBe(Object(bought.json().stopLoss).price);
    expect(posted(venue)).toHaveLength(1);
    const sent = (await journaled(user)).filter((kind) => kind === "order.sent");
    expect(sent).toHaveLength(2);
  });

  it("close: the trade is closed again, once", async () => {
    const { user, venue } = await aUser("close");
    const bought = await user.run(BUY);
    expect(bought.code).toBe(5);
    expect(bought.json().stopRefused).toMatchObject({ result: "closed" });
    expect((await user.run("positions -c oanda")).stderr).toBe("");
    expect(await tradesOf(user)).toEqual([]);
    expect(ordersSent(venue)).toHaveLength(2);
  });

  it("a lost answer: the refusal is found in the log, nothing is sent twice, and the policy holds", async () => {
    const { user, venue } = await aUser("attach");
    venue.faultNext("lost-response", ORDERS);
    const bought = await user.run(BUY);
    expect(bought.code, bought.stderr).toBe(0);
    expect(bought.json().stopRefused).toMatchObject({ result: "stop_attached" });
    expect(posted(venue)).toHaveLength(1);
    expect(await tradesOf(user)).toHaveLength(1);
  });

  it("ask: the next command at a terminal asks, once", async () => {
    const { user } = await aUser("ask");
    await user.run(BUY);
    expect((await user.run("positions -c oanda")).code).toBe(0);
    const terminal = openTerminal(user, "positions -c oanda");
    await terminal.untilShown("Try to set the stop once more?");
    terminal.type("yes\r");
    expect(await terminal.exit(), terminal.shown()).toBe(0);
    expect(terminal.shown()).toMatch(/opened without its stop by order \S+ has\s+it now/);
    expect(await tradesOf(user)).toMatchObject([{ stopLoss: expect.any(String) }]);
    const again = openTerminal(user, "positions -c oanda");
    expect(await again.exit()).toBe(0);
    expect(again.shown()).not.toContain("Try to set");
  });

  it("close: what a killed sender left is closed by the next command that isn't dry, and somebody is woken", async () => {
    const { user, venue } = await aUser("ask");
    await user.run(BUY);
    leftBehind(user);
    const dry = await user.run("order buy EUR_USD 1 --dry-run -c oanda");
    expect([dry.code, posted(venue).length, ordersSent(venue).length]).toEqual([0, 1, 1]);
    const { url, told } = await openReceiver();
    await user.run(`config set notify.webhook ${url}`);
    const next = await user.run("positions -c oanda --json");
    expect([next.code, next.json()]).toEqual([0, []]);
    expect(next.stderr).toMatch(/trade \d+ was closed again at .*as order.onStopRefused has it/);
    expect(ordersSent(venue)).toHaveLength(2);
    const alarms = told.flatMap(({ event, alert }) => (event === "trigger" ? alert.summary : []));
    expect(alarms).toEqual([expect.stringMatching(/refused its stop .*: it was closed/)]);
    expect(await journaled(user)).toContain("trade.guarded");
  });

  it("two orders of a batch: each naked trade is named with what to type", async () => {
    const { user, venue } = await aUser("ask");
    venue.faultNext("stop-refused", ORDERS);
    const signals = ["EUR_USD", "USD_JPY"].map((instrument, at) => ({
      ...{ signalId: `s-${at}`, agent: "test", instrument, side: "buy" },
      ...{ units: "1000", stopLoss: "20p" },
    }));
    const stdin = signals.map((signal) => `${JSON.stringify(signal)}\n`).join("");
    const sent = await user.run("order submit - -c oanda", { stdin });
    expect(sent.code).toBe(5);
    const trades = await tradesOf(user);
    expect(trades).toHaveLength(2);
    for (const { id } of trades) {
      expect(sent.stderr).toContain(`Trade ${id} of `);
      expect(sent.stderr).toContain(`positions modify ${id} --sl -c oanda -a ${venue.account}`);
    }
  });

  it("kill -9 at any step: one order at most, and its trade gets its stop by the next commands, once", async () => {
    const user = newUser(SECRETS);
    const venue = await openVenue();
    await connectOanda(user, venue);
    await user.run("config set order.onStopRefused attach");
    await user.run("order buy EUR_USD 1 -c oanda --json");
    // Every step would take minutes: each of these dies somewhere between the order's journal entry and its stop's.
    let kills = 0;
    let mended = 0;
    let sentLast = true;
    for (let step = 30; step <= 110; step += 5) {
      if (sentLast) venue.faultNext("stop-refused", ORDERS);
      const sentBefore = posted(venue).length;
      const id = `step-${step}`;
      const env = killedAt(user, step);
      const died = await user.run(`${BUY} --client-id ${id}`, { env });
      const sent = posted(venue).length - sentBefore;
      expect(sent).toBeLessThanOrEqual(1);
      sentLast = sent > 0;
      if (died.code === null) kills += 1;
      const next = await user.run("positions -c oanda");
      expect(next.code, next.stderr).toBe(0);
      expect(posted(venue).length - sentBefore, `${id} again`).toBe(sent);
      const log = await venue.log();
      const fill = log.find((one) => one.type === "ORDER_FILL" && one.clientOrderID === id);
      // What never arrived, the second try of a stop too, is settled once nothing can arrive any more.
      const later = clockAhead(user, ARRIVAL_MS);
      const settled = await user.run("order reconcile -c oanda", { env: later });
      expect(settled.code, settled.stderr).toBe(0);
      mended += fill ? await mendedBy(`${next.stderr}${settled.stderr}`, { user, venue, fill }) : 0;
      await user.run("positions close --all -c oanda --yes --json");
    }
    expect(kills).toBeGreaterThan(5);
    expect(mended).toBeGreaterThan(0);
  });
});
