import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ageMsAt } from "../../src/core/age.ts";
import { decimal, toUnits } from "../../src/core/money.ts";
import type { Broker } from "../../src/ports/broker.ts";
import type { LiveSession } from "../../src/ports/live.ts";
import { openLiveSession } from "../../src/streaming/live-session.ts";
import type { LiveSource, LiveSourceAccount } from "../../src/streaming/live-source.ts";
import { forwardBroker } from "../../src/trading/forward-broker.ts";
import { UTC_TIMES } from "../../src/ui/output/times.ts";
import { clearOrder, marketOrder } from "../support/clear-order.ts";
import {
  ACCOUNT,
  LIVE_PATIENCE,
  type LiveVenue,
  openLiveVenue,
  SECOND_ACCOUNT,
  until,
} from "./live-venue.ts";

vi.setConfig(LIVE_PATIENCE);

type Wishes = { readonly watchlist?: readonly string[]; readonly both?: boolean };

function sourceOf({ connection, broker }: LiveVenue, { watchlist, both }: Wishes = {}): LiveSource {
  const first: LiveSourceAccount = { id: ACCOUNT, alias: "first", broker };
  const second: LiveSourceAccount = {
    id: SECOND_ACCOUNT,
    alias: null,
    broker: connection.broker(SECOND_ACCOUNT),
  };
  return {
    name: "oanda",
    brokerName: "oanda",
    environment: "practice",
    capabilities: connection.capabilities,
    accounts: both ? [first, second] : [first],
    letTry: null,
    instruments: () => broker.instruments(),
    watchlist: watchlist ?? ["EUR_USD"],
  };
}

const TERMS = { random: () => 1, maxQuoteAgeMs: 60_000, timeText: UTC_TIMES.text };

function openSession(venue: LiveVenue, wishes: Wishes = {}) {
  const session = openLiveSession({
    ...TERMS,
    clock: venue.clock,
    sources: [sourceOf(venue, wishes)],
  });
  onTestFinished(() => session.close());
  return session;
}

const firstAccount = (session: LiveSession) => {
  const [account] = session.getSnapshot().accounts;
  if (!account) throw new Error("there is no account");
  return account;
};

const live = (session: LiveSession) =>
  until(() => expect(firstAccount(session).status).toBe("live"));

function buy(venue: LiveVenue, units: string, instrument = "EUR_USD") {
  const { signal } = new AbortController();
  return venue.broker.place(
    clearOrder(marketOrder({ units: toUnits(decimal(units)), instrument })),
    { signal },
  );
}

describe("what screens are shown", () => {
  it("is there from the first moment, and says what isn't known yet", async () => {
    const session = openSession(await openLiveVenue());
    const { connections, quotes, accounts, totals } = session.getSnapshot();
    expect(connections).toMatchObject([{ name: "oanda", status: "connecting", opensAt: null }]);
    expect(quotes).toMatchObject([
      { instrument: "EUR_USD", quote: null, isStale: true, age: null },
    ]);
    expect(accounts).toMatchObject([{ status: "loading", account: null, positions: [] }]);
    expect(totals).toEqual([]);
  });

  it("is prices, the account, and what happened to it, all live", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue);
    await live(session);
    await buy(venue, "10000");
    await until(() => expect(firstAccount(session).positions).toHaveLength(1));
    venue.set("EUR_USD", "1.10510", "1.10520");
    await until(() =>
      expect(firstAccount(session).positions).toMatchObject([
        { isLive: true, position: { direction: "long" } },
      ]),
    );
    await until(() => expect(`${firstAccount(session).account?.unrealizedPl}`).toBe("50"));
    const { account, positions } = firstAccount(session);
    expect(`${account?.equity}`).toBe("500050");
    expect(positions[0]?.currentPrice?.toFixed(5)).toBe("1.10510");
    const { quotes, connections, events } = session.getSnapshot();
    expect(quotes).toMatchObject([{ isStale: false, direction: "up", doubt: null }]);
    expect(connections).toMatchObject([{ status: "connected", failure: null }]);
    const kinds = events.flatMap((event) =>
      event.kind === "transaction" ? [event.transaction.type] : [],
    );
    expect(kinds).toEqual(["fill", "order"]);
  });

  it("agrees with the broker's own figures to the last digit, in another currency too", async () => {
    const venue = await openLiveVenue({ currency: "EUR" });
    const session = openSession(venue);
    await buy(venue, "12345", "USD_JPY");
    await buy(venue, "777");
    await live(session);
    venue.set("USD_JPY", "150.777", "150.790");
    await venue.clock.sleep(6_000);
    await until(async () => {
      const { account, positions } = firstAccount(session);
      expect(positions.map(({ isLive }) => isLive)).toEqual([true, true]);
      const broker = await venue.broker.state();
      expect(`${account?.unrealizedPl}`).toBe(`${broker.account.unrealizedPl}`);
      expect(`${account?.equity}`).toBe(`${broker.account.equity}`);
    });
  });

  it("holds accounts together by currency", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue, { both: true });
    await until(() => expect(session.getSnapshot().totals).toHaveLength(1));
    await until(() => expect(session.getSnapshot().totals[0]?.accounts).toBe(2));
    expect(session.getSnapshot().totals[0]).toMatchObject({
      environment: "practice",
      currency: "USD",
    });
    expect(`${session.getSnapshot().totals[0]?.equity}`).toBe("1000000");
    expect(session.getSnapshot().accounts.map(({ alias }) => alias)).toEqual(["first", null]);
    // Prices over one stream, and one for each account.
    await until(() => expect(venue.relay.standing).toBe(3));
  });

  it("is told at most once a frame, and parts that haven't changed are the same objects", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue, { watchlist: ["EUR_USD", "GBP_USD"] });
    await live(session);
    await until(() => expect(session.getSnapshot().quotes[1]?.quote).not.toBeNull());
    const before = session.getSnapshot();
    expect(session.getSnapshot()).toBe(before);
    const toldMs: number[] = [];
    const stop = session.subscribe(() => toldMs.push(venue.clock.monotonicMs()));
    for (let index = 0; index < 8; index += 1) {
      venue.set("EUR_USD", `1.1000${index}`, "1.10100");
      await venue.clock.sleep(250);
    }
    await until(() => expect(session.getSnapshot().quotes[0]).not.toBe(before.quotes[0]));
    expect(session.getSnapshot().quotes[1]).toBe(before.quotes[1]);
    expect(session.getSnapshot().totals).toBe(before.totals);
    stop();
    for (const [index, atMs] of toldMs.entries()) {
      // A timer goes off up to a millisecond early: that is ten of the venue's.
      if (index > 0) expect(atMs - (toldMs[index - 1] ?? 0)).toBeGreaterThanOrEqual(66 - 10);
    }
    const { length } = toldMs;
    venue.set("EUR_USD", "1.20000", "1.20100");
    await until(() => expect(session.getSnapshot().quotes[0]?.quote?.bid.toFixed(1)).toBe("1.2"));
    expect(toldMs).toHaveLength(length);
  });

  it("ST-04 a fill while the line is cut is there when it is back, once, and nothing is live before", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue);
    await live(session);
    await venue.relay.goAway();
    await until(() => expect(firstAccount(session).status).toBe("stale"));
    const asked = venue.relay.requests.length;
    // The order is another program's: it has its own way to the broker.
    const { openOandaConnection } = await import("../../src/adapters/oanda/connection.ts");
    const { Secret } = await import("../../src/core/secret.ts");
    const other = openOandaConnection({
      profile: { environment: "practice", host: venue.server.url },
      token: new Secret(venue.server.token),
      clock: venue.clock,
      version: "0.0.0",
    });
    const { signal } = new AbortController();
    const order = clearOrder(marketOrder({ units: toUnits(decimal("5000")) }));
    expect((await other.broker(ACCOUNT).place(order, { signal })).status).toBe("filled");
    await other.close();
    const { age, detail } = firstAccount(session);
    expect(detail).not.toBeNull();
    const now = { wall: venue.clock.now(), monotonicMs: venue.clock.monotonicMs() };
    expect(age && ageMsAt(age, now)).toBeGreaterThan(0);
    // While nothing is heard, nothing is asked: it would only count as failures of the connection.
    expect(venue.relay.requests).toHaveLength(asked);
    await venue.relay.comeBack();
    await live(session);
    const fills = session
      .getSnapshot()
      .events.flatMap((event) => (event.kind === "transaction" ? [event] : []));
    expect(fills.map(({ transaction, isBackfilled }) => [transaction.type, isBackfilled])).toEqual([
      ["fill", true],
      ["order", true],
    ]);
    await until(() => expect(firstAccount(session).positions).toHaveLength(1));
  });

  it("a line that stays down is told of once for each try", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue);
    await live(session);
    await venue.relay.goAway();
    const tries = () =>
      session
        .getSnapshot()
        .events.flatMap((event) => (event.kind === "status" ? [event] : []))
        .filter(({ status }) => status === "reconnecting");
    await until(() => expect(tries().length).toBeGreaterThanOrEqual(3));
    expect(tries().filter(({ detail }) => detail === null)).toEqual([]);
  });

  it("a broker that is away when it begins is asked once and listened for, and read once it is heard", async () => {
    const venue = await openLiveVenue();
    await venue.relay.goAway();
    const asked: string[] = [];
    const counted = (broker: Broker): Broker => ({
      ...forwardBroker(broker),
      state: () => {
        asked.push(`state ${broker.accountId}`);
        return broker.state();
      },
    });
    let hasLetTry = 0;
    const { accounts, ...source } = sourceOf(venue, { both: true });
    const session = openLiveSession({
      ...TERMS,
      clock: venue.clock,
      sources: [
        {
          ...source,
          accounts: accounts.map((one) => ({ ...one, broker: counted(one.broker) })) as never,
          instruments: () => {
            asked.push("instruments");
            return venue.broker.instruments();
          },
          letTry: async () => {
            hasLetTry += 1;
          },
        },
      ],
    });
    onTestFinished(() => session.close());
    const tries = () =>
      session
        .getSnapshot()
        .events.filter((event) => event.kind === "status" && event.status === "reconnecting");
    await until(() => expect(tries().length).toBeGreaterThanOrEqual(8));
    expect(asked).toEqual(["instruments", `state ${ACCOUNT}`]);
    expect(firstAccount(session)).toMatchObject({ status: "stale", detail: expect.any(String) });
    await venue.relay.comeBack();
    await live(session);
    await until(() => expect(session.getSnapshot().accounts[1]?.status).toBe("live"));
    expect(hasLetTry).toBe(1);
    expect(asked.filter((one) => one.startsWith("state"))).toEqual([
      ...[`state ${ACCOUNT}`, `state ${ACCOUNT}`, `state ${SECOND_ACCOUNT}`],
    ]);
  });

  it("a connection without a price to watch stands as its account does", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue, { watchlist: [] });
    const connection = () => session.getSnapshot().connections[0];
    await until(() => expect(connection()?.status).toBe("connected"));
    await venue.relay.goAway();
    await until(() => expect(connection()?.retryAtMs).toEqual(expect.any(Number)));
    expect(connection()).toMatchObject({ status: "reconnecting", detail: expect.any(String) });
    await venue.relay.comeBack();
    await until(() => expect(connection()?.status).toBe("connected"));
    const statuses = session
      .getSnapshot()
      .events.flatMap((event) => (event.kind === "status" ? [event.status] : []));
    expect(statuses.filter((status) => status === "connected")).toHaveLength(2);
  });

  it("ST-09 an instrument that is halted while an order is under way is shown so, and the order's end too", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue);
    await live(session);
    venue.server.faultNext("lost-response", { method: "POST" });
    const lost = buy(venue, "1000").catch((error: unknown) => error);
    await until(() => expect(firstAccount(session).positions).toHaveLength(1));
    venue.halt("EUR_USD", "1.10000", "1.10010");
    await until(() => expect(session.getSnapshot().connections[0]?.status).toBe("market_closed"));
    expect(session.getSnapshot().quotes[0]?.quote?.tradeable).toBe(false);
    expect(await lost).toMatchObject({ sent: true });
    const { events } = session.getSnapshot();
    expect(events.filter((event) => event.kind === "transaction")).toHaveLength(2);
  });

  it("follows what is added to the list and taken from it, and keeps the prices of what is held", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue);
    await buy(venue, "1000", "GBP_USD");
    await live(session);
    session.addInstrument("oanda", "USD_JPY");
    session.removeInstrument("oanda", "EUR_USD");
    session.addInstrument("nobody", "EUR_USD");
    await until(() =>
      expect(session.getSnapshot().quotes).toMatchObject([
        { instrument: "USD_JPY", isStale: false, terms: { pricePrecision: 3 } },
      ]),
    );
    await until(() => expect(firstAccount(session).positions[0]?.isLive).toBe(true));
    await until(() => {
      expect(venue.relay.standing).toBe(2);
      expect(decodeURIComponent(venue.relay.opened.at(-1) ?? "")).toMatch(
        /(USD_JPY,GBP|GBP_USD,USD)/,
      );
    });
  });

  it("asks at once when it is told to", async () => {
    const venue = await openLiveVenue();
    const session = openSession(venue);
    await live(session);
    const asked = () => venue.relay.requests.filter((path) => path.includes("/changes")).length;
    const before = asked();
    session.refresh();
    await until(() => expect(asked()).toBeGreaterThan(before));
    await session.close();
    await until(() => expect(venue.relay.standing).toBe(0));
  });
});
