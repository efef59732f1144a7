import { describe, expect, it } from "vitest";
import { instantFromMs } from "../../../src/core/time.ts";
import { openSyntheticFeed } from "../../../src/paper/feed/synthetic-feed.ts";
import { createHandClock } from "./hand-clock.ts";
import { A, type Answer, openPractice, type Practice } from "./practice.ts";

const CANDLES = "/v3/instruments/EUR_USD/candles";
const MINUTE = 60_000;

/** A practice server whose EUR_USD had these bids at these seconds after its start; it is `nowS` now. */
async function withPrices(prices: readonly (readonly [number, string])[], nowS: number) {
  const practice = await openPractice();
  let second = 0;
  for (const [at, bid] of prices) {
    await practice.clock.advance((at - second) * 1000);
    practice.price("EUR_USD", bid, `${bid.slice(0, -1)}9`);
    second = at;
  }
  await practice.clock.advance((nowS - second) * 1000);
  return practice;
}

function timesOf({ json }: Answer): readonly string[] {
  return [...(json.candles ?? [])].map(({ time }) => String(time).slice(11, 19));
}

function ask(practice: Practice, query: string) {
  return practice.get(`${CANDLES}?${query}`);
}

describe("candles", () => {
  it("tell open, high, low, close and how many prices there were; the last one is under way", async () => {
    const practice = await withPrices(
      [
        [61, "1.10020"],
        [70, "1.10050"],
        [80, "1.10010"],
        [119, "1.10030"],
        [120, "1.10040"],
      ],
      125,
    );
    const { json } = await ask(practice, "granularity=M1&price=BMA");
    expect(json).toMatchObject({ instrument: "EUR_USD", granularity: "M1" });
    expect(json.candles?.slice(-2)).toEqual([
      {
        complete: true,
        volume: 4,
        time: "2026-11-18T14:01:00.000000000Z",
        bid: { o: "1.10020", h: "1.10050", l: "1.10010", c: "1.10030" },
        // The middle of 1.10020 and 1.10029 lies between two points: it goes to the even one.
        mid: { o: "1.10024", h: "1.10054", l: "1.10014", c: "1.10034" },
        ask: { o: "1.10029", h: "1.10059", l: "1.10019", c: "1.10039" },
      },
      {
        complete: false,
        volume: 1,
        time: "2026-11-18T14:02:00.000000000Z",
        bid: { o: "1.10040", h: "1.10040", l: "1.10040", c: "1.10040" },
        mid: { o: "1.10044", h: "1.10044", l: "1.10044", c: "1.10044" },
        ask: { o: "1.10049", h: "1.10049", l: "1.10049", c: "1.10049" },
      },
    ]);
  });

  it("are of five seconds and mid prices unless told, and there are none without a price", async () => {
    const practice = await withPrices(
      [
        [7, "1.10020"],
        [31, "1.10030"],
      ],
      40,
    );
    const answer = await ask(practice, "");
    expect(answer.json.granularity).toBe("S5");
    expect(timesOf(answer)).toEqual(["14:00:00", "14:00:05", "14:00:30"]);
    expect(Object.keys(answer.json.candles?.[0] ?? {})).toEqual([
      "complete",
      "volume",
      "time",
      "mid",
    ]);
    expect(answer.json.candles?.[2]?.complete).toBe(true);
  });

  it("are counted from a moment on, with the one that the moment lies in or without it", async () => {
    const practice = await withPrices(
      [
        [7, "1.1"],
        [12, "1.1"],
        [17, "1.1"],
        [31, "1.1"],
      ],
      40,
    );
    const from = encodeURIComponent("2026-11-18T14:00:08Z");
    expect(timesOf(await ask(practice, `from=${from}&count=2`))).toEqual(["14:00:05", "14:00:10"]);
    const later = await ask(practice, `from=${from}&includeFirst=False`);
    expect(timesOf(later)).toEqual(["14:00:10", "14:00:15", "14:00:30"]);
  });

  it("are counted back from a moment, or lie between two", async () => {
    const practice = await withPrices(
      [
        [7, "1.1"],
        [12, "1.1"],
        [17, "1.1"],
        [31, "1.1"],
      ],
      40,
    );
    const [from, to] = ["1795010405.000000000", "1795010415"];
    expect(timesOf(await ask(practice, `to=${to}&count=2`))).toEqual(["14:00:05", "14:00:10"]);
    expect(timesOf(await ask(practice, `from=${from}&to=${to}`))).toEqual(["14:00:05", "14:00:10"]);
    const inside = `from=${from}&to=1795010415.000000001`;
    expect(timesOf(await ask(practice, inside))).toEqual(["14:00:05", "14:00:10", "14:00:15"]);
    const late = "from=2026-11-18T14:00:35Z&to=2026-11-18T14:00:36Z";
    expect(timesOf(await ask(practice, late))).toEqual([]);
  });

  it("begin where the one before ended when they are smooth", async () => {
    const practice = await withPrices(
      [
        [7, "1.10050"],
        [12, "1.10010"],
      ],
      40,
    );
    const { json } = await ask(practice, "price=B&smooth=true&count=2");
    expect([...(json.candles ?? [])].map(({ bid }) => bid)).toEqual([
      { o: "1.10000", h: "1.10050", l: "1.10000", c: "1.10050" },
      { o: "1.10050", h: "1.10050", l: "1.10010", c: "1.10010" },
    ]);
    const first = await ask(practice, "price=B&smooth=true");
    expect(first.json.candles?.[0]?.bid?.o).toBe("1.10000");
  });

  it("are told in UNIX seconds to a client that asks so", async () => {
    const practice = await openPractice();
    const { json } = await practice.get(CANDLES, { "Accept-Datetime-Format": "UNIX" });
    expect(json.candles?.[0]?.time).toBe("1795010400.000000000");
  });

  it("are the same for an account, which the JavaScript client may not name", async () => {
    const practice = await openPractice();
    const plain = (await practice.get(CANDLES)).json;
    const path = `instruments/EUR_USD/candles?units=100&`;
    expect((await practice.get(`${A}/${path}`)).json).toEqual(plain);
    expect((await practice.get(`/v3/accounts/{accountID}/${path}`)).json).toEqual(plain);
    expect((await practice.get(`/v3/accounts/%7BaccountID%7D/${path}`)).json).toEqual(plain);
    expect((await practice.get(`/v3/accounts/101-001-1-001/${path}`)).status).toBe(403);
    expect((await practice.get(`/v3/accounts/{accountID}/summary`)).status).toBe(400);
  });

  it.each([
    ["granularity=M3", "Invalid value specified for 'granularity'"],
    ["price=X", "Invalid value specified for 'price'"],
    ["count=0", "Invalid value specified for 'count'"],
    ["count=5001", "Maximum value for 'count' exceeded"],
    ["from=soon", "Invalid value specified for 'from'"],
    ["from=2026-11-19", "Invalid value specified for 'from'. Time is in the future"],
    ["to=2026-11-18T14:00:01Z", "Invalid value specified for 'to'. Time is in the future"],
    ["from=2026-11-18T13:00:00Z&to=2026-11-18T12:00:00Z", "Invalid value specified for 'to'"],
    ["from=2026-11-18T12:00:00Z&to=2026-11-18T13:00:00Z&count=5", "specified for 'count'"],
    ["from=2026-11-18T00:00:00Z&to=2026-11-18T14:00:00Z", "Maximum value for 'count' exceeded"],
    ["dailyAlignment=24", "Invalid value specified for 'dailyAlignment'"],
    ["alignmentTimezone=Middle/Earth", "Invalid value specified for 'alignmentTimezone'"],
    ["weeklyAlignment=Someday", "Invalid value specified for 'weeklyAlignment'"],
    ["smooth=maybe", "Invalid value specified for 'smooth'"],
    ["units=0", "Invalid value specified for 'units'"],
    ["units=many", "Invalid value specified for 'units'"],
  ])("are refused with %s", async (query, words) => {
    const practice = await openPractice();
    const answer = await ask(practice, query);
    expect(answer.status).toBe(400);
    expect(answer.json.errorMessage).toContain(words);
  });

  it("are refused for an unknown instrument", async () => {
    const practice = await openPractice();
    const { status, json } = await practice.get("/v3/instruments/EUR_XXX/candles");
    expect(status).toBe(400);
    expect(json.errorMessage).toBe("Invalid value specified for 'instrument'");
  });

  it("of the whole history come 5000 at a time, and follow each other", async () => {
    const feed = openSyntheticFeed({ seed: 1, hours: "market" });
    const practice = await openPractice({ feed, hours: "market" });
    const { json } = await ask(practice, "granularity=S30&count=5000");
    const candles = [...(json.candles ?? [])];
    expect(candles).toHaveLength(5000);
    const before = encodeURIComponent(candles[0]?.time ?? "");
    const page = await ask(practice, `granularity=S30&count=10&to=${before}`);
    const earlier = [...(page.json.candles ?? [])];
    expect((earlier.at(-1)?.time ?? "") < (candles[0]?.time ?? "")).toBe(true);
    const on = encodeURIComponent(earlier[0]?.time ?? "");
    const again = await ask(practice, `granularity=S30&count=11&from=${on}`);
    expect([...(again.json.candles ?? [])]).toEqual([...earlier, candles[0]]);
    const monthly = await ask(practice, "granularity=M&count=5000&to=2005-03-01");
    expect(monthly.json.candles).toHaveLength(3);
    expect(monthly.json.candles?.[0]?.time).toBe("2004-12-31T22:00:00.000000000Z");
  });

  it("TM-04 are missing while the market is closed", async () => {
    const feed = openSyntheticFeed({ seed: 1, hours: "market" });
    const sunday = instantFromMs(Date.UTC(2026, 10, 22, 22, 1));
    const practice = await openPractice({ feed, hours: "market", clock: createHandClock(sunday) });
    const answer = await ask(practice, "granularity=M1&count=3");
    const times = [...(answer.json.candles ?? [])].map(({ time }) => time?.slice(0, 16));
    expect(times).toEqual(["2026-11-20T21:59", "2026-11-22T22:00", "2026-11-22T22:01"]);
    expect(answer.json.candles?.[2]).toMatchObject({ complete: false, volume: 1 });
  });
});

describe("the latest candles", () => {
  it("are the last finished one and the one under way, of each specification", async () => {
    const practice = await openPractice();
    await practice.clock.advance(MINUTE);
    practice.price("EUR_USD", "1.10020", "1.10030");
    const path = `${A}/candles/latest?candleSpecifications=EUR_USD:M1:BA,USD_JPY:D&smooth=False`;
    const { json } = await practice.get(path);
    const [euro, yen] = json.latestCandles ?? [];
    expect(euro).toMatchObject({ instrument: "EUR_USD", granularity: "M1" });
    expect([...(euro?.candles ?? [])].map(({ complete }) => complete)).toEqual([true, false]);
    expect(euro?.candles?.[1]).toMatchObject({ bid: { c: "1.10020" }, ask: { c: "1.10030" } });
    expect(yen?.candles?.[0]?.mid?.o).toBe("150.005");
  });

  it.each([
    "",
    "?candleSpecifications=EUR_USD",
    "?candleSpecifications=EUR_XXX:M1:B",
    "?candleSpecifications=EUR_USD:M1:Z",
  ])("are refused as latest%s", async (query) => {
    const practice = await openPractice();
    const { status, json } = await practice.get(`${A}/candles/latest${query}`);
    expect(status).toBe(400);
    expect(json.errorMessage).toContain("'candleSpecifications'");
  });
});

describe("the books", () => {
  it.each(["orderBook", "positionBook"])("%s isn't there, as for OANDA's indices", async (book) => {
    const practice = await openPractice();
    const { status, json } = await practice.get(`/v3/instruments/EUR_USD/${book}?time=1795010400`);
    expect(status).toBe(404);
    expect(json.errorMessage).toBe("EUR_USD is not a valid instrument");
  });
});
