import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../src/core/money.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { readTwin } from "../../src/trading/read-twin.ts";
import { unsent } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, sending, type TestDesk, units } from "./test-desk.ts";

const limit = (price: string) =>
  ({
    type: "limit",
    price: toPrice(decimal(price)),
    timeInForce: "GTC",
    expiresAt: null,
  }) as const;

/** The twin that is found when `second` is about to be sent. */
async function twinOf(desk: TestDesk, second: Partial<OrderDraft>) {
  let found: string | null = null;
  const confirm = async ({ built }: { built: { order: Parameters<typeof readTwin>[1] } }) => {
    found = (await readTwin(desk, built.order))?.intent.clientOrderId ?? null;
    return false;
  };
  await placeOrder(desk, aDraft(second), { ...sending(), isDryRun: false, confirm });
  return found;
}

async function sentBefore(first: Partial<OrderDraft>, waitMs = 1_000): Promise<TestDesk> {
  const desk = aDesk();
  await placeOrder(desk, aDraft({ clientOrderId: "first", ...first }), sending());
  desk.clock.advance(waitMs);
  return desk;
}

describe("the same order again", () => {
  it.each<[string, Partial<OrderDraft>, Partial<OrderDraft>]>([
    ["market order", {}, {}],
    ["market order with another stop", {}, { stopLoss: exit("20p") }],
    ["limit order", { terms: limit("1.08") }, { terms: limit("1.0800") }],
  ])("(CI-18) a %s is found while the window lasts", async (_, first, second) => {
    expect(await twinOf(await sentBefore(first), second)).toBe("first");
  });

  it("(CI-18) is found up to the end of the window, and not after it", async () => {
    expect(await twinOf(await sentBefore({}, 10_000), {})).toBe("first");
    expect(await twinOf(await sentBefore({}, 10_001), {})).toBeNull();
  });

  it.each<[string, Partial<OrderDraft>, Partial<OrderDraft>]>([
    ["side", {}, { side: "sell" }],
    ["size", {}, { size: units("1001") }],
    ["type", {}, { terms: limit("1.08") }],
    ["price", { terms: limit("1.08") }, { terms: limit("1.0801") }],
  ])("(CI-18) of another %s is another order", async (_, first, second) => {
    expect(await twinOf(await sentBefore(first), second)).toBeNull();
  });

  it("(CI-18) is the first one where the earlier provably never left", async () => {
    const desk = aDesk();
    const { place } = desk.broker.script;
    desk.broker.script.place = async () => {
      throw unsent();
    };
    await placeOrder(desk, aDraft({ clientOrderId: "first" }), sending());
    desk.broker.script.place = place;
    expect(await twinOf(desk, {})).toBeNull();
  });
});
