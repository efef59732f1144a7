import { describe, expect, it } from "vitest";
import { A, type Body, EURO_ACCOUNT, market, openPractice } from "./practice.ts";

function idsOf(transactions: readonly Body[]): number[] {
  return transactions.map(({ id }) => Number(id));
}

describe("the log", () => {
  it("numbers a whole session without a gap, and its amounts add up to the balance", async () => {
    const practice = await openPractice();
    const exits = { stopLossOnFill: { price: "1.05" }, takeProfitOnFill: { price: "1.2" } };
    const opened = await practice.post(`${A}/orders`, market("1000", exits));
    const trade = opened.json.orderFillTransaction?.id;
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.10500", "1.10510");
    await practice.put(`${A}/trades/${trade}/close`, { units: "400" });
    await practice.post(`${A}/orders`, market("0"));
    await practice.post(`${A}/orders`, market("-900"));
    await practice.put(`${A}/positions/EUR_USD/close`, { shortUnits: "ALL" });
    const last = Number((await practice.get(A)).json.lastTransactionID);
    const { transactions } = (await practice.get(`${A}/transactions/idrange?from=1&to=${last}`))
      .json;
    expect(idsOf(transactions)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    const fills = transactions.filter(({ type }) => type === "ORDER_FILL");
    const { account } = (await practice.get(`${A}/summary`)).json;
    expect(fills.at(-1)?.accountBalance).toBe(account?.balance);
    expect(fills.map(({ pl }) => pl)).toEqual(["0.0000", "1.9600", "2.9400", "-0.0300"]);
    expect(account?.balance).toBe("100004.8700");
    expect(account?.pl).toBe("4.8700");
  });

  it("begins with the account's creation and its first money", async () => {
    const practice = await openPractice();
    const { transactions } = (await practice.get(`${A}/transactions/sinceid?id=0`)).json;
    expect(transactions[0]).toMatchObject({
      id: "1",
      type: "CREATE",
      siteID: 101,
      divisionID: 1,
      accountUserID: 1234567,
      accountNumber: 1,
      homeCurrency: "USD",
    });
    expect(transactions[1]).toMatchObject({
      type: "TRANSFER_FUNDS",
      amount: "100000.0000",
      fundingReason: "CLIENT_FUNDING",
      accountBalance: "100000.0000",
    });
  });

  it("tells an account's alias", async () => {
    const practice = await openPractice({ accounts: [{ ...EURO_ACCOUNT, alias: "Main" }] });
    const { transactions } = (await practice.get(`${A}/transactions/sinceid?id=0`)).json;
    expect(transactions[1]).toMatchObject({ type: "CLIENT_CONFIGURE", alias: "Main" });
  });

  it("tells the financing of a position held over 17:00 New York, in the account's currency", async () => {
    const practice = await openPractice({ accounts: [EURO_ACCOUNT] });
    const { json } = await practice.post(`${A}/orders`, market("100000"));
    await practice.clock.advance(24 * 3_600_000);
    const path = `${A}/transactions/sinceid?id=${json.lastTransactionID}`;
    const [entry] = (await practice.get(path)).json.transactions;
    expect(entry).toMatchObject({
      type: "DAILY_FINANCING",
      time: "2026-11-18T22:00:00.000000000Z",
      userID: 0,
      accountFinancingMode: "DAILY",
      positionFinancings: [
        {
          instrument: "EUR_USD",
          financing: entry?.financing,
          openTradeFinancings: [
            {
              tradeID: json.orderFillTransaction?.id,
              financing: entry?.financing,
              financingRate: "-0.0105",
            },
          ],
        },
      ],
    });
    const { account } = (await practice.get(`${A}/summary`)).json;
    expect(account).toMatchObject({ financing: entry?.financing, balance: entry?.accountBalance });
  });

  it("BR-07 tells a margin close-out, which nobody asked for", async () => {
    const practice = await openPractice();
    const { json } = await practice.post(`${A}/orders`, market("4000000"));
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.08500", "1.08510");
    await practice.clock.advance(1000);
    const path = `${A}/transactions/sinceid?id=${json.lastTransactionID}`;
    const { transactions } = (await practice.get(path)).json;
    expect(transactions).toMatchObject([
      {
        type: "MARKET_ORDER",
        reason: "MARGIN_CLOSEOUT",
        marginCloseout: { reason: "MARGIN_CHECK_VIOLATION" },
        userID: 0,
      },
      { type: "ORDER_FILL", reason: "MARKET_ORDER_MARGIN_CLOSEOUT", price: "1.08500" },
    ]);
  });

  it("BR-08 tells of a trade that could only be closed once its market opened again", async () => {
    const practice = await openPractice();
    await practice.post(`${A}/orders`, market("2000000"));
    const pound = market("1500000", { instrument: "GBP_USD" });
    const { json } = await practice.post(`${A}/orders`, pound);
    const id = json.orderFillTransaction?.id;
    await practice.clock.advance(1000);
    const halt = { bid: "1.29990", ask: "1.30010", tradeable: false };
    practice.feed.set("GBP_USD", practice.clock.now(), halt);
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.05000", "1.05010");
    await practice.clock.advance(1000);
    const waiting = (await practice.get(`${A}/trades?state=CLOSE_WHEN_TRADEABLE`)).json.trades;
    expect(waiting.map((trade) => [trade.id, trade.state])).toEqual([[id, "CLOSE_WHEN_TRADEABLE"]]);
    expect((await practice.get(`${A}/trades?state=OPEN`)).json.trades).toEqual([]);
    expect((await practice.get(`${A}/openTrades`)).json.trades).toHaveLength(1);
    practice.price("GBP_USD", "1.29980", "1.30000");
    await practice.clock.advance(1000);
    const path = `${A}/transactions/sinceid?id=${json.lastTransactionID}`;
    const { transactions } = (await practice.get(path)).json;
    const closure = transactions.find(({ type }) => type === "DELAYED_TRADE_CLOSURE");
    expect(closure).toMatchObject({ reason: "MARGIN_CLOSEOUT", tradeIDs: [id], userID: 0 });
    expect(transactions.slice(-2)).toMatchObject([
      {
        type: "MARKET_ORDER",
        reason: "DELAYED_TRADE_CLOSE",
        delayedTradeClose: { tradeID: id, sourceTransactionID: closure?.id },
      },
      { type: "ORDER_FILL", reason: "MARKET_ORDER_DELAYED_TRADE_CLOSE", price: "1.29980" },
    ]);
  });

  it("is answered in pages whose links lead to the transactions", async () => {
    const practice = await openPractice();
    for (const units of ["1", "2", "3"]) await practice.post(`${A}/orders`, market(units));
    const { json } = await practice.get(`${A}/transactions?pageSize=3&type=ORDER`);
    expect(json).toMatchObject({ pageSize: 3, count: 6, type: ["ORDER"] });
    expect(json.from).toBe("2026-11-18T14:00:00.000000000Z");
    const pages = await Promise.all(
      json.pages.map((page) => practice.get(String(page).slice(practice.server.url.length))),
    );
    expect(pages.flatMap((page) => idsOf(page.json.transactions))).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it("can be asked for a time, and for types and groups of types", async () => {
    const practice = await openPractice();
    await practice.clock.advance(5000);
    await practice.post(`${A}/orders`, market("1"));
    const from = encodeURIComponent("2026-11-18T14:00:05Z");
    expect((await practice.get(`${A}/transactions?from=${from}`)).json.count).toBe(2);
    expect((await practice.get(`${A}/transactions?to=1795010404`)).json.count).toBe(2);
    const typed = async (type: string) =>
      idsOf((await practice.get(`${A}/transactions/sinceid?id=0&type=${type}`)).json.transactions);
    expect(await typed("ORDER_FILL")).toEqual([4]);
    expect(await typed("ADMIN,FUNDING")).toEqual([1, 2]);
  });

  it("is of a week unless told since when, and of as much as there is when told", async () => {
    const practice = await openPractice();
    await practice.clock.advance(8 * 86_400_000);
    const week = (await practice.get(`${A}/transactions`)).json;
    expect([week.count, week.from, week.to]).toEqual([
      0,
      "2026-11-19T14:00:00.000000000Z",
      "2026-11-26T14:00:00.000000000Z",
    ]);
    const years = (await practice.get(`${A}/transactions?from=2020-01-01`)).json;
    expect([years.count, years.from]).toEqual([2, "2020-01-01T00:00:00.000000000Z"]);
  });

  it.each([
    ["ORDER", ["LIMIT_ORDER", "LIMIT_ORDER_REJECT", "MARKET_ORDER", "ORDER_CANCEL", "ORDER_FILL"]],
    ["ADMIN", ["CLIENT_CONFIGURE", "CREATE"]],
    ["FUNDING", ["TRANSFER_FUNDS"]],
    ["LIMIT_ORDER_REJECT,MARGIN_CALL_ENTER", ["LIMIT_ORDER_REJECT"]],
    ["ONE_CANCELS_ALL_ORDER_TRIGGERED,GUARANTEED_STOP_LOSS_ORDER", []],
  ])("of the types %s holds just those", async (type, types) => {
    const practice = await openPractice({ accounts: [{ ...EURO_ACCOUNT, alias: "Main" }] });
    const limit = { type: "LIMIT", instrument: "EUR_USD", units: "1", price: "1.05" };
    const { json } = await practice.post(`${A}/orders`, { order: limit });
    await practice.put(`${A}/orders/${json.orderCreateTransaction?.id}/cancel`);
    await practice.post(`${A}/orders`, { order: { ...limit, units: "0" } });
    await practice.post(`${A}/orders`, market("1"));
    const last = json.lastTransactionID ? Number(json.lastTransactionID) + 4 : 0;
    const range = `${A}/transactions/idrange?from=1&to=${last}&type=${type}`;
    const { transactions } = (await practice.get(range)).json;
    expect([...new Set(transactions.map((entry) => String(entry.type)))].sort()).toEqual(types);
  });

  it("shows one transaction by its id", async () => {
    const practice = await openPractice();
    expect((await practice.get(`${A}/transactions/1`)).json.transaction?.type).toBe("CREATE");
    const none = await practice.get(`${A}/transactions/99`);
    expect([none.status, none.json.errorCode]).toEqual([404, "NO_SUCH_TRANSACTION"]);
  });

  it("gives at most a thousand at a time, and the rest from the last id on", async () => {
    const practice = await openPractice();
    for (let count = 0; count < 502; count += 1) await practice.post(`${A}/orders`, market("0.5"));
    for (let count = 0; count < 502; count += 1) await practice.post(`${A}/orders`, market("0.5"));
    const first = (await practice.get(`${A}/transactions/sinceid?id=0`)).json;
    expect(first.transactions).toHaveLength(1000);
    const second = (await practice.get(`${A}/transactions/sinceid?id=1000`)).json;
    expect(idsOf(second.transactions)).toEqual([1001, 1002, 1003, 1004, 1005, 1006]);
    expect(second.lastTransactionID).toBe("1006");
  });

  it.each([
    ["?pageSize=1001", 400, "INVALID_PAGESIZE"],
    ["?pageSize=0", 400, "INVALID_PAGESIZE"],
    ["?from=2027-01-01T00:00:00Z", 400, undefined],
    ["?type=all", 400, undefined],
    ["?type=ORDER_FILLED", 400, undefined],
    ["/idrange?from=1", 400, undefined],
    ["/idrange?from=2&to=1", 416, undefined],
    ["/idrange?from=1&to=99", 416, undefined],
    ["/sinceid", 400, undefined],
    ["/sinceid?id=99", 416, undefined],
    ["/first", 400, undefined],
  ])("is refused as transactions%s", async (query, status, code) => {
    const practice = await openPractice();
    const answer = await practice.get(`${A}/transactions${query}`);
    expect([answer.status, answer.json.errorCode]).toEqual([status, code]);
  });
});
