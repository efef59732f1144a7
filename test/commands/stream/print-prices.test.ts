import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Context } from "../../../src/commands/context.ts";
import { type Printing, printPrices } from "../../../src/commands/stream/print-prices.ts";
import { openQuoteFeed } from "../../../src/streaming/quote-feed.ts";
import { PLAIN_THEME } from "../../../src/ui/output/theme.ts";
import { UTC_TIMES } from "../../../src/ui/output/times.ts";
import { LIVE_PATIENCE, openLiveVenue, until } from "../../streaming/live-venue.ts";

vi.setConfig(LIVE_PATIENCE);

/** A terminal whose reader takes what it's given when `take` says so; null closes it. */
function openReader(take: () => Promise<boolean>) {
  const written: string[] = [];
  const notes: string[] = [];
  const terminal = {
    async writeFlow(text: string) {
      const isRead = await take();
      if (isRead) written.push(text);
      return isRead;
    },
  };
  const context = { terminal, theme: PLAIN_THEME, note: (text: string) => notes.push(text) };
  return { written, notes, context };
}

async function openPrinting(
  take: () => Promise<boolean>,
  limits: Partial<Printing["limits"]> = {},
) {
  const venue = await openLiveVenue();
  const { clock, broker } = venue;
  const feed = openQuoteFeed({
    clock,
    broker,
    random: () => 1,
    hasStream: true,
    timeText: UTC_TIMES.text,
    maxQuoteAgeMs: 60_000,
    typeOf: () => "forex",
  });
  onTestFinished(() => feed.close());
  const reader = feed.read(["EUR_USD"], 3);
  const terms = new Map((await broker.instruments()).map((each) => [each.name, each]));
  const { written, notes, context } = openReader(take);
  const stop = new AbortController();
  const printed = printPrices({
    context: { ...context, clock } as unknown as Context,
    feed,
    reader,
    form: {
      connection: "oanda",
      isJson: false,
      times: UTC_TIMES,
      termsOf: (name) => terms.get(name),
    },
    limits: { count: Number.POSITIVE_INFINITY, durationMs: null, ...limits },
    signal: stop.signal,
  });
  return { venue, feed, reader, written, notes, printed, stop };
}

describe("printing prices", () => {
  it("ST-10 to a reader that takes nothing leaves the prices flowing, and tells the newest afterwards", async () => {
    const released = Promise.withResolvers<boolean>();
    const { venue, feed, reader, written, notes, printed, stop } = await openPrinting(
      () => released.promise,
    );
    const bid = () => feed.board.entry("EUR_USD")?.quote?.bid.toFixed(5);
    await until(() => expect(bid()).toBe("1.10000"));
    for (let index = 1; index <= 8; index += 1) {
      venue.set("EUR_USD", `1.1000${index}`, "1.10100");
      await until(() => expect(bid()).toBe(`1.1000${index}`));
    }
    expect(written).toEqual([]);
    expect(reader.dropped).toBeGreaterThan(3);
    released.resolve(true);
    await until(() => expect(written.join("")).toContain("1.10008"));
    const shown = written.join("").match(/1\.1000\d/g);
    expect(shown).toEqual(shown?.toSorted());
    stop.abort();
    await printed;
    expect(notes.at(-1)).toMatch(/^\d prices in .*; [4-9] dropped, 0 passed over, 0 reconnects\.$/);
  });

  it("ST-10 to a reader that takes nothing ends when it is told to", async () => {
    const { printed, stop, feed } = await openPrinting(() => new Promise(() => undefined));
    await until(() => expect(feed.board.entry("EUR_USD")?.quote).toBeDefined());
    await until(() => expect(feed.isFlowing()).toBe(true));
    stop.abort();
    await printed;
  });

  it("CI-16 ends when nobody reads any more", async () => {
    const { printed, notes } = await openPrinting(async () => false);
    await printed;
    expect(notes.at(-1)).toContain("0 reconnects");
  });

  it("ends after so many prices, and after so long", async () => {
    const counted = await openPrinting(async () => true, { count: 1 });
    await counted.printed;
    expect(counted.written.join("").trimEnd().split("\n")).toHaveLength(1);
    expect(counted.notes).toContain("oanda: connected");
    const timed = await openPrinting(async () => true, { durationMs: 2_000 });
    await timed.printed;
    expect(timed.notes.at(-1)).toMatch(/^1 price in \d+\.\d s \(EUR_USD 1\)/);
  });
});
