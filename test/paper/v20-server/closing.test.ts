import { describe, expect, it } from "vitest";
import { A, market, openPractice, type Practice } from "./practice.ts";

async function openTrade(practice: Practice, units: string, more = {}): Promise<string> {
  const { json } = await practice.post(`${A}/orders`, market(units, more));
  return json.orderFillTransaction?.id ?? "";
}

describe("closing a trade", () => {
  it("takes a number of units, or all of them when the body is empty", async () => {
    const practice = await openPractice();
    const id = await openTrade(practice, "1000", { stopLossOnFill: { price: "1.05" } });
    const part = await practice.put(`${A}/trades/${id}/close`, { units: "400" });
    expect(part.status).toBe(200);
    expect(part.json).toMatchObject({
      orderCreateTransaction: {
        type: "MARKET_ORDER",
        reason: "TRADE_CLOSE",
        units: "-400",
        tradeClose: { tradeID: id, units: "400" },
      },
      orderFillTransaction: {
        reason: "MARKET_ORDER_TRADE_CLOSE",
        tradeReduced: { tradeID: id, units: "-400", realizedPL: "-0.0400" },
        pl: "-0.0400",
        accountBalance: "99999.9600",
      },
    });
    const rest = await practice.put(`${A}/trades/${id}/close`);
    expect(rest.json.orderCreateTransaction?.tradeClose).toEqual({ tradeID: id, units: "ALL" });
    expect(rest.json.orderFillTransaction?.tradesClosed).toMatchObject([
      { tradeID: id, units: "-600", realizedPL: "-0.0600" },
    ]);
    expect(rest.json.orderCancelTransaction).toBeUndefined();
    expect(rest.json.relatedTransactionIDs).toHaveLength(3);
  });

  it("is refused for a trade that isn't there, with the rejecting transaction", async () => {
    const practice = await openPractice();
    for (const specifier of ["99", "@nobody"]) {
      const { status, json } = await practice.put(`${A}/trades/${specifier}/close`, {});
      expect(status).toBe(404);
      expect(json).toMatchObject({
        errorCode: "TRADE_DOESNT_EXIST",
        orderRejectTransaction: { type: "MARKET_ORDER_REJECT", reason: "TRADE_CLOSE" },
      });
    }
  });

  it("is refused for more units than the trade has", async () => {
    const practice = await openPractice();
    const id = await openTrade(practice, "1000");
    const { status, json } = await practice.put(`${A}/trades/${id}/close`, { units: "1001" });
    expect(status).toBe(400);
    expect(json.errorCode).toBe("CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE");
  });

  it("is refused for units that are no number, without a transaction", async () => {
    const practice = await openPractice();
    const id = await openTrade(practice, "1000");
    const { status, json } = await practice.put(`${A}/trades/${id}/close`, { units: "half" });
    expect(status).toBe(400);
    expect(json).toEqual({
      errorCode: "oanda::rest::core::InvalidParameterException",
      errorMessage: "Invalid value specified for 'units'",
    });
  });
});

describe("the list of trades", () => {
  it("shows open ones, newest first, unless another state is asked for", async () => {
    const practice = await openPractice();
    const first = await openTrade(practice, "1000");
    const second = await openTrade(practice, "-500", { instrument: "GBP_USD" });
    const third = await openTrade(practice, "2000");
    await practice.put(`${A}/trades/${first}/close`);
    const idsOf = async (path: string) => {
      const { trades } = (await practice.get(`${A}/${path}`)).json;
      return trades.map(({ id }) => id);
    };
    expect(await idsOf("trades")).toEqual([third, second]);
    expect(await idsOf("openTrades?")).toEqual([third, second]);
    expect(await idsOf("trades?instrument=GBP_USD")).toEqual([second]);
    expect(await idsOf("trades?state=CLOSED")).toEqual([first]);
    expect(await idsOf("trades?state=CLOSE_WHEN_TRADEABLE")).toEqual([]);
    expect(await idsOf(`trades?state=ALL&beforeID=${third}`)).toEqual([second, first]);
    expect(await idsOf(`trades?state=ALL&ids=${first},${third}`)).toEqual([third, first]);
  });

  it("has no trade that never was", async () => {
    const practice = await openPractice();
    const { status, json } = await practice.get(`${A}/trades/99`);
    expect(status).toBe(404);
    expect(json.errorCode).toBe("NO_SUCH_TRADE");
  });
});

describe("positions", () => {
  it("add up an instrument's trades, and stay when they are flat", async () => {
    const practice = await openPractice();
    const first = await openTrade(practice, "1000");
    practice.price("EUR_USD", "1.10100", "1.10110");
    const second = await openTrade(practice, "3000");
    const { position } = (await practice.get(`${A}/positions/EUR_USD`)).json;
    expect(position).toMatchObject({
      instrument: "EUR_USD",
      unrealizedPL: "0.6000",
      long: { units: "4000", averagePrice: "1.10085", tradeIDs: [first, second] },
      short: { units: "0", unrealizedPL: "0.0000" },
    });
    await practice.put(`${A}/positions/EUR_USD/close`, { longUnits: "ALL" });
    const flat = (await practice.get(`${A}/positions`)).json.positions;
    expect(flat[0]).toMatchObject({ pl: "0.6000", long: { units: "0", pl: "0.6000" } });
    expect(flat[0]?.long?.averagePrice).toBeUndefined();
    expect((await practice.get(`${A}/openPositions`)).json.positions).toEqual([]);
  });

  it("show a short side below zero", async () => {
    const practice = await openPractice();
    await openTrade(practice, "-1000");
    const { positions } = (await practice.get(`${A}/openPositions`)).json;
    expect(positions[0]?.short).toMatchObject({ units: "-1000", averagePrice: "1.10000" });
  });

  it("aren't there for an instrument never traded", async () => {
    const practice = await openPractice();
    const never = await practice.get(`${A}/positions/EUR_USD`);
    expect([never.status, never.json.errorCode]).toEqual([404, "NO_SUCH_POSITION"]);
    const unknown = await practice.get(`${A}/positions/EUR_XXX`);
    expect(unknown.json.errorMessage).toBe("Invalid value specified for 'instrument'");
  });
});

describe("closing a position", () => {
  it.each([
    ["the side that is named", { longUnits: "ALL" }],
    ["the side that is named beside NONE", { longUnits: "ALL", shortUnits: "NONE" }],
    ["whatever is open when the body is empty", undefined],
  ])("closes %s, oldest trade first", async (_what, body) => {
    const practice = await openPractice();
    const first = await openTrade(practice, "1000");
    const second = await openTrade(practice, "500");
    const { status, json, headers } = await practice.put(`${A}/positions/EUR_USD/close`, body);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      longOrderCreateTransaction: {
        reason: "POSITION_CLOSEOUT",
        longPositionCloseout: { instrument: "EUR_USD", units: "ALL" },
      },
      longOrderFillTransaction: {
        reason: "MARKET_ORDER_POSITION_CLOSEOUT",
        tradesClosed: [{ tradeID: first }, { tradeID: second }],
      },
    });
    expect(json.shortOrderCreateTransaction).toBeUndefined();
    expect(headers.location).toContain(`/orders/${json.longOrderCreateTransaction?.id}`);
  });

  it("takes a number of units and labels", async () => {
    const practice = await openPractice();
    const id = await openTrade(practice, "-1000");
    const { json } = await practice.put(`${A}/positions/EUR_USD/close`, {
      shortUnits: "250",
      shortClientExtensions: { id: "close-1" },
    });
    expect(json.shortOrderCreateTransaction?.clientExtensions?.id).toBe("close-1");
    expect(json.shortOrderFillTransaction?.tradeReduced).toMatchObject({
      tradeID: id,
      units: "250",
    });
  });

  it("closes nothing when a named side isn't open", async () => {
    const practice = await openPractice();
    await openTrade(practice, "1000");
    const body = { longUnits: "ALL", shortUnits: "ALL" };
    const { status, json } = await practice.put(`${A}/positions/EUR_USD/close`, body);
    expect(status).toBe(400);
    expect(json).toMatchObject({
      errorCode: "CLOSEOUT_POSITION_DOESNT_EXIST",
      shortOrderRejectTransaction: { rejectReason: "CLOSEOUT_POSITION_DOESNT_EXIST" },
    });
    expect((await practice.get(`${A}/openTrades`)).json.trades).toHaveLength(1);
  });

  it("is refused when nothing at all is asked", async () => {
    const practice = await openPractice();
    await openTrade(practice, "1000");
    const body = { longUnits: "NONE" };
    const { status, json } = await practice.put(`${A}/positions/EUR_USD/close`, body);
    expect([status, json.errorCode]).toEqual([400, "CLOSEOUT_POSITION_INCOMPLETE_SPECIFICATION"]);
  });

  it("is refused without any position", async () => {
    const practice = await openPractice();
    const { status, json } = await practice.put(`${A}/positions/EUR_USD/close`);
    expect(status).toBe(404);
    expect(json.relatedTransactionIDs).toHaveLength(2);
  });
});
