import { describe, expect, it } from "vitest";
import { A, type Body, market, openPractice, type Practice } from "./practice.ts";

const ORDERS = `${A}/orders`;

async function changesSince(practice: Practice, id: string | number): Promise<Body> {
  const { status, json } = await practice.get(`${A}/changes?sinceTransactionID=${id}`);
  expect(status).toBe(200);
  return json;
}

function ids(list: Iterable<Body> | undefined): readonly string[] {
  return [...(list ?? [])].map(({ id }) => String(id));
}

describe("the changes of an account", () => {
  it("are none since its newest transaction, and its state is there all the same", async () => {
    const practice = await openPractice();
    const { changes, state, lastTransactionID } = await changesSince(practice, 2);
    expect(lastTransactionID).toBe("2");
    expect(changes).toEqual({
      ordersCreated: [],
      ordersCancelled: [],
      ordersFilled: [],
      ordersTriggered: [],
      tradesOpened: [],
      tradesReduced: [],
      tradesClosed: [],
      positions: [],
      transactions: [],
    });
    expect(state).toMatchObject({ NAV: "100000.0000", balance: "100000.0000", trades: [] });
  });

  it("tell what became of orders, trades and positions since a transaction", async () => {
    const practice = await openPractice();
    await practice.post(ORDERS, market("500", { instrument: "USD_JPY" }));
    const before = (await practice.get(A)).json.lastTransactionID;
    const exits = {
      takeProfitOnFill: { price: "1.2" },
      trailingStopLossOnFill: { distance: "0.01" },
    };
    const opened = await practice.post(ORDERS, market("1000", exits));
    const trade = opened.json.orderFillTransaction?.id ?? "";
    await practice.put(`${A}/trades/${trade}/close`, { units: "400" });
    const limit = { type: "LIMIT", instrument: "GBP_USD", units: "10", price: "1.2" };
    const waiting = await practice.post(ORDERS, { order: limit });
    const dropped = await practice.post(ORDERS, { order: limit });
    const droppedId = dropped.json.orderCreateTransaction?.id;
    await practice.put(`${ORDERS}/${droppedId}/cancel`);
    const { changes, lastTransactionID } = await changesSince(practice, before ?? "");
    expect(ids(changes?.transactions)).toHaveLength(Number(lastTransactionID) - Number(before));
    expect(ids(changes?.ordersCreated)).toEqual([
      opened.json.relatedTransactionIDs?.[2],
      opened.json.relatedTransactionIDs?.[3],
      waiting.json.orderCreateTransaction?.id,
      droppedId,
    ]);
    expect(ids(changes?.ordersCancelled)).toEqual([droppedId]);
    expect(ids(changes?.ordersFilled)).toHaveLength(2);
    expect(ids(changes?.tradesOpened)).toEqual([trade]);
    expect(changes?.tradesReduced?.[0]).toMatchObject({ id: trade, currentUnits: "600" });
    const [position, ...others] = changes?.positions ?? [];
    expect(others).toEqual([]);
    expect(position).toMatchObject({ instrument: "EUR_USD", long: { units: "600" } });
    expect(position?.unrealizedPL).toBeUndefined();
    expect(position?.long?.unrealizedPL).toBeUndefined();
  });

  it("tell of a stop that was hit, and of the trade it closed", async () => {
    const practice = await openPractice();
    const { json } = await practice.post(
      ORDERS,
      market("1000", { stopLossOnFill: { price: "1.09" }, takeProfitOnFill: { price: "1.2" } }),
    );
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.08990", "1.09000");
    await practice.clock.advance(1000);
    const { changes } = await changesSince(practice, json.lastTransactionID ?? "");
    expect(changes?.ordersFilled?.[0]).toMatchObject({ type: "STOP_LOSS", state: "FILLED" });
    expect(changes?.ordersCancelled?.[0]).toMatchObject({ type: "TAKE_PROFIT" });
    expect(changes?.tradesClosed?.[0]).toMatchObject({ state: "CLOSED", currentUnits: "0" });
  });

  it("tell of the positions that were financed", async () => {
    const practice = await openPractice();
    const { json } = await practice.post(ORDERS, market("100000"));
    await practice.clock.advance(86_400_000);
    const { changes } = await changesSince(practice, json.lastTransactionID ?? "");
    expect(changes?.transactions?.[0]?.type).toBe("DAILY_FINANCING");
    expect(changes?.positions?.[0]?.financing).toBe(changes?.transactions?.[0]?.financing);
  });

  it("carry the state at the newest prices, trailing stops included", async () => {
    const practice = await openPractice();
    const trailing = { trailingStopLossOnFill: { distance: "0.01" } };
    const long = await practice.post(ORDERS, market("1000", trailing));
    await practice.post(ORDERS, market("-500", { instrument: "GBP_USD", ...trailing }));
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.10500", "1.10510");
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.10400", "1.10410");
    await practice.clock.advance(1000);
    const { state } = await changesSince(practice, 1);
    const { account } = (await practice.get(`${A}/summary`)).json;
    for (const field of ["NAV", "unrealizedPL", "marginUsed", "marginCallPercent", "balance"]) {
      expect([field, state?.[field]]).toEqual([field, account?.[field]]);
    }
    const [first, second] = state?.orders ?? [];
    expect(first).toEqual({
      id: long.json.relatedTransactionIDs?.[2],
      trailingStopValue: "1.09500",
      triggerDistance: "0.00900",
      isTriggerDistanceExact: true,
    });
    expect(second).toMatchObject({ trailingStopValue: "1.31020", triggerDistance: "0.01000" });
    const [trade] = state?.trades ?? [];
    expect(trade).toMatchObject({ unrealizedPL: "3.9000", marginUsed: expect.any(String) });
    const [euro] = state?.positions ?? [];
    expect(euro).toMatchObject({
      instrument: "EUR_USD",
      netUnrealizedPL: "3.9000",
      longUnrealizedPL: "3.9000",
      shortUnrealizedPL: "0.0000",
    });
  });

  it.each([
    ["", 400],
    ["?sinceTransactionID=", 400],
    ["?sinceTransactionID=x", 400],
    ["?sinceTransactionID=3", 416],
  ])("are refused as changes%s with %i", async (query, status) => {
    const practice = await openPractice();
    expect((await practice.get(`${A}/changes${query}`)).status).toBe(status);
  });
});

describe("the account's settings", () => {
  const patch = (practice: Practice, body: object) =>
    practice.ask({ method: "PATCH", path: `${A}/configuration`, body: JSON.stringify(body) });

  it("are changed, and told", async () => {
    const practice = await openPractice();
    const { status, json } = await patch(practice, { alias: "Swing", marginRate: 0.05 });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      clientConfigureTransaction: { type: "CLIENT_CONFIGURE", alias: "Swing", marginRate: "0.05" },
      lastTransactionID: json.clientConfigureTransaction?.id,
    });
    const { account } = (await practice.get(`${A}/summary`)).json;
    expect(account).toMatchObject({ alias: "Swing", marginRate: "0.05" });
  });

  it.each([
    ["nothing", {}, "CLIENT_CONFIGURE_DATA_MISSING"],
    ["no rate", { marginRate: "0" }, "MARGIN_RATE_INVALID"],
    ["an alias with a line break", { alias: "a\nb" }, "ALIAS_INVALID"],
  ])("are refused with %s by a transaction", async (_what, body, reason) => {
    const practice = await openPractice();
    const { status, json } = await patch(practice, body);
    expect(status).toBe(400);
    expect(json).toMatchObject({
      errorCode: reason,
      clientConfigureRejectTransaction: { rejectReason: reason },
      lastTransactionID: json.clientConfigureRejectTransaction?.id,
    });
  });

  it("are refused without a transaction when they can't be read", async () => {
    const practice = await openPractice();
    const { status, json } = await patch(practice, { marginRate: "much" });
    expect(status).toBe(400);
    expect(json.errorMessage).toBe("Invalid value specified for 'marginRate'");
    expect(json.clientConfigureRejectTransaction).toBeUndefined();
  });
});
