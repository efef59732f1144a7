import { expect, it } from "vitest";
import { instrumentNames } from "../../src/core/instrument.ts";
import { ZERO } from "../../src/core/money.ts";
import {
  type Current,
  describedInstrument,
  expectDecimal,
  expectSame,
  filled,
  marketRequest,
  only,
  place,
  placeUntilRefused,
  send,
  units,
} from "./broker-steps.ts";

export function instrumentCases(current: Current): void {
  it("describes every instrument completely, sorted by name", async () => {
    const { broker, instrument } = current();
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
  });

  it("gives quotes in the order asked", async () => {
    const { broker } = current();
    const names = (await broker.instruments()).slice(0, 3).map((each) => each.name);
    const asked = names.toReversed();
    const { quotes } = await broker.quotes(asked);
    expect(quotes.map((quote) => quote.instrument)).toEqual(asked);
  });

  it("names the instrument it doesn't know", async () => {
    const { broker, instrument } = current();
    const quotes = broker.quotes([instrument, "XXX_YYY"]);
    await expect(quotes).rejects.toMatchObject({
      code: "INSTRUMENT_NOT_FOUND",
      message: expect.stringContaining("XXX_YYY"),
      sent: false,
    });
  });
}

export function accountCases(current: Current): void {
  it("lists the account under test among the login's accounts", async () => {
    const { connection, broker } = current();
    const ids = (await connection.accounts()).map((account) => account.id);
    expect(ids).toContain(broker.accountId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("quotes a bid below the ask with the instrument's precision and every conversion", async () => {
    const { broker, instrument } = current();
    const [described, quotes, state] = await Promise.all([
      describedInstrument(current()),
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
  });

  it("refuses an account that isn't there as ACCOUNT_NOT_FOUND or PERMISSION_DENIED", async () => {
    const stranger = current().connection.broker("999-999-99999999-999");
    const failure = await stranger.state().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(failure).toMatchObject({
      code: expect.stringMatching(/^(ACCOUNT_NOT_FOUND|PERMISSION_DENIED)$/),
    });
  });

  it("starts flat, with equity equal to the balance", async () => {
    const { account, trades, pendingOrders } = await current().broker.state();
    expect(trades).toEqual([]);
    expect(pendingOrders).toEqual([]);
    expect(account.id).toBe(current().broker.accountId);
    expect(account.balance.isPositive()).toBe(true);
    expectDecimal(account.equity, account.balance);
    expectDecimal(account.marginUsed, ZERO);
    expect(account.currency).toMatch(/^[A-Z]{3}$/);
  });
}

export function lookupCases(current: Current): void {
  it("finds an order by its id and by its client order id", async (context) => {
    const { broker, connection } = current();
    if (!connection.capabilities.clientOrderIds) context.skip();
    const request = await marketRequest(current(), { units: units("1000") });
    const { orderId } = filled(await send(current(), request));
    const order = await broker.order(orderId);
    expect(order).toMatchObject({
      orderId,
      clientOrderId: request.clientOrderId,
      type: "market",
      instrument: request.instrument,
      side: "buy",
      state: "filled",
    });
    expectDecimal(order?.units, request.units);
    expectSame(await broker.order(`@${request.clientOrderId}`), order);
    expect(await broker.order("999999")).toBeNull();
    expect(await broker.order("@nobody")).toBeNull();
  });

  it("lists orders by state, newest first", async () => {
    const { broker } = current();
    const first = filled(await place(current(), { units: units("1000") })).orderId;
    const second = filled(await place(current(), { units: units("1200") })).orderId;
    await placeUntilRefused(current());
    const done = await broker.orders("filled");
    expect(done.map((order) => order.orderId).slice(-2)).toEqual([second, first]);
    expect(done.every((order) => order.state === "filled")).toBe(true);
    const cancelled = await broker.orders("cancelled");
    expect(cancelled.every((order) => order.state === "cancelled")).toBe(true);
    expect(await broker.orders("pending")).toEqual([]);
    expect((await broker.orders("all")).length).toBe(done.length + cancelled.length);
  });
}
