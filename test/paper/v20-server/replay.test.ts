import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { addMs } from "../../../src/core/time.ts";
import { openRecordedFeed, parseTickCsv } from "../../../src/paper/feed/recorded-feed.ts";
import { createHandClock } from "./hand-clock.ts";
import { A, market, openPractice, START } from "./practice.ts";

const FILE = "../shared/data/oanda-ticks-2014-05-08.csv.gz";
/** The afternoon's press conference: EUR_USD moved by more than a cent. */
const FIRST = "2014-05-08T12:30:00";
const LAST = "2014-05-08T13:00:00";

describe.skipIf(!existsSync(FILE))("a real day (needs recorded data)", () => {
  it("is traded at its own prices, and its stops are hit by its own ticks", async () => {
    const rows = gunzipSync(readFileSync(FILE)).toString().trim().split("\n").slice(1);
    const lines = rows.filter((row) => row.includes("EUR_USD") && row >= FIRST && row < LAST);
    const ticks = parseTickCsv(["time,instrument,bid,ask", ...lines]);
    const clock = createHandClock(START);
    const feed = openRecordedFeed(ticks, { start: START, speed: 1 });
    const practice = await openPractice({ feed, clock });
    const firstMs = Number(ticks[0]?.timeMs);
    const at = (ms: number) => ticks.findLast((tick) => tick.timeMs - firstMs <= ms);

    await clock.advance(60_000);
    const bought = await practice.post(`${A}/orders`, market("1000"));
    expect(bought.json.orderFillTransaction?.price).toBe(at(60_000)?.ask);
    await clock.advance(120_000);
    const sold = await practice.put(`${A}/positions/EUR_USD/close`, { longUnits: "ALL" });
    expect(sold.json.longOrderFillTransaction?.price).toBe(at(180_000)?.bid);

    const opened = await practice.post(
      `${A}/orders`,
      market("1000", { stopLossOnFill: { distance: "0.00100" } }),
    );
    await clock.advance(1_400_000);
    const path = `${A}/transactions/sinceid?id=${opened.json.lastTransactionID}`;
    const [fill] = (await practice.get(path)).json.transactions;
    const trade = (await practice.get(`${A}/trades?state=ALL`)).json.trades[0];
    const stop = trade?.stopLossOrder?.price ?? "";
    const hit = ticks.find((tick) => tick.timeMs - firstMs > 180_000 && tick.bid <= stop);
    if (hit) {
      expect(fill?.price).toBe(hit.bid);
      expect(fill?.time).toBe(addMs(START, hit.timeMs - firstMs));
    } else {
      expect(fill).toBeUndefined();
      expect(trade?.state).toBe("OPEN");
    }
  });
});
