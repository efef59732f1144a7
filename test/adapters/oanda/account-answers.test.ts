import { describe, expect, it } from "vitest";
import { toInstruments } from "../../../src/adapters/oanda/instruments.ts";
import { failureOf } from "../../resilience/loopback.ts";
import { A, fixture, openScripted } from "./scripted-oanda.ts";

/** What would be printed. */
function plain(value: unknown) {
  return JSON.parse(JSON.stringify(value));
}

describe("an account that isn't whole", () => {
  const whole = Object(fixture("get-account"));
  const { openTradeCount, pendingOrderCount } = whole.account;

  it.each([
    ["no trades", { trades: [] }, `${openTradeCount} open trades and lists 0`],
    ["no word of trades", { trades: undefined }, `${openTradeCount} open trades and lists 0`],
    [
      "a trade fewer than it counts",
      { openTradeCount: openTradeCount + 1 },
      `${openTradeCount + 1} open trades and lists ${openTradeCount}`,
    ],
    ["no orders", { orders: [] }, `${pendingOrderCount} pending orders and lists 0`],
  ])("BR-15 with %s is not taken for a flat one", async (_what, change, words) => {
    const { broker } = await openScripted({
      [`GET ${A}`]: { body: { ...whole, account: { ...whole.account, ...change } } },
    });
    const failure = await failureOf(broker.state());
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", retryable: true, sent: false });
    expect(failure.message).toContain(words);
  });
});

describe("instruments", () => {
  it("have a commission where the account's terms are told", () => {
    const [first, second, third] = Object(fixture("get-account-instruments")).instruments;
    const terms = { commission: "5.5", unitsTraded: "100000", minimumCommission: "0.1" };
    const none = { ...terms, unitsTraded: "0" };
    const listed = toInstruments({
      instruments: [{ ...first, commission: terms }, { ...second, commission: none }, third],
    });
    const commissions = listed.map(({ name, commission }) => [name, plain(commission)]);
    expect(Object.fromEntries(commissions)).toEqual({
      [first.name]: { amount: "5.5", perUnits: "100000", minimum: "0.1" },
      [second.name]: null,
      [third.name]: null,
    });
  });
});
