import { describe, expect, it } from "vitest";
import { decimal, sumOf } from "../../src/core/money.ts";
import { changeExits } from "../../src/trading/change-exits.ts";
import { changeOrder } from "../../src/trading/change-order.ts";
import { closeCosts, closePosition, findTarget } from "../../src/trading/close-position.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { type PaperDesk, paperDesk } from "./paper-desk.ts";
import { aDesk, aDraft, exit, sending, units } from "./test-desk.ts";

const DRY = { ...sending(), isDryRun: true };
const KEEP = { takeProfit: "keep", trailingStop: "keep", isStopGuaranteed: false } as const;

async function costsOf(changes: Partial<OrderDraft>) {
  const draft = aDraft({ size: units("10000"), ...changes });
  const { costs } = (await placeOrder(aDesk(), draft, DRY)).report;
  if (!costs) throw new Error("a dry run states its costs");
  const { lossAtStop, spread, commission, marginTaken, marginAvailableAfter } = costs;
  return {
    ...{ spread, loss: lossAtStop, commission },
    left: `${decimal(marginTaken).plus(decimal(marginAvailableAfter))}`,
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

/** Buys units of EUR_USD at the market, oldest first; the clock stands still unless the test moves it. */
async function holding(...sizes: readonly string[]): Promise<PaperDesk> {
  const desk = paperDesk();
  for (const size of sizes) {
    await placeOrder(desk, aDraft({ size: units(size), stopLoss: exit("50p") }), sending());
  }
  return desk;
}

describe("on paper, what was stated before is what happens at the same prices", () => {
  it.each(["all", "half", "one trade"])("of a close of %s", async (what) => {
    const desk = await holding("6000", "4001");
    desk.clock.advance(600_000);
    const [first] = (await desk.exchange.state()).trades;
    const target = await findTarget(desk, what === "one trade" ? (first?.id ?? "") : "EUR_USD");
    const portion =
      what === "half"
        ? ({ kind: "percent", percent: decimal("50") } as const)
        : ({ kind: "all" } as const);
    const { costs: dry } = await closePosition(desk, target, { ...DRY, portion });
    const asked = await closeCosts(desk, target, portion);
    const before = (await desk.exchange.state()).account;
    const done = await closePosition(desk, target, { ...sending(), portion });
    const after = (await desk.exchange.state()).account;
    const realized = sumOf(done.fills.map((fill) => decimal(fill.realizedPl)));
    expect(dry).toMatchObject({
      realizedPl: `${realized}`,
      commission: "0",
      financingPerDay: "0",
      lossAtStop: null,
      marginTaken: "0",
      marginFreed: `${before.marginUsed.minus(after.marginUsed)}`,
    });
    const margin = decimal(dry?.marginAvailableAfter ?? "").minus(after.marginAvailable);
    expect(`${margin}`).toBe("0");
    expect(asked).toEqual({ costs: expect.anything(), currency: "USD" });
  });

  it("of exits: the loss at the new stop beside the old one's, a gain where it keeps one", async () => {
    const desk = await holding("10000");
    const [trade] = (await desk.exchange.state()).trades;
    if (!trade) throw new Error("the order opens a trade");
    const { costs: near } = await changeExits(desk, trade, {
      ...DRY,
      choices: { ...KEEP, stopLoss: exit("20p") },
    });
    expect([near?.lossAtStop, near?.before?.lossAtStop]).toEqual(["20", "50"]);
    const { costs: none } = await changeExits(desk, trade, {
      ...DRY,
      choices: { ...KEEP, stopLoss: "remove" },
    });
    expect([none?.lossAtStop, none?.before?.lossAtStop]).toEqual([null, "50"]);
  });

  it("of an order's new size: its margin and worst case beside what they were", async () => {
    const desk = paperDesk();
    const { quotes } = await desk.exchange.quotes(["EUR_USD"]);
    const price = quotes[0]?.bid.minus(decimal("0.02"));
    if (!price) throw new Error("the venue has a price");
    const terms = { type: "limit", price, timeInForce: "GTC", expiresAt: null } as never;
    const draft = aDraft({ terms, size: units("1000"), stopLoss: exit("20p") });
    const placed = (await placeOrder(desk, draft, sending())).report;
    const change = { ...KEEP, stopLoss: "keep", price: null, waiting: null } as const;
    const id = placed.orderId ?? "";
    const { report } = await changeOrder(
      desk,
      { id, change: { ...change, units: decimal("3000") } },
      DRY,
    );
    const { costs } = report;
    expect([costs?.lossAtStop, costs?.before?.lossAtStop]).toEqual(["6", "2"]);
    const [now, was] = [costs?.marginTaken, costs?.before?.marginTaken].map((text) =>
      decimal(text ?? "0"),
    );
    expect(`${now}`).toBe(`${was?.times(decimal("3"))}`);
  });
});
