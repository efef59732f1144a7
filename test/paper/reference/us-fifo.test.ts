import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import {
  A,
  ACCOUNT,
  type Body,
  market,
  openPractice,
  type Practice,
} from "../v20-server/practice.ts";

/** The worked examples of NFA rule 2-43(b) and of OANDA's safeguard, over HTTP: the numbers are the notices'. */

const SPREAD = decimal("0.00010");

async function openUs(): Promise<Practice> {
  const balance = decimal("100000");
  return openPractice({ accounts: [{ id: ACCOUNT, currency: "USD", balance, region: "US" }] });
}

/** Moves EUR_USD so that a buy pays `price`. */
async function offer(practice: Practice, price: string): Promise<void> {
  const ask = decimal(price);
  await practice.clock.advance(1_000);
  practice.price("EUR_USD", ask.minus(SPREAD).toFixed(5), ask.toFixed(5));
}

/** Moves EUR_USD so that a sale brings `price`. */
async function bid(practice: Practice, price: string): Promise<void> {
  await practice.clock.advance(1_000);
  practice.price("EUR_USD", price, decimal(price).plus(SPREAD).toFixed(5));
}

async function buy(practice: Practice, units: string, more: Record<string, unknown> = {}) {
  const { json } = await practice.post(`${A}/orders`, market(units, more));
  return json;
}

/** T1 10,000 at 1.1000, T2 20,000 at 1.1050 and T3 10,000 at 1.1100; the market then bids 1.1080. */
async function openThree() {
  const practice = await openUs();
  const ids: string[] = [];
  for (const [units, price] of [
    ["10000", "1.10000"],
    ["20000", "1.10500"],
    ["10000", "1.11000"],
  ] as const) {
    await offer(practice, price);
    const fill = (await buy(practice, units)).orderFillTransaction;
    expect(fill?.price).toBe(price);
    ids.push(`${fill?.tradeOpened?.tradeID}`);
  }
  await bid(practice, "1.10800");
  const [first = "", second = "", third = ""] = ids;
  return { practice, t1: first, t2: second, t3: third };
}

type Closed = { readonly [tradeId: string]: string };

/** The trades that a fill closed and reduced, with the units it took of each. */
function closedBy(fill: Body | undefined): Closed {
  const reduced: readonly Body[] = fill?.tradeReduced ? [fill.tradeReduced] : [];
  const parts = [...(fill?.tradesClosed ?? []), ...reduced];
  return Object.fromEntries(parts.map((part) => [`${part.tradeID}`, `${part.units}`]));
}

async function openTrades(practice: Practice): Promise<Closed> {
  const { json } = await practice.get(`${A}/openTrades`);
  return Object.fromEntries(json.trades.map((trade) => [`${trade.id}`, `${trade.currentUnits}`]));
}

function pl(fill: Body | undefined): string {
  return decimal(`${fill?.pl}`).toString();
}

describe("US accounts close first in, first out", () => {
  it("F1 a sale of 10,000 closes the oldest trade", async () => {
    const { practice, t1, t2, t3 } = await openThree();
    const { orderFillTransaction: fill } = await buy(practice, "-10000");
    expect(closedBy(fill)).toEqual({ [t1]: "-10000" });
    expect(pl(fill)).toBe("80");
    expect(await openTrades(practice)).toEqual({ [t2]: "20000", [t3]: "10000" });
  });

  it("F2 a sale of 20,000 closes the oldest and half of the next", async () => {
    const { practice, t1, t2, t3 } = await openThree();
    const { orderFillTransaction: fill } = await buy(practice, "-20000");
    expect(closedBy(fill)).toEqual({ [t1]: "-10000", [t2]: "-10000" });
    expect(pl(fill)).toBe("110");
    expect(await openTrades(practice)).toEqual({ [t2]: "10000", [t3]: "10000" });
  });

  it.each(["F3", "F6"])(
    "%s the only trade of its size may be closed before older ones",
    async () => {
      const { practice, t1, t2, t3 } = await openThree();
      const { json } = await practice.put(`${A}/trades/${t2}/close`, { units: "ALL" });
      expect(closedBy(json.orderFillTransaction)).toEqual({ [t2]: "-20000" });
      expect(pl(json.orderFillTransaction)).toBe("60");
      expect(await openTrades(practice)).toEqual({ [t1]: "10000", [t3]: "10000" });
    },
  );

  it("F4 of two trades of one size the older is closed", async () => {
    const { practice, t1, t2, t3 } = await openThree();
    const { json } = await practice.put(`${A}/trades/${t1}/close`, { units: "ALL" });
    expect(closedBy(json.orderFillTransaction)).toEqual({ [t1]: "-10000" });
    expect(pl(json.orderFillTransaction)).toBe("80");
    expect(await openTrades(practice)).toEqual({ [t2]: "20000", [t3]: "10000" });
  });

  it("F5 the newer of two trades of one size isn't closed", async () => {
    const { practice, t1, t2, t3 } = await openThree();
    const { json } = await practice.put(`${A}/trades/${t3}/close`, { units: "ALL" });
    expect(json.orderFillTransaction).toBeUndefined();
    expect(json.orderCancelTransaction?.reason).toBe("FIFO_VIOLATION");
    expect(await openTrades(practice)).toEqual({ [t1]: "10000", [t2]: "20000", [t3]: "10000" });
  });

  it("F7 a sale of 15,000 closes the oldest and a part of the next", async () => {
    const { practice, t1, t2, t3 } = await openThree();
    const { orderFillTransaction: fill } = await buy(practice, "-15000");
    expect(closedBy(fill)).toEqual({ [t1]: "-10000", [t2]: "-5000" });
    expect(pl(fill)).toBe("95");
    expect(await openTrades(practice)).toEqual({ [t2]: "15000", [t3]: "10000" });
  });

  it("F8 a sale of 40,000 closes everything", async () => {
    const { practice, t1, t2, t3 } = await openThree();
    const { orderFillTransaction: fill } = await buy(practice, "-40000");
    expect(closedBy(fill)).toEqual({ [t1]: "-10000", [t2]: "-20000", [t3]: "-10000" });
    expect(pl(fill)).toBe("120");
    expect(await openTrades(practice)).toEqual({});
  });

  it("F9 a sale of 50,000 closes everything and opens the rest the other way", async () => {
    const { practice } = await openThree();
    const { orderFillTransaction: fill } = await buy(practice, "-50000");
    expect(pl(fill)).toBe("120");
    const opened = `${fill?.tradeOpened?.tradeID}`;
    expect(await openTrades(practice)).toEqual({ [opened]: "-10000" });
  });

  it("F10 a sale of another pair closes nothing", async () => {
    const { practice, t1, t2, t3 } = await openThree();
    const { orderFillTransaction: fill } = await buy(practice, "-10000", { instrument: "GBP_USD" });
    expect(closedBy(fill)).toEqual({});
    expect(pl(fill)).toBe("0");
    const opened = `${fill?.tradeOpened?.tradeID}`;
    const all = { [t1]: "10000", [t2]: "20000", [t3]: "10000", [opened]: "-10000" };
    expect(await openTrades(practice)).toEqual(all);
  });

  it("a position is closed whole, although its trades one by one from the newest aren't", async () => {
    const { practice, t3 } = await openThree();
    const { json: refused } = await practice.put(`${A}/trades/${t3}/close`, { units: "ALL" });
    expect(refused.orderCancelTransaction?.reason).toBe("FIFO_VIOLATION");
    const { json } = await practice.put(`${A}/positions/EUR_USD/close`, { longUnits: "ALL" });
    expect(pl(json.longOrderFillTransaction)).toBe("120");
    expect(await openTrades(practice)).toEqual({});
  });
});

const STOP = { stopLossOnFill: { price: "1.09000" } };
const TARGET = { takeProfitOnFill: { price: "1.12000" } };

function tradeOf(answer: Body): string {
  const id = answer.orderFillTransaction?.tradeOpened?.tradeID;
  if (id === undefined) throw new Error(`nothing was opened: ${JSON.stringify(answer)}`);
  return `${id}`;
}

describe("US accounts keep trades with exits apart by their size", () => {
  it("S1 a second trade of the size of one with a stop isn't opened", async () => {
    const practice = await openUs();
    const first = tradeOf(await buy(practice, "1000", STOP));
    const second = await buy(practice, "1000", STOP);
    expect(second.orderCancelTransaction?.reason).toBe("FIFO_VIOLATION_SAFEGUARD_VIOLATION");
    expect(await openTrades(practice)).toEqual({ [first]: "1000" });
  });

  it("S2 one unit more is opened", async () => {
    const practice = await openUs();
    const first = tradeOf(await buy(practice, "1000", STOP));
    const second = tradeOf(await buy(practice, "1001", STOP));
    expect(await openTrades(practice)).toEqual({ [first]: "1000", [second]: "1001" });
  });

  it("S3 two plain trades of one size are opened, and neither gets a stop later", async () => {
    const practice = await openUs();
    const trades = [tradeOf(await buy(practice, "1000")), tradeOf(await buy(practice, "1000"))];
    const reason = "STOP_LOSS_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD";
    for (const id of trades) {
      const body = { stopLoss: { price: "1.09000" } };
      const { status, json } = await practice.put(`${A}/trades/${id}/orders`, body);
      expect(status).toBe(400);
      expect(json.stopLossOrderRejectTransaction?.rejectReason).toBe(reason);
      expect(json.errorCode).toBe(reason);
    }
    expect((await practice.get(`${A}/pendingOrders`)).json.orders).toEqual([]);
  });

  it("S4 a plain trade of the size of one with a take-profit isn't opened", async () => {
    const practice = await openUs();
    const first = tradeOf(await buy(practice, "1000", TARGET));
    const second = await buy(practice, "1000");
    expect(second.orderCancelTransaction?.reason).toBe("FIFO_VIOLATION_SAFEGUARD_VIOLATION");
    expect(await openTrades(practice)).toEqual({ [first]: "1000" });
  });

  it("S5 a part isn't closed that would leave the size of another trade with a stop", async () => {
    const practice = await openUs();
    const first = tradeOf(await buy(practice, "1000", STOP));
    const second = tradeOf(await buy(practice, "1500", STOP));
    const { json } = await practice.put(`${A}/trades/${second}/close`, { units: "500" });
    expect(json.orderFillTransaction).toBeUndefined();
    const reason = "FIFO_VIOLATION_SAFEGUARD_PARTIAL_CLOSE_VIOLATION";
    expect(json.orderCancelTransaction?.reason).toBe(reason);
    expect(await openTrades(practice)).toEqual({ [first]: "1000", [second]: "1500" });
    const other = await practice.put(`${A}/trades/${second}/close`, { units: "400" });
    expect(other.json.orderFillTransaction?.tradeReduced?.units).toBe("-400");
  });

  it("S6 a trade of the same size in another pair is opened", async () => {
    const practice = await openUs();
    const first = tradeOf(await buy(practice, "1000", STOP));
    const stop = { stopLossOnFill: { price: "1.29000" } };
    const second = tradeOf(await buy(practice, "1000", { ...stop, instrument: "GBP_USD" }));
    expect(await openTrades(practice)).toEqual({ [first]: "1000", [second]: "1000" });
  });

  it("S1 a waiting order that would break the rule is cancelled when it triggers, not before", async () => {
    const practice = await openUs();
    await buy(practice, "1000", STOP);
    const waiting = { type: "LIMIT", instrument: "EUR_USD", units: "1000", price: "1.09500" };
    const placed = await practice.post(`${A}/orders`, { order: waiting });
    expect(placed.status).toBe(201);
    const id = `${placed.json.orderCreateTransaction?.id}`;
    await offer(practice, "1.09500");
    const { json } = await practice.get(`${A}/orders/${id}`);
    expect(json.order?.state).toBe("CANCELLED");
    const end = await practice.get(`${A}/transactions/${json.order?.cancellingTransactionID}`);
    expect(end.json.transaction?.reason).toBe("FIFO_VIOLATION_SAFEGUARD_VIOLATION");
  });

  it("without the US rules, none of it applies", async () => {
    const practice = await openPractice();
    await buy(practice, "1000", STOP);
    const second = tradeOf(await buy(practice, "1000", STOP));
    const { json } = await practice.put(`${A}/trades/${second}/close`, { units: "ALL" });
    expect(closedBy(json.orderFillTransaction)).toEqual({ [second]: "-1000" });
  });
});
