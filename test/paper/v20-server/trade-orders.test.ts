import { describe, expect, it } from "vitest";
import { A, EURO_ACCOUNT, market, openPractice, type Practice } from "./practice.ts";

async function withTrade(more = {}, options = {}) {
  const practice = await openPractice(options);
  const { json } = await practice.post(`${A}/orders`, market("1000", more));
  return { practice, trade: `${A}/trades/${json.orderFillTransaction?.id}` };
}

async function exitsOf(practice: Practice, trade: string) {
  const { json } = await practice.get(trade);
  return json.trade;
}

describe("a trade's exits", () => {
  it("are made, changed in part and cancelled in one request", async () => {
    const { practice, trade } = await withTrade();
    const made = await practice.put(`${trade}/orders`, {
      takeProfit: { price: "1.2", clientExtensions: { id: "tp" } },
      stopLoss: { price: "1.05", timeInForce: "GFD" },
    });
    expect(made.status).toBe(200);
    expect(made.json).toMatchObject({
      takeProfitOrderTransaction: { type: "TAKE_PROFIT_ORDER", reason: "CLIENT_ORDER" },
      stopLossOrderTransaction: { type: "STOP_LOSS_ORDER", price: "1.05000", timeInForce: "GFD" },
      relatedTransactionIDs: [
        made.json.takeProfitOrderTransaction?.id,
        made.json.stopLossOrderTransaction?.id,
      ],
    });
    const changed = await practice.put(`${trade}/orders`, {
      takeProfit: null,
      stopLoss: { price: "1.06" },
      trailingStopLoss: { distance: "0.02" },
    });
    const { json } = changed;
    expect(json).toMatchObject({
      takeProfitOrderCancelTransaction: { reason: "CLIENT_REQUEST", clientOrderID: "tp" },
      stopLossOrderCancelTransaction: { reason: "CLIENT_REQUEST_REPLACED" },
      stopLossOrderTransaction: { price: "1.06000", timeInForce: "GFD", reason: "REPLACEMENT" },
      trailingStopLossOrderTransaction: { distance: "0.02000" },
    });
    expect(json.takeProfitOrderTransaction).toBeUndefined();
    expect(json.relatedTransactionIDs).toHaveLength(4);
    const shown = await exitsOf(practice, trade);
    expect(shown?.takeProfitOrder).toBeUndefined();
    expect(shown).toMatchObject({
      stopLossOrder: { price: "1.06000" },
      trailingStopLossOrder: { distance: "0.02000" },
    });
  });

  it("are filled at once where their price has passed, and end the others", async () => {
    const { practice, trade } = await withTrade({ stopLossOnFill: { price: "1.05" } });
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.11000", "1.11010");
    await practice.clock.advance(1000);
    const { json } = await practice.put(`${trade}/orders`, { takeProfit: { price: "1.105" } });
    expect(json.takeProfitOrderFillTransaction).toMatchObject({
      reason: "TAKE_PROFIT_ORDER",
      price: "1.11000",
    });
    // The stop-loss wasn't named: that it ended is only in the list of ids.
    expect(json.stopLossOrderCancelTransaction).toBeUndefined();
    expect(json.relatedTransactionIDs).toHaveLength(3);
    expect((await exitsOf(practice, trade))?.state).toBe("CLOSED");
  });

  it("of which one can't be are refused whole, by its transaction", async () => {
    const { practice, trade } = await withTrade();
    const { status, json } = await practice.put(`${trade}/orders`, {
      takeProfit: { price: "1.2" },
      stopLoss: { price: "1.000001" },
    });
    expect(status).toBe(400);
    expect(json).toMatchObject({
      stopLossOrderRejectTransaction: { type: "STOP_LOSS_ORDER_REJECT" },
      errorCode: json.stopLossOrderRejectTransaction?.rejectReason,
    });
    expect(json.takeProfitOrderTransaction).toBeUndefined();
    expect((await exitsOf(practice, trade))?.takeProfitOrder).toBeUndefined();
  });

  it("that the trade doesn't have are cancelled without a word", async () => {
    const { practice, trade } = await withTrade();
    const { status, json } = await practice.put(`${trade}/orders`, { takeProfit: null });
    expect(status).toBe(200);
    expect(json.relatedTransactionIDs).toEqual([]);
  });

  it("are refused for no trade with 404, and without any exit with 400", async () => {
    const { practice, trade } = await withTrade();
    const none = await practice.put(`${A}/trades/99/orders`, { takeProfit: { price: "1.2" } });
    expect([none.status, none.json.errorCode]).toEqual([404, "NO_SUCH_TRADE"]);
    const empty = await practice.put(`${trade}/orders`, { unheardOf: 1 });
    expect(empty.status).toBe(400);
    const broken = await practice.put(`${trade}/orders`, { stopLoss: "1.05" });
    expect(broken.json.errorMessage).toBe("Invalid value specified for 'stopLoss'");
  });
});

describe("a trade's labels", () => {
  it("are changed, found by the new id, and refused for no trade", async () => {
    const { practice, trade } = await withTrade();
    const body = { clientExtensions: { id: "mine", comment: "c" } };
    const { json } = await practice.put(`${trade}/clientExtensions`, body);
    expect(json.tradeClientExtensionsModifyTransaction).toMatchObject({
      type: "TRADE_CLIENT_EXTENSIONS_MODIFY",
      tradeClientExtensionsModify: { id: "mine", comment: "c" },
    });
    expect((await exitsOf(practice, `${A}/trades/@mine`))?.clientExtensions).toEqual({
      id: "mine",
      comment: "c",
    });
    const none = await practice.put(`${A}/trades/@nobody/clientExtensions`, body);
    expect(none.status).toBe(404);
    expect(none.json.tradeClientExtensionsModifyRejectTransaction?.rejectReason).toBe(
      "TRADE_DOESNT_EXIST",
    );
  });
});

describe("guaranteed stops", () => {
  const EU = { ...EURO_ACCOUNT, region: "EU" } as const;

  it("are offered where the account may have them, and told with their cost", async () => {
    const practice = await openPractice({ accounts: [EU] });
    const { account } = (await practice.get(`${A}/summary`)).json;
    expect(account).toMatchObject({
      guaranteedStopLossOrderMode: "ALLOWED",
      guaranteedStopLossOrderParameters: { mutabilityMarketOpen: "CANCELABLE" },
    });
    const [euro] = (await practice.get(`${A}/instruments?instruments=EUR_USD`)).json.instruments;
    expect(euro).toMatchObject({
      guaranteedStopLossOrderMode: "ALLOWED",
      minimumGuaranteedStopLossDistance: "0.00100",
      guaranteedStopLossOrderExecutionPremium: "0.00005",
    });
  });

  it("are filled at their very price, for a fee", async () => {
    const stop = { guaranteedStopLossOnFill: { price: "1.09500" } };
    const { practice, trade } = await withTrade(stop, { accounts: [EU] });
    expect((await exitsOf(practice, trade))?.guaranteedStopLossOrder).toMatchObject({
      type: "GUARANTEED_STOP_LOSS",
      price: "1.09500",
      guaranteedExecutionPremium: "0.00005",
    });
    const [summary] = (await practice.get(A)).json.account?.trades ?? [];
    expect(summary?.guaranteedStopLossOrderID).toMatch(/^\d+$/);
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.08000", "1.08010");
    await practice.clock.advance(1000);
    const log = (await practice.get(`${A}/transactions?type=ORDER_FILL`)).json.count;
    expect(log).toBe(2);
    const shown = await exitsOf(practice, trade);
    const path = `${A}/transactions/${shown?.closingTransactionIDs?.[0]}`;
    const fill = (await practice.get(path)).json.transaction;
    expect(fill).toMatchObject({
      reason: "GUARANTEED_STOP_LOSS_ORDER",
      price: "1.09500",
      fullVWAP: "1.08000",
      quoteGuaranteedExecutionFee: "0.05",
    });
    const { account } = (await practice.get(`${A}/summary`)).json;
    expect(account?.guaranteedExecutionFees).toBe(fill?.guaranteedExecutionFee);
  });

  it("are set on a trade, also in the older way, and refused where there are none", async () => {
    const { practice, trade } = await withTrade({}, { accounts: [EU] });
    const older = { stopLoss: { price: "1.05", guaranteed: true } };
    const { json } = await practice.put(`${trade}/orders`, older);
    expect(json.guaranteedStopLossOrderTransaction?.type).toBe("GUARANTEED_STOP_LOSS_ORDER");
    const dropped = await practice.put(`${trade}/orders`, { guaranteedStopLoss: null });
    expect(dropped.json.guaranteedStopLossOrderCancelTransaction?.reason).toBe("CLIENT_REQUEST");
    const plain = await withTrade();
    const refused = await plain.practice.put(`${plain.trade}/orders`, older);
    expect(refused.status).toBe(400);
    expect(refused.json.guaranteedStopLossOrderRejectTransaction?.rejectReason).toBe(
      "GUARANTEED_STOP_LOSS_ORDER_NOT_ALLOWED",
    );
  });

  it("must be there where the account requires them", async () => {
    const practice = await openPractice({ guaranteedStops: "REQUIRED" });
    const { json } = await practice.post(`${A}/orders`, market("1000"));
    expect(json.orderCancelTransaction?.reason).toBe("GUARANTEED_STOP_LOSS_ON_FILL_REQUIRED");
    const stop = { guaranteedStopLossOnFill: { distance: "0.01" } };
    const opened = await practice.post(`${A}/orders`, market("1000", stop));
    const path = `${A}/trades/${opened.json.orderFillTransaction?.id}/orders`;
    const kept = await practice.put(path, { guaranteedStopLoss: null });
    expect(kept.json).toMatchObject({
      guaranteedStopLossOrderCancelRejectTransaction: { type: "ORDER_CANCEL_REJECT" },
      errorCode: "GUARANTEED_STOP_LOSS_ORDER_NOT_CANCELABLE",
    });
  });
});
