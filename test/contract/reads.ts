import { expect } from "vitest";
import { instrumentNames } from "../../src/core/instrument.ts";
import { ZERO } from "../../src/core/money.ts";
import { expectDecimal, only } from "./answers.ts";
import { always, type Case } from "./case.ts";
import { describedInstrument } from "./market.ts";

export const instrumentCases: readonly Case[] = [
  always("describes every instrument completely, sorted by name", async (subject) => {
    const { broker, instrument } = subject;
    const instruments = await broker.instruments();
    const names = instruments.map((each) => each.name);
    expect(names).toContain(instrument);
    expect(names).toEqual(names.toSorted());
    for (const each of instruments) {
      expect(instrumentNames(each.name)).toContain(each.name);
      expect(each.displayName).not.toBe("");
      expect(each.quoteCurrency).toMatch(/^[A-Z]{3}$/);
      expect(each.pipSize.isPositive(), `${each.name} pip`).toBe(true);
      expect(each.minimumUnits.isPositive(), `${each.name} minimum`).toBe(true);
      expect(each.marginRate.isPositive(), `${each.name} margin rate`).toBe(true);
      expect(each.pipSize.decimals()).toBeLessThanOrEqual(each.pricePrecision);
    }
  }),
  always("gives quotes in the order asked", async (subject) => {
    const { broker } = subject;
    const names = (await broker.instruments()).slice(0, 3).map((each) => each.name);
    const asked = names.toReversed();
    const { quotes } = await broker.quotes(asked);
    expect(quotes.map((quote) => quote.instrument)).toEqual(asked);
  }),
  always("names the instrument it doesn't know", async (subject) => {
    const { broker, instrument } = subject;
    const quotes = broker.quotes([instrument, "XXX_YYY"]);
    await expect(quotes).rejects.toMatchObject({
      code: "INSTRUMENT_NOT_FOUND",
      message: expect.stringContaining("XXX_YYY"),
      sent: false,
    });
  }),
];

export const accountCases: readonly Case[] = [
  always("lists the account under test among the login's accounts", async (subject) => {
    const { connection, broker } = subject;
    const ids = (await connection.accounts()).map((account) => account.id);
    expect(ids).toContain(broker.accountId);
    expect(new Set(ids).size).toBe(ids.length);
  }),
  always(
    "quotes a bid below the ask with the instrument's precision and every conversion",
    async (subject) => {
      const { broker, instrument } = subject;
      const [described, quotes, state] = await Promise.all([
        describedInstrument(subject),
        broker.quotes([instrument]),
        broker.state(),
      ]);
      const quote = only(quotes.quotes);
      expect(quote.instrument).toBe(instrument);
      expect(quote.tradeable).toBe(true);
      expect(quote.bid.isLessThan(quote.ask)).toBe(true);
      expect(quote.bid.decimals()).toBeLessThanOrEqual(described.pricePrecision);
      const currencies = quotes.conversions.map((conversion) => conversion.currency);
      expect(currencies).toContain(described.quoteCurrency);
      expect(currencies).toContain(state.account.currency);
    },
  ),
  always(
    "refuses an account that isn't there as ACCOUNT_NOT_FOUND or PERMISSION_DENIED",
    async (subject) => {
      const stranger = subject.connection.broker("999-999-99999999-999");
      const failure = await stranger.state().then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(failure).toMatchObject({
        code: expect.stringMatching(/^(ACCOUNT_NOT_FOUND|PERMISSION_DENIED)$/),
      });
    },
  ),
  always("starts flat, with equity equal to the balance", async (subject) => {
    const { account, trades, pendingOrders } = await subject.broker.state();
    expect(trades).toEqual([]);
    expect(pendingOrders).toEqual([]);
    expect(account.id).toBe(subject.broker.accountId);
    expect(account.balance.isPositive()).toBe(true);
    expectDecimal(account.equity, account.balance);
    expectDecimal(account.marginUsed, ZERO);
    expect(account.currency).toMatch(/^[A-Z]{3}$/);
  }),
];
