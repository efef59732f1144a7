import { describe, expect, it, onTestFinished } from "vitest";
import { openPaperConnection } from "../../../src/adapters/paper/connection.ts";
import { midOf } from "../../../src/core/quote.ts";
import { instantFromMs } from "../../../src/core/time.ts";
import { openSyntheticFeed } from "../../../src/paper/feed/synthetic-feed.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryVenueStore } from "../../support/memory-venue-store.ts";
import { openPractice } from "./practice.ts";

/** 17:00 in New York before the practice server's own moment, in winter. */
const ROLLOVER_MS = Date.UTC(2026, 10, 17, 22);
const MOMENT = instantFromMs(Date.UTC(2026, 10, 18, 14));
const NAMES = ["EUR_USD", "USD_JPY", "XAU_USD"];

describe("what the trading day began with", () => {
  it("is the price at 17:00 New York, asked of OANDA in one request", async () => {
    const { broker, close } = await openPractice("node");
    onTestFinished(close);
    const feed = openSyntheticFeed({ seed: 7, hours: "always" });
    const openings = await broker.dayOpenings?.(NAMES);
    expect([...(openings?.keys() ?? [])]).toEqual(NAMES);
    for (const [name, { mid, since }] of openings ?? []) {
      const quote = feed.quoteAt(name, ROLLOVER_MS);
      expect(since).toBe(instantFromMs(ROLLOVER_MS));
      // Candles of mid prices have the precision of the others: half a point goes to the even one.
      const apart = quote && midOf(quote).minus(mid).abs();
      expect(apart && apart.toApproximateNumber() / mid.toApproximateNumber()).toBeLessThan(1e-5);
    }
    expect(await broker.dayOpenings?.([])).toEqual(new Map());
  });

  it("of an instrument that OANDA doesn't have is its refusal", async () => {
    const { broker, close } = await openPractice("node");
    onTestFinished(close);
    await expect(broker.dayOpenings?.(["EUR_USD", "NOT_THERE"])).rejects.toThrow();
    await expect(broker.dayOpenings?.(["../EUR"])).rejects.toMatchObject({
      code: "INSTRUMENT_NOT_FOUND",
    });
  });

  it("is the paper venue's own price then, of what it has", async () => {
    const feed = openSyntheticFeed({ seed: 7, hours: "always" });
    const connection = openPaperConnection({
      profile: { accounts: [] },
      store: new MemoryVenueStore(),
      clock: new FakeClock(MOMENT),
      feed,
    });
    const openings = await connection.broker("paper-001").dayOpenings?.([...NAMES, "NOT_THERE"]);
    expect([...(openings?.keys() ?? [])]).toEqual(NAMES);
    for (const [name, { mid, since }] of openings ?? []) {
      const quote = feed.quoteAt(name, ROLLOVER_MS);
      expect(since).toBe(instantFromMs(ROLLOVER_MS));
      expect(quote && midOf(quote).equals(mid)).toBe(true);
    }
  });
});
