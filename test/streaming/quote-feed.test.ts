import { describe, expect, it, onTestFinished, vi } from "vitest";
import { instantFromMs } from "../../src/core/time.ts";
import type { FeedStatus } from "../../src/streaming/feed-status.ts";
import { openQuoteFeed, type QuoteFeedOptions } from "../../src/streaming/quote-feed.ts";
import { UTC_TIMES } from "../../src/ui/output/times.ts";
import { LIVE_PATIENCE, type LiveVenue, openLiveVenue, until } from "./live-venue.ts";

vi.setConfig(LIVE_PATIENCE);

function openFeed({ clock, broker }: LiveVenue, changes: Partial<QuoteFeedOptions> = {}) {
  const feed = openQuoteFeed({
    clock,
    random: () => 1,
    broker,
    hasStream: true,
    maxQuoteAgeMs: 60_000,
    timeText: UTC_TIMES.text,
    typeOf: () => "forex",
    ...changes,
  });
  onTestFinished(() => feed.close());
  const statuses: FeedStatus[] = [];
  const doubts: string[] = [];
  feed.watch({
    onStatus: (status) => statuses.push(status),
    onDoubt: (_, doubt) => doubts.push(doubt),
  });
  const bidOf = (instrument: string) => feed.board.entry(instrument)?.quote?.bid.toFixed(5);
  return { feed, statuses, doubts, bidOf, kinds: () => statuses.map(({ status }) => status) };
}

const isStatus = ({ feed }: ReturnType<typeof openFeed>, status: FeedStatus["status"]) =>
  until(() => expect(feed.status().status).toBe(status));

describe("the prices of a connection", () => {
  it("come over one stream however many readers there are", async () => {
    const venue = await openLiveVenue();
    const { feed, bidOf } = openFeed(venue);
    const readers = [
      feed.read(["EUR_USD"], 10),
      feed.read(["EUR_USD", "GBP_USD"], 10),
      feed.read(["USD_JPY"], 10),
    ];
    await until(() => expect(bidOf("USD_JPY")).toBe("150.00000"));
    venue.set("EUR_USD", "1.10100", "1.10110");
    await until(() => expect(bidOf("EUR_USD")).toBe("1.10100"));
    const taken = readers.map((reader) => reader.take().map(({ instrument }) => instrument));
    expect(taken.map((names) => [...new Set(names)].toSorted())).toEqual([
      ["EUR_USD"],
      ["EUR_USD", "GBP_USD"],
      ["USD_JPY"],
    ]);
    expect(venue.relay.opened).toHaveLength(1);
    expect(venue.relay.mostStanding).toBe(1);
  });

  it("of one instrument more come over a new stream, which is there before the old one is closed", async () => {
    const venue = await openLiveVenue();
    const { feed, bidOf, kinds } = openFeed(venue);
    const reader = feed.read(["EUR_USD"], 100);
    await until(() => expect(bidOf("EUR_USD")).toBe("1.10000"));
    reader.add("GBP_USD");
    reader.add("USD_JPY");
    await until(() => expect(bidOf("GBP_USD")).toBe("1.30000"));
    await until(() => expect(venue.relay.standing).toBe(1));
    expect(venue.relay.opened).toHaveLength(2);
    expect(kinds()).toEqual(["connected"]);
    reader.remove("EUR_USD");
    expect(feed.board.entry("EUR_USD")).toBeNull();
    await until(() => expect(venue.relay.opened).toHaveLength(3));
    expect(venue.relay.opened[2]).not.toContain("EUR_USD");
    expect(kinds()).toEqual(["connected"]);
    reader.close();
    await until(() => expect(venue.relay.standing).toBe(0));
  });

  it("ST-01 that fall silent with the socket open are given up after two heartbeats, and come back", async () => {
    const venue = await openLiveVenue();
    const open = openFeed(venue);
    open.feed.read(["EUR_USD"], 10);
    await isStatus(open, "connected");
    venue.relay.mode = "silent";
    const startedMs = venue.clock.monotonicMs();
    await isStatus(open, "reconnecting");
    const quietMs = venue.clock.monotonicMs() - startedMs;
    expect(quietMs).toBeGreaterThan(5_000);
    expect(open.feed.status().failure).toMatchObject({ code: "TIMEOUT" });
    expect(open.feed.isFlowing()).toBe(false);
    venue.relay.mode = "pass";
    venue.set("EUR_USD", "1.10500", "1.10510");
    await until(() => expect(open.bidOf("EUR_USD")).toBe("1.10500"));
    await isStatus(open, "connected");
  });

  it("ST-03 that come byte by byte are all there", async () => {
    const venue = await openLiveVenue();
    venue.relay.mode = "split";
    const { feed, bidOf, doubts } = openFeed(venue);
    const reader = feed.read(["EUR_USD", "USD_JPY"], 100);
    await until(() => expect(bidOf("USD_JPY")).toBe("150.00000"));
    for (const bid of ["1.10001", "1.10002", "1.10003"]) {
      venue.set("EUR_USD", bid, "1.10100");
      await until(() => expect(bidOf("EUR_USD")).toBe(bid));
    }
    expect(reader.take().filter(({ instrument }) => instrument === "EUR_USD")).toHaveLength(4);
    expect(doubts).toEqual([]);
    expect(feed.reconnects).toBe(0);
  });

  it("are back within five seconds of their broker's return, and older than they were meanwhile", async () => {
    const venue = await openLiveVenue();
    const open = openFeed(venue);
    open.feed.read(["EUR_USD"], 10);
    await isStatus(open, "connected");
    await venue.relay.goAway();
    await isStatus(open, "reconnecting");
    expect(open.feed.status()).toMatchObject({
      failure: { code: "BROKER_UNAVAILABLE" },
      retryAtMs: expect.any(Number),
    });
    await venue.clock.sleep(12_000);
    await venue.relay.comeBack();
    // The next try is never further away than this, whenever the broker comes back.
    const { retryAtMs } = open.feed.status();
    expect((retryAtMs ?? 0) - venue.clock.monotonicMs()).toBeLessThanOrEqual(4_000);
    await isStatus(open, "connected");
    expect(venue.relay.standing).toBe(1);
  });

  it("ST-05 of a broker that takes every stream and closes it are asked for ever more rarely", async () => {
    const venue = await openLiveVenue();
    const open = openFeed(venue);
    venue.relay.slams = true;
    open.feed.read(["EUR_USD"], 10);
    await isStatus(open, "reconnecting");
    await venue.clock.sleep(12_000);
    expect(venue.relay.opened.length).toBeLessThanOrEqual(6);
    expect(venue.relay.opened.length).toBeGreaterThanOrEqual(4);
    venue.relay.slams = false;
    await isStatus(open, "connected");
  });

  it("ST-06 that are told again later are flagged, and never shown", async () => {
    const venue = await openLiveVenue();
    venue.relay.mode = "replay";
    const { feed, bidOf, doubts } = openFeed(venue);
    const reader = feed.read(["EUR_USD"], 100);
    await until(() => expect(bidOf("EUR_USD")).toBe("1.10000"));
    for (const [index, bid] of ["1.10100", "1.10200"].entries()) {
      venue.set("EUR_USD", bid, "1.10300");
      await until(() => expect(doubts).toHaveLength(index + 1));
      expect(bidOf("EUR_USD")).toBe(bid);
    }
    expect(new Set(doubts)).toEqual(new Set(["out_of_order"]));
    const bids = reader.take().map(({ quote }) => quote?.bid.toFixed(5));
    expect(bids).toEqual(["1.10000", "1.10100", "1.10200"]);
  });

  it("ST-02 that stop while heartbeats go on are found out by asking, and their stream is opened anew", async () => {
    const venue = await openLiveVenue();
    const open = openFeed(venue);
    open.feed.read(["EUR_USD", "GBP_USD"], 10);
    await isStatus(open, "connected");
    venue.relay.mode = "hold";
    const moving = setInterval(() => {
      const at = Math.floor(venue.clock.monotonicMs() % 1000);
      venue.set("EUR_USD", `1.10${`${at}`.padStart(3, "0")}`, "1.12000");
    }, 200);
    onTestFinished(() => clearInterval(moving));
    await until(() => expect(venue.relay.opened.length).toBeGreaterThanOrEqual(2));
    const { quote } = open.feed.board.entry("EUR_USD") ?? {};
    expect(quote?.ask.toFixed(5)).toBe("1.12000");
  });

  it("ST-02 that are all too old are called stale; one that moves is enough to be connected", async () => {
    const venue = await openLiveVenue();
    const open = openFeed(venue, { maxQuoteAgeMs: 8_000 });
    open.feed.read(["EUR_USD", "GBP_USD"], 10);
    await isStatus(open, "connected");
    await isStatus(open, "stale");
    expect(open.feed.status().detail).toMatch(
      /^The connection lives, but the newest price is \d+ s old/,
    );
    expect(open.feed.reconnects).toBe(0);
    venue.set("GBP_USD", "1.30100", "1.30120");
    await isStatus(open, "connected");
    const { quote } = open.feed.board.entry("EUR_USD") ?? {};
    const now = { wall: venue.clock.now(), monotonicMs: venue.clock.monotonicMs() };
    expect(quote && (open.feed.board.ageOf(quote, now)?.ms ?? 0)).toBeGreaterThan(8_000);
  });

  it("TM-04 of a weekend are a closed market, with the hour of its opening, and no outage", async () => {
    const start = instantFromMs(Date.UTC(2026, 10, 21, 12));
    const venue = await openLiveVenue({ start });
    for (const name of ["EUR_USD", "GBP_USD"]) venue.halt(name, "1.20000", "1.20050");
    const open = openFeed(venue);
    open.feed.read(["EUR_USD", "GBP_USD"], 10);
    await isStatus(open, "market_closed");
    expect(open.feed.status()).toMatchObject({
      opensAt: "2026-11-22T22:00:00.000000000Z",
      detail: "The market is closed until 2026-11-22 22:00:00Z.",
    });
    await venue.clock.sleep(30_000);
    expect(open.feed.status().status).toBe("market_closed");
    expect(open.feed.reconnects).toBe(0);
    expect(open.kinds()).toEqual(["market_closed"]);
    venue.set("EUR_USD", "1.21000", "1.21050");
    await isStatus(open, "connected");
  });

  it("TM-05 that can't be traded within the week are a closed market of unknown end", async () => {
    const venue = await openLiveVenue();
    venue.halt("EUR_USD", "1.10000", "1.10010");
    const open = openFeed(venue);
    open.feed.read(["EUR_USD"], 10);
    await isStatus(open, "market_closed");
    expect(open.feed.status()).toMatchObject({
      opensAt: null,
      detail: expect.stringContaining("doesn't say"),
    });
  });

  it("are asked for where there is no stream", async () => {
    const venue = await openLiveVenue();
    const open = openFeed(venue, { hasStream: false });
    const reader = open.feed.read(["EUR_USD"], 10);
    await isStatus(open, "connected");
    venue.set("EUR_USD", "1.10100", "1.10110");
    await until(() => expect(open.bidOf("EUR_USD")).toBe("1.10100"));
    expect(venue.relay.opened).toEqual([]);
    expect(reader.take().length).toBeGreaterThanOrEqual(2);
  });

  it("CR-02 end for good with a token that isn't taken", async () => {
    const venue = await openLiveVenue();
    const { openOandaConnection } = await import("../../src/adapters/oanda/connection.ts");
    const { Secret } = await import("../../src/core/secret.ts");
    const stranger = openOandaConnection({
      profile: { environment: "practice", host: venue.relay.url },
      token: new Secret("another-token-altogether"),
      clock: venue.clock,
      version: "0.0.0",
    });
    const open = openFeed(venue, { broker: stranger.broker("101-001-1234567-001") });
    open.feed.read(["EUR_USD"], 10);
    expect(await open.feed.ended).toMatchObject({ code: "CREDENTIALS_INVALID" });
    expect(open.feed.status().status).toBe("failed");
    await stranger.close();
  });
});
