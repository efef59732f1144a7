import { expect, it } from "vitest";
import { orderCosts } from "../../src/trading/order-costs.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { aDesk, aDraft, exit, sending, units } from "./test-desk.ts";

async function costsOf(changes: Partial<OrderDraft>) {
  const draft = aDraft({ size: units("10000"), ...changes });
  const { preview } = await placeOrder(aDesk(), draft, { ...sending(), isDryRun: true });
  const { lossAtStop, spread, commission, marginTaken, marginAvailableAfter } = orderCosts(preview);
  return {
    ...{ spread: `${spread}`, loss: lossAtStop && `${lossAtStop}`, commission },
    left: `${marginTaken.plus(marginAvailableAfter)}`,
  };
}

it("states what a new order costs: its spread, and the loss at the nearer of its stops", async () => {
  const known = { spread: "1", commission: null, left: "10000" };
  expect(await costsOf({})).toEqual({ ...known, loss: null });
  expect(await costsOf({ stopLoss: exit("20p") })).toEqual({ ...known, loss: "20" });
  expect(await costsOf({ trailingStop: exit("30p") })).toMatchObject({ loss: "30" });
  for (const side of ["buy", "sell"] as const) {
    const [wide, near] = [exit("30p"), exit("20p")];
    const stops = { side, stopLoss: wide, trailingStop: near };
    expect(await costsOf(stops), side).toMatchObject({ loss: "20" });
    const others = { side, stopLoss: near, trailingStop: wide };
    expect(await costsOf(others), side).toMatchObject({ loss: "20" });
  }
});
