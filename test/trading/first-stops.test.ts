import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../src/core/money.ts";
import { changeOrder } from "../../src/trading/change-order.ts";
import { readFirstStops } from "../../src/trading/first-stops.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { anOrder, aTrade } from "../support/market.ts";
import { aDesk, aDraft, exit, sending, type TestDesk } from "./test-desk.ts";

const price = (text: string) => toPrice(decimal(text));
const LIMIT = {
  type: "limit",
  price: price("1.08"),
  timeInForce: "GTC",
  expiresAt: null,
} as const;

async function firstStop(desk: TestDesk, clientOrderId: string | null) {
  const stops = await readFirstStops(desk, [aTrade({ clientOrderId })]);
  return stops.get("7")?.toString();
}

async function placed(changes: Partial<OrderDraft>): Promise<TestDesk> {
  const desk = aDesk();
  await placeOrder(desk, aDraft({ clientOrderId: "mine", ...changes }), sending());
  return desk;
}

describe("the first stop of a trade", () => {
  it.each([
    ["a market order", { stopLoss: exit("20p") }, "0.002"],
    ["an order that waited", { terms: LIMIT, stopLoss: exit("30p") }, "0.003"],
    ["an order without a stop", {}, undefined],
  ])("is the journal's of %s", async (_, changes, expected) => {
    expect(await firstStop(await placed(changes), "mine")).toBe(expected);
  });

  it("isn't known of what was opened elsewhere", async () => {
    expect(await firstStop(aDesk(), "theirs")).toBeUndefined();
    expect(await firstStop(aDesk(), null)).toBeUndefined();
  });

  it("isn't known where the order may have been changed while it waited", async () => {
    const desk = await placed({ terms: LIMIT, stopLoss: exit("30p") });
    desk.broker.pendingOrders = [anOrder({ orderId: "101", clientOrderId: "mine" })];
    const change = { price: null, units: null, waiting: null, stopLoss: exit("50p") } as const;
    const rest = { isStopGuaranteed: false, takeProfit: "keep", trailingStop: "keep" } as const;
    await changeOrder(desk, { id: "101", change: { ...change, ...rest } }, sending());
    expect(await firstStop(desk, "mine")).toBeUndefined();
  });
});
