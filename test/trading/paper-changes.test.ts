import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, type Price, toPrice } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import type { OrderRequest } from "../../src/core/order-request.ts";
import { cancelOrder } from "../../src/trading/cancel-order.ts";
import { changeExits } from "../../src/trading/change-exits.ts";
import { changeOrder } from "../../src/trading/change-order.ts";
import { allTargets } from "../../src/trading/close-position.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { entriesOf } from "../../src/trading/pending-orders.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { type Fate, type PaperDesk, paperDesk, SAFE } from "./paper-desk.ts";
import { aDraft, exit, sending, units } from "./test-desk.ts";

const RUN_MS = 60_000;
const KEEP = {
  stopLoss: "keep",
  isStopGuaranteed: false,
  takeProfit: "keep",
  trailingStop: "keep",
} as const;

/** So many pips below where EUR_USD would be bought now: far enough to wait for the whole test. */
async function below({ exchange }: PaperDesk, pips: number): Promise<Price> {
  const { quotes } = await exchange.quotes(["EUR_USD"]);
  const ask = quotes[0]?.ask ?? decimal("0");
  const offset = decimal(String(pips)).times(decimal("0.0001"));
  return toPrice(ask.minus(offset).rounded(5, "half_even"));
}

async function place(desk: PaperDesk, size: number): Promise<OrderReport> {
  const terms = {
    type: "limit",
    price: await below(desk, 200),
    timeInForce: "GTC",
    expiresAt: null,
  } as const;
  const draft = aDraft({ terms, size: units(String(size)), stopLoss: exit("20p") });
  return (await placeOrder(desk, draft, sending())).report;
}

const ACTIONS = {
  place: (desk: PaperDesk, size: number) => place(desk, size),
  change: async (desk: PaperDesk, size: number) => {
    const [order] = entriesOf(await desk.exchange.state(), null);
    if (!order) return null;
    const change = { ...KEEP, price: null, waiting: null, units: decimal(String(size)) };
    return (await changeOrder(desk, { id: order.orderId, change }, sending())).report;
  },
  cancel: async (desk: PaperDesk) => {
    const state = await desk.exchange.state();
    const [order] = entriesOf(state, null);
    return order ? cancelOrder(desk, order, { ...sending(), state }) : null;
  },
  exits: async (desk: PaperDesk, size: number) => {
    const [trade] = (await desk.exchange.state()).trades;
    const choices = { ...KEEP, stopLoss: exit(`${100 + (size % 100)}p`) };
    return trade ? changeExits(desk, trade, { ...sending(), choices }) : null;
  },
} as const;
type Action = keyof typeof ACTIONS;

describe("orders that wait, changes, cancellations and exits on paper", () => {
  it("are placed, changed under the same client id, and cancelled", async () => {
    const desk = paperDesk();
    const placed = await place(desk, 500);
    const changed = await ACTIONS.change(desk, 700);
    expect(changed).toMatchObject({ status: "pending", units: "700", price: placed.price });
    const [order] = entriesOf(await desk.exchange.state(), null);
    expect(order).toMatchObject({ orderId: changed?.orderId, clientOrderId: placed.clientOrderId });
    expect(await ACTIONS.cancel(desk)).toMatchObject({ status: "cancelled", error: null });
    expect((await desk.exchange.state()).pendingOrders).toEqual([]);
  });

  it(
    "for all runs, P1 P2 PR-01 none is carried out twice or forgotten, and every report is true",
    async () => {
      const step = fc.record({
        action: fc.constantFrom<Action>("place", "change", "cancel", "exits"),
        fate: fc.constantFrom<Fate>(
          "fine",
          "unsent",
          "lost-before",
          "lost-after",
          "crash-before",
          "crash-after",
        ),
        size: fc.integer({ min: 1, max: 900 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
          let fate: Fate = "fine";
          let die: () => void = SAFE.die;
          const wire = { fate: () => fate, die: () => die() };
          const desk = { ...paperDesk(wire), isOwnerAlive: () => false };
          await placeOrder(desk, aDraft({ size: units("1000") }), sending());
          for (const { action, size, ...each } of steps) {
            const before = await stateOf(desk);
            fate = each.fate;
            const { promise: death, resolve } = Promise.withResolvers<void>();
            die = resolve;
            await Promise.race([ACTIONS[action](desk, size), death]);
            fate = "fine";
            expect((await settleIntents(desk)).open).toEqual([]);
            await expectTruth(desk, before);
          }
          expect(await desk.journal.unsettled("paper", "001")).toEqual([]);
          expect(await allTargets(desk)).toHaveLength(1);
        }),
        { numRuns: 25 },
      );
    },
    RUN_MS,
  );
});

type Before = { readonly intents: number; readonly orders: ReadonlyMap<string, Order> };

async function stateOf(desk: PaperDesk): Promise<Before> {
  const { pendingOrders } = await desk.exchange.state();
  return {
    intents: (await desk.journal.recent("paper", "001", 100)).length,
    orders: new Map(pendingOrders.map((order) => [order.orderId, order])),
  };
}

/** The newest request's stored report says what the venue shows: exactly one change, or none at all. */
async function expectTruth(desk: PaperDesk, before: Before): Promise<void> {
  const intents = await desk.journal.recent("paper", "001", 100);
  expect(intents.length - before.intents).toBeLessThanOrEqual(1);
  const { orders } = await stateOf(desk);
  const came = [...orders.keys()].filter((id) => !before.orders.has(id));
  const went = [...before.orders.keys()].filter((id) => !orders.has(id));
  const [intent] = intents;
  const report = Object(intent?.result) as OrderReport;
  const isDone = intents.length > before.intents && report.error === null;
  if (!isDone || !intent) {
    expect([came, went]).toEqual([[], []]);
    return;
  }
  expect({ kind: intent.request.kind, came, went }).toEqual(
    footprint(intent.request, report, went),
  );
}

/** What one request that was carried out leaves behind at the venue. */
function footprint({ kind, ...request }: OrderRequest, report: OrderReport, went: unknown) {
  const id = report.orderId;
  if (kind === "cancel") return { kind, came: [], went: [id] };
  if (kind === "entry") return { kind, came: [id], went: [] };
  if (kind === "change")
    return { kind, came: [id], went: ["orderId" in request && request.orderId] };
  return { kind, came: [id], went };
}
