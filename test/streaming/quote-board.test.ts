import { describe, expect, it } from "vitest";
import type { Moment } from "../../src/core/age.ts";
import { decimal, toPrice } from "../../src/core/money.ts";
import { addMs } from "../../src/core/time.ts";
import { type Offer, openQuoteBoard } from "../../src/streaming/quote-board.ts";
import { openQuoteMailbox } from "../../src/streaming/quote-mailbox.ts";
import { openVenueClock } from "../../src/streaming/venue-clock.ts";
import { aQuote, NOON } from "../support/market.ts";

const AT: Moment = { wall: NOON, monotonicMs: 0 };

/** A board that has heard the venue's time: noon. */
function openBoard() {
  const venue = openVenueClock();
  venue.heard(NOON, { since: AT, at: AT });
  return openQuoteBoard(venue);
}

/** A price so many milliseconds before or after noon. */
function priced(bid: string, ask: string, ms = 0): Offer {
  const quote = aQuote(bid, ask, { time: addMs(NOON, ms) });
  return { quote, at: { wall: addMs(NOON, ms), monotonicMs: ms }, origin: "change" };
}

describe("the board of quotes", () => {
  it("shows the newest price, how old it was when it came, and which way it went", () => {
    const board = openBoard();
    expect(board.entry("EUR_USD")).toBeNull();
    expect(board.offer({ ...priced("1.08", "1.09"), origin: "snapshot" })).toBe("shown");
    expect(board.entry("EUR_USD")).toMatchObject({ latencyMs: null, direction: "none" });
    const late = priced("1.081", "1.091", 500);
    board.offer({ ...late, at: { wall: addMs(NOON, 640), monotonicMs: 640 } });
    const entry = board.entry("EUR_USD");
    expect(entry).toMatchObject({ quote: late.quote, direction: "up", doubt: null });
    expect(entry?.latencyMs).toBeGreaterThanOrEqual(140);
    expect(entry?.latencyMs).toBeLessThan(143);
    board.offer(priced("1.079", "1.089", 700));
    expect(board.entry("EUR_USD")?.direction).toBe("down");
    board.offer(priced("1.079", "1.089", 800));
    expect(board.entry("EUR_USD")?.direction).toBe("down");
  });

  it.each<[string, Offer, string]>([
    ["older than the one before", priced("1.07", "1.08", -1), "out_of_order"],
    ["with a bid above its ask", priced("1.10", "1.09", 10), "crossed"],
    ["without a bid", priced("0", "1.09", 10), "zero"],
    ["without an ask", priced("1.08", "0", 10), "zero"],
    ["a hundred times as high", priced("108", "109", 10), "absurd"],
    ["a hundredth of the one before", priced("0.0108", "0.0109", 10), "absurd"],
    ["a fifth higher and more", priced("1.304", "1.305", 10), "absurd"],
  ])("ST-06 a price %s is flagged, not shown", (_what, offer, doubt) => {
    const board = openBoard();
    const good = priced("1.08", "1.09");
    board.offer(good);
    expect(board.offer(offer)).toBe(doubt);
    expect(board.entry("EUR_USD")).toMatchObject({ quote: good.quote, doubt });
    const next = priced("1.081", "1.091", 20);
    expect(board.offer(next)).toBe("shown");
    expect(board.entry("EUR_USD")).toMatchObject({ quote: next.quote, doubt: null });
  });

  it("ST-06 a snapshot older than the last price is flagged, the answer to a question isn't", () => {
    const board = openBoard();
    board.offer(priced("1.08", "1.09", 5));
    const old = priced("1.07", "1.08", 0);
    expect(board.offer({ ...old, origin: "answer" })).toBe("known");
    expect(board.entry("EUR_USD")?.doubt).toBeNull();
    expect(board.offer({ ...old, origin: "snapshot" })).toBe("out_of_order");
  });

  it("a price of a time to come is flagged, and keeps no later one from being shown", () => {
    const board = openBoard();
    board.offer(priced("1.08", "1.09"));
    const ahead = priced("1.08", "1.09", 3_600_000);
    expect(board.offer({ ...ahead, at: AT })).toBe("from_the_future");
    expect(board.offer(priced("1.081", "1.091", 100))).toBe("shown");
  });

  it("prices of before a venue set its clock back don't hold up those after it", () => {
    const venue = openVenueClock();
    venue.heard(NOON, { since: AT, at: AT });
    const board = openQuoteBoard(venue);
    board.offer(priced("1.08", "1.09"));
    const back = addMs(NOON, -3_600_000);
    venue.heard(back, { since: AT, at: AT });
    const quote = aQuote("1.081", "1.091", { time: back });
    expect(board.offer({ quote, at: AT, origin: "change" })).toBe("shown");
  });

  it("a true jump is believed when two more prices bear it out", () => {
    const board = openBoard();
    board.offer(priced("1.20", "1.21"));
    const jumped = [
      priced("0.85", "0.86", 1),
      priced("0.86", "0.87", 2),
      priced("0.84", "0.85", 3),
    ];
    expect(jumped.map((offer) => board.offer(offer))).toEqual(["absurd", "absurd", "shown"]);
    expect(`${board.entry("EUR_USD")?.quote?.bid}`).toBe("0.84");
  });

  it("absurd prices that don't agree with each other are never believed", () => {
    const board = openBoard();
    board.offer(priced("1.20", "1.21"));
    for (const [index, price] of ["100", "10", "1000", "5", "200"].entries()) {
      expect(board.offer(priced(price, price, index + 1))).toBe("absurd");
    }
  });

  it("TM-06 of two prices at the same moment the later arrival is shown, a repetition is known", () => {
    const board = openBoard();
    board.offer(priced("1.08", "1.09"));
    expect(board.offer(priced("1.0800", "1.090"))).toBe("known");
    expect(board.offer(priced("1.081", "1.091"))).toBe("shown");
    const halted = aQuote("1.081", "1.091", { tradeable: false });
    expect(board.offer({ quote: halted, at: AT, origin: "change" })).toBe("shown");
  });

  it("bid and ask may meet", () => {
    expect(openBoard().offer(priced("1.08", "1.08"))).toBe("shown");
  });

  it("forgets an instrument that nobody wants", () => {
    const board = openBoard();
    board.offer(priced("1.08", "1.09", 5));
    board.forget("EUR_USD");
    expect(board.entry("EUR_USD")).toBeNull();
    expect(board.offer(priced("1.07", "1.08", 0))).toBe("shown");
  });
});

describe("what a slow reader is kept", () => {
  const entry = (instrument: string, bid: number) => ({
    instrument,
    quote: aQuote("1", "2", { instrument, bid: toPrice(decimal(`${bid}`)) }),
    latencyMs: null,
    direction: "none" as const,
    doubt: null,
  });

  it("ST-10 is every price while there is room, in order", () => {
    const mailbox = openQuoteMailbox(10);
    for (let index = 1; index <= 10; index += 1) mailbox.put(entry("EUR_USD", index));
    expect(mailbox.take().map(({ quote }) => `${quote?.bid}`)).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index + 1}`),
    );
    expect(mailbox.dropped).toBe(0);
    expect(mailbox.take()).toEqual([]);
  });

  it("ST-07 is the newest of each of 200 instruments, and the rest is counted", () => {
    const mailbox = openQuoteMailbox(50);
    const rounds = 500;
    for (let round = 1; round <= rounds; round += 1) {
      for (let name = 0; name < 200; name += 1) mailbox.put(entry(`I${name}`, round));
    }
    const taken = mailbox.take();
    expect(taken).toHaveLength(200);
    expect(new Set(taken.map(({ quote }) => `${quote?.bid}`))).toEqual(new Set([`${rounds}`]));
    expect(mailbox.dropped).toBe(rounds * 200 - 200);
  });

  it("wakes whoever waits for it", async () => {
    const mailbox = openQuoteMailbox(0);
    const filled = mailbox.filled();
    mailbox.put(entry("EUR_USD", 1));
    await filled;
    await mailbox.filled();
    expect(mailbox.take()).toHaveLength(1);
    const woken = mailbox.filled();
    mailbox.wake();
    await woken;
    expect(mailbox.take()).toEqual([]);
  });
});
