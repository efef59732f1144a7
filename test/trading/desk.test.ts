import { describe, expect, it } from "vitest";
import { decimal } from "../../src/core/money.ts";
import { findInstrument, instrumentsOf } from "../../src/trading/desk.ts";
import { circumstancesOf, readMarket } from "../../src/trading/market-view.ts";
import { newUlid } from "../../src/trading/new-id.ts";
import { marketOrder } from "../support/clear-order.ts";
import { EUR_USD, USD_JPY } from "../support/instruments.ts";
import { anAccount, aQuote, NOON } from "../support/market.ts";
import { aDesk, failureOf } from "./test-desk.ts";

const FIVE_MINUTES_MS = 300_000;

describe("an instrument", () => {
  it.each(["EUR_USD", "eur_usd", "EURUSD", "eurusd", "EUR/USD", "EUR-USD", " eur/usd "])(
    "CI-10 %j is EUR_USD",
    async (text) => {
      expect((await findInstrument(aDesk(), text)).name).toBe("EUR_USD");
    },
  );

  it("CI-10 keeps its name when it isn't a pair", async () => {
    expect((await findInstrument(aDesk(), "aapl")).name).toBe("AAPL");
  });

  it.each([
    ["EUR/USX", "Did you mean EUR_USD?"],
    ["uds_jpy", "Did you mean USD_JPY?"],
    ["XX", "All names"],
    ["💥", "All names"],
  ])("CI-10 unknown %s is refused with a hint", async (text, hint) => {
    const failure = await failureOf(() => findInstrument(aDesk(), text));
    expect(failure).toMatchObject({ code: "INSTRUMENT_NOT_FOUND", sent: false });
    expect(failure.message).toContain("Nothing was sent.");
    expect(failure.message).toContain(text);
    expect(failure.hint).toContain(hint);
    expect(failure.hint).toContain("tmt-broker accounts instruments -c paper");
  });

  it("CI-10 a name of a megabyte isn't repeated", async () => {
    const failure = await failureOf(() => findInstrument(aDesk(), "x".repeat(1e6)));
    expect(failure.message.length).toBeLessThan(150);
  });

  it("is asked for once in five minutes", async () => {
    const desk = aDesk();
    await instrumentsOf(desk);
    desk.clock.advance(FIVE_MINUTES_MS - 1);
    await instrumentsOf(desk);
    expect(desk.broker.listings).toBe(1);
    desk.clock.advance(1);
    await instrumentsOf(desk);
    expect(desk.broker.listings).toBe(2);
  });

  it("TM-01 is asked for again when the clock went back", async () => {
    const desk = aDesk();
    await instrumentsOf(desk);
    desk.clock.jump(-1);
    await instrumentsOf(desk);
    expect(desk.broker.listings).toBe(2);
  });
});

describe("a view of the market", () => {
  it("ST-02 can't be had without a price", async () => {
    const desk = aDesk();
    const failure = await failureOf(() => readMarket(desk, USD_JPY));
    expect(failure).toMatchObject({ code: "MARKET_CLOSED", sent: false });
    expect(failure.message).toContain("Nothing was sent.");
  });

  it("BR-13 needs a rate into account currency", async () => {
    const desk = aDesk();
    desk.broker.account = anAccount({ currency: "CHF" });
    const failure = await failureOf(() => readMarket(desk, EUR_USD));
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", retryable: true, sent: false });
    expect(failure.message).toContain("USD to CHF");
    const rate = {
      currency: "USD",
      gain: decimal("0.9"),
      loss: decimal("0.91"),
      value: decimal("0.905"),
    };
    desk.broker.conversions = [rate];
    expect((await readMarket(desk, EUR_USD)).conversion).toBe(rate);
  });

  it("an account in the quote's own currency needs no rate", async () => {
    const { conversion, quote } = await readMarket(aDesk(), EUR_USD);
    expect(conversion.loss.toString()).toBe("1");
    expect(quote).toEqual(aQuote("1.08500", "1.08510"));
  });

  it("the day's loss is measured from the first look of the trading day", async () => {
    const desk = aDesk();
    const view = await readMarket(desk, EUR_USD);
    const first = await circumstancesOf(desk, marketOrder(), view);
    expect(first.equityAtDayStart?.toString()).toBe("10000");
    const poorer = {
      ...view,
      state: { ...view.state, account: anAccount({ equity: decimal("9000") }) },
    };
    desk.clock.advance(3_600_000);
    const later = await circumstancesOf(desk, marketOrder(), poorer);
    expect(later.equityAtDayStart?.toString()).toBe("10000");
    desk.clock.advance(10 * 3_600_000);
    const nextDay = await circumstancesOf(desk, marketOrder(), poorer);
    expect(nextDay.equityAtDayStart?.toString()).toBe("9000");
  });

  it("TM-01 P6 a wall clock that jumps into the next day doesn't forgive the day's loss", async () => {
    const desk = aDesk();
    const view = await readMarket(desk, EUR_USD);
    await circumstancesOf(desk, marketOrder(), view);
    const state = { ...view.state, account: anAccount({ equity: decimal("9000") }) };
    desk.clock.jump(24 * 3_600_000);
    const { equityAtDayStart } = await circumstancesOf(desk, marketOrder(), { ...view, state });
    expect(equityAtDayStart?.toString()).toBe("10000");
  });

  it("P6 holds the halt of its connection, or of all", async () => {
    const desk = aDesk();
    const view = await readMarket(desk, EUR_USD);
    await desk.halts.halt("other", { since: NOON, reason: "other" });
    expect((await circumstancesOf(desk, marketOrder(), view)).halt).toBeNull();
    await desk.halts.halt(null, { since: NOON, reason: "all" });
    expect((await circumstancesOf(desk, marketOrder(), view)).halt?.reason).toBe("all");
  });
});

describe("a new id", () => {
  const zeros = new Uint8Array(16);

  it("sorts by time", () => {
    const ids = [0, 1, 31, 32, 1_469_918_176_385, 2 ** 48 - 1].map((ms) => newUlid(ms, zeros));
    expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ""))).toBe(true);
    expect(ids[4]).toBe(`01ARYZ6S41${"0".repeat(16)}`);
    expect(ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
  });

  it("takes five bits of each random byte", () => {
    const random = Uint8Array.from({ length: 20 }, (_, index) => index * 2 + 224);
    expect(newUlid(0, random)).toBe("00000000000246 8ACEGJMPRTWY".replace(" ", ""));
  });
});
