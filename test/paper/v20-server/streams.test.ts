import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../../src/core/money.ts";
import { instantFromMs } from "../../../src/core/time.ts";
import type { PriceHistory } from "../../../src/paper/feed/price-history.ts";
import { createHandClock } from "./hand-clock.ts";
import { A, market, openPractice, type Practice, START } from "./practice.ts";
import { openScriptedFeed } from "./scripted-feed.ts";

const PRICES = `${A}/pricing/stream?instruments=EUR_USD,USD_JPY`;
const LOG = `${A}/transactions/stream`;

/** Lets time pass in steps of the server's tick. */
async function pass(practice: Practice, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) await practice.clock.advance(250);
}

describe("the price stream", () => {
  it("begins with its head and one price of each instrument, without waiting", async () => {
    const practice = await openPractice();
    const stream = await practice.stream(PRICES, { "Accept-Encoding": "gzip" });
    expect(stream.response.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "transfer-encoding": "chunked",
      connection: "close",
      server: "openresty",
      "access-control-allow-origin": "*",
      requestid: expect.stringMatching(/^\d+$/),
    });
    expect(stream.response.headers["content-encoding"]).toBeUndefined();
    const lines = [await stream.next(), await stream.next()];
    expect(lines.map(({ instrument }) => instrument)).toEqual(["EUR_USD", "USD_JPY"]);
    expect(lines[0]).toMatchObject({ type: "PRICE", tradeable: true });
    expect(lines[0]?.quoteHomeConversionFactors).toBeUndefined();
  });

  it("sends at most one price in a quarter of a second: the newest", async () => {
    const practice = await openPractice();
    const stream = await practice.stream(PRICES);
    await stream.next();
    await stream.next();
    await practice.clock.advance(100);
    practice.price("EUR_USD", "1.20000", "1.20010");
    await practice.clock.advance(100);
    practice.price("EUR_USD", "1.20100", "1.20110");
    await practice.clock.advance(50);
    expect((await stream.next()).closeoutBid).toBe("1.20100");
    await practice.clock.advance(250);
    expect(stream.waiting()).toBe(0);
  });

  it("without a snapshot begins at the next change", async () => {
    const practice = await openPractice();
    const stream = await practice.stream(`${PRICES}&snapshot=False`);
    await practice.clock.advance(250);
    practice.price("USD_JPY", "151.000", "151.010");
    await practice.clock.advance(250);
    expect(await stream.next()).toMatchObject({ instrument: "USD_JPY", closeoutBid: "151.000" });
  });

  it("sends a heartbeat every five seconds, also while prices flow", async () => {
    const practice = await openPractice();
    const stream = await practice.stream(PRICES, { "Accept-Datetime-Format": "UNIX" });
    for (let second = 0; second < 11; second += 1) {
      practice.price("EUR_USD", `1.2000${second % 10}`, "1.20020");
      await pass(practice, 1000);
    }
    const types: string[] = [];
    while (types.filter((type) => type === "HEARTBEAT").length < 2) {
      const line = await stream.next();
      types.push(line.type ?? "");
      expect(line.time).toMatch(/^\d+\.\d{9}$/);
    }
    expect(types.filter((type) => type === "PRICE").length).toBeGreaterThanOrEqual(11);
  });

  it("comes with conversions into the account's currency when asked", async () => {
    const practice = await openPractice();
    const stream = await practice.stream(`${PRICES}&includeHomeConversions=true`);
    const [euro, yen] = [await stream.next(), await stream.next()];
    expect(euro.homeConversions.map(({ currency }) => currency)).toEqual(["EUR", "USD"]);
    expect(yen.homeConversions[0]).toMatchObject({ currency: "JPY" });
  });

  it("tells that a market has closed", async () => {
    const practice = await openPractice();
    const stream = await practice.stream(`${A}/pricing/stream?instruments=EUR_USD`);
    await stream.next();
    await practice.clock.advance(100);
    practice.feed.set("EUR_USD", practice.clock.now(), {
      bid: "1.1",
      ask: "1.1001",
      tradeable: false,
    });
    await practice.clock.advance(250);
    expect(await stream.next()).toMatchObject({ tradeable: false, status: "non-tradeable" });
  });

  it.each(["", "?instruments=EUR_XXX"])("is refused as stream%s", async (query) => {
    const practice = await openPractice();
    expect((await practice.get(`${A}/pricing/stream${query}`)).status).toBe(400);
  });
});

describe("the transaction stream", () => {
  it("sends nothing of the past and everything from now on, in order", async () => {
    const practice = await openPractice();
    await practice.post(`${A}/orders`, market("10"));
    const stream = await practice.stream(`${LOG}?`);
    const { json } = await practice.post(`${A}/orders`, market("20"));
    const lines = [await stream.next(), await stream.next()];
    expect(lines.map(({ id }) => id)).toEqual(json.relatedTransactionIDs);
    expect(lines[1]).toEqual(json.orderFillTransaction);
  });

  it("tells of a stop that was hit while nobody asked", async () => {
    const practice = await openPractice();
    await practice.post(`${A}/orders`, market("10", { stopLossOnFill: { price: "1.09" } }));
    const stream = await practice.stream(LOG);
    await practice.clock.advance(100);
    practice.price("EUR_USD", "1.08990", "1.09000");
    await practice.clock.advance(250);
    expect(await stream.next()).toMatchObject({
      type: "ORDER_FILL",
      reason: "STOP_LOSS_ORDER",
      price: "1.08990",
    });
  });

  it("sends a heartbeat with the newest id at the interval it was given", async () => {
    const practice = await openPractice({ timing: { heartbeatMs: 500 } });
    const stream = await practice.stream(LOG);
    await pass(practice, 500);
    expect(await stream.next()).toEqual({
      type: "HEARTBEAT",
      lastTransactionID: "2",
      time: "2026-11-18T14:00:00.500000000Z",
    });
  });
});

/** Prices that are new at every moment. */
function restlessFeed(): PriceHistory {
  const feed = openScriptedFeed();
  const [bid, ask] = [toPrice(decimal("1.1")), toPrice(decimal("1.2"))];
  return {
    ...feed,
    quoteAt: (_name, atMs) => ({ bid, ask, time: instantFromMs(atMs), tradeable: true }),
  };
}

describe("streams", () => {
  it("rest while there are none, and run again for the next", async () => {
    const practice = await openPractice();
    const first = await practice.stream(LOG);
    first.close();
    await once(first.response, "close");
    await pass(practice, 1000);
    const second = await practice.stream(PRICES);
    expect((await second.next()).type).toBe("PRICE");
  });

  it("ST-11 beyond twenty at a time are refused", async () => {
    const practice = await openPractice();
    await Promise.all(Array.from({ length: 20 }, () => practice.stream(LOG)));
    const answer = await practice.get(LOG);
    expect(answer.status).toBe(429);
    expect(answer.json.errorMessage).toContain("20 streams");
  });

  it("ST-10 that are never read cost no memory, and are cut off in the end", async () => {
    const clock = createHandClock(START);
    const practice = await openPractice({
      clock,
      feed: restlessFeed(),
      timing: { behindMsMax: 10_000 },
    });
    const names = "EUR_USD,GBP_USD,USD_JPY";
    const stream = await practice.stream(`${A}/pricing/stream?instruments=${names}`);
    stream.response.pause();
    const bytesBefore = process.memoryUsage().arrayBuffers;
    // Enough to fill what the operating system keeps for a connection, and some more.
    for (let tick = 0; tick < 60_000; tick += 1) await clock.advance(250);
    expect(process.memoryUsage().arrayBuffers - bytesBefore).toBeLessThan(32 * 2 ** 20);
    stream.response.resume();
    await expect(once(stream.response, "end")).rejects.toThrow("aborted");
  }, 30_000);

  it("end, and are told of, when the venue fails", async () => {
    const errors: unknown[] = [];
    const practice = await openPractice({ onError: (error) => errors.push(error) });
    const stream = await practice.stream(LOG);
    const ended = expect(stream.next()).rejects.toThrow();
    Object.assign(practice.clock, {
      now: () => {
        throw new Error("no time");
      },
    });
    await practice.clock.advance(250);
    await ended;
    expect(errors).toHaveLength(1);
    expect((await practice.get(A)).status).toBe(500);
  });
});
