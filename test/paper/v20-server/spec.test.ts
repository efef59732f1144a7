import { describe, expect, it } from "vitest";
import { A, market, openPractice, type Practice } from "./practice.ts";
import { differencesFromSpec, hasSpec } from "./spec-check.ts";

const READS = [
  ["/accounts", "/v3/accounts"],
  ["/accounts/{accountID}", A],
  ["/accounts/{accountID}/summary", `${A}/summary`],
  ["/accounts/{accountID}/instruments", `${A}/instruments`],
  ["/accounts/{accountID}/orders", `${A}/orders?state=ALL`],
  ["/accounts/{accountID}/pendingOrders", `${A}/pendingOrders`],
  ["/accounts/{accountID}/trades", `${A}/trades?state=ALL`],
  ["/accounts/{accountID}/openTrades", `${A}/openTrades`],
  ["/accounts/{accountID}/positions", `${A}/positions`],
  ["/accounts/{accountID}/openPositions", `${A}/openPositions`],
  ["/accounts/{accountID}/positions/{instrument}", `${A}/positions/EUR_USD`],
  ["/accounts/{accountID}/transactions", `${A}/transactions`],
  ["/accounts/{accountID}/transactions/sinceid", `${A}/transactions/sinceid?id=0`],
  [
    "/accounts/{accountID}/pricing",
    `${A}/pricing?instruments=EUR_USD,USD_JPY&includeUnitsAvailable=true&includeHomeConversions=true`,
  ],
] as const;

/** An account with a bit of everything: exits of every kind, a cancel, a close, a rejection, a triggered stop. */
async function trade(practice: Practice): Promise<void> {
  const exits = {
    takeProfitOnFill: { price: "1.2" },
    stopLossOnFill: { price: "1.09" },
    trailingStopLossOnFill: { distance: "0.05" },
    tradeClientExtensions: { id: "a", tag: "b" },
  };
  await practice.post(`${A}/orders`, market("1000", exits));
  await practice.clock.advance(1000);
  practice.price("EUR_USD", "1.08990", "1.09000");
  await practice.clock.advance(1000);
  const { json } = await practice.post(`${A}/orders`, market("1000", { instrument: "USD_JPY" }));
  await practice.put(`${A}/trades/${json.orderFillTransaction?.id}/close`, { units: "300" });
  await practice.post(`${A}/orders`, market("-2000", exits));
  await practice.post(`${A}/orders`, market("-2000"));
  await practice.post(`${A}/orders`, market("0"));
}

describe.skipIf(!hasSpec)("OANDA's published schema (skipped where it isn't at hand)", () => {
  it("fits every answer to a reader", async () => {
    const practice = await openPractice();
    await trade(practice);
    for (const [path, target] of READS) {
      const { status, json } = await practice.get(target);
      expect(status).toBe(200);
      expect(differencesFromSpec({ method: "GET", path, status }, json)).toEqual([]);
    }
  });

  it("fits every answer to a trader", async () => {
    const practice = await openPractice();
    const orders = "/accounts/{accountID}/orders";
    const created = await practice.post(`${A}/orders`, market("1000"));
    const refused = await practice.post(`${A}/orders`, market("0"));
    for (const { status, json } of [created, refused]) {
      expect(differencesFromSpec({ method: "POST", path: orders, status }, json)).toEqual([]);
    }
    const cancel = await practice.put(`${A}/orders/99/cancel`);
    const trade = created.json.orderFillTransaction?.id;
    const part = await practice.put(`${A}/trades/${trade}/close`, { units: "1" });
    const gone = await practice.put(`${A}/trades/99/close`);
    const position = await practice.put(`${A}/positions/EUR_USD/close`, { longUnits: "ALL" });
    const flat = await practice.put(`${A}/positions/EUR_USD/close`, { longUnits: "ALL" });
    for (const [path, answer] of [
      ["/accounts/{accountID}/orders/{orderSpecifier}/cancel", cancel],
      ["/accounts/{accountID}/trades/{tradeSpecifier}/close", part],
      ["/accounts/{accountID}/trades/{tradeSpecifier}/close", gone],
      ["/accounts/{accountID}/positions/{instrument}/close", position],
      ["/accounts/{accountID}/positions/{instrument}/close", flat],
    ] as const) {
      const { status, json } = answer;
      expect(differencesFromSpec({ method: "PUT", path, status }, json)).toEqual([]);
    }
  });
});
