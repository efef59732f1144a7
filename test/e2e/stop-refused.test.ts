import { describe, expect, it, vi } from "vitest";
import { killedAt } from "../support/killed-steps.ts";
import { clockAhead, newUser, PATIENCE, type User } from "../support/program.ts";
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

  it("kill -9 at any step: at most one order and one stop, and a naked trade is told of", async () => {
    const user = newUser(SECRETS);
    const venue = await openVenue();
    await connectOanda(user, venue);
    await user.run("config set order.onStopRefused attach");
    await user.run("order buy EUR_USD 1 -c oanda --json");
    // Every step would take minutes: each of these dies somewhere between the order's journal entry and its stop's.
    let kills = 0;
    let nakedOnes = 0;
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
      const naked = (await tradesOf(user)).find(
        (trade) => trade.id === fill?.id && trade.stopLoss === null,
      );
      if (naked && died.code === null) {
        nakedOnes += 1;
        expect(next.stderr, id).toMatch(new RegExp(`trade ${naked.id}\\b.*WITHOUT A STOP`, "i"));
      }
      await user.run("positions close --all -c oanda --yes --json");
      // What never arrived is settled once nothing can arrive any more.
      const settled = await user.run("order reconcile -c oanda", {
        env: clockAhead(user, ARRIVAL_MS),
      });
      expect(settled.code, settled.stderr).toBe(0);
    }
    expect(kills).toBeGreaterThan(5);
    expect(nakedOnes).toBeGreaterThan(0);
  });
});
