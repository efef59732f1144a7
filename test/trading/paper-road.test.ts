import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal } from "../../src/core/money.ts";
import type { Broker } from "../../src/ports/broker.ts";
import { allTargets, closePosition, findTarget } from "../../src/trading/close-position.ts";
import type { Desk } from "../../src/trading/desk.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { type Fate, paperDesk, SAFE } from "./paper-desk.ts";
import { aDraft, exit, sending, units } from "./test-desk.ts";

const RUN_MS = 30_000;

async function fillsOf(
  desk: { readonly exchange: Broker },
  clientOrderId: string,
): Promise<number> {
  const log = await desk.exchange.transactionsSince("0");
  return log.filter((entry) => entry.type === "fill" && entry.clientOrderId === clientOrderId)
    .length;
}

describe("the road of an order, on paper", () => {
  it("buys, shows the position with its stop, and closes it", async () => {
    const desk = paperDesk();
    const draft = aDraft({
      stopLoss: exit("20p"),
      takeProfit: exit("40p"),
      clientOrderId: "mine-1",
    });
    const { report } = await placeOrder(desk, draft, sending());
    expect(report).toMatchObject({ status: "filled", filledUnits: "1000", slippagePips: "0" });
    const target = await findTarget(desk, "EUR_USD");
    expect(target.position.units.toString()).toBe("1000");
    const [trade] = target.position.trades;
    expect(trade?.stopLoss?.toFixed(5)).toBe(report.stopLoss?.price);
    expect(trade?.takeProfit?.toFixed(5)).toBe(report.takeProfit?.price);
    expect(trade?.clientOrderId).toBe("mine-1");
    const closed = await closePosition(desk, target, { ...sending(), portion: { kind: "all" } });
    expect(closed).toMatchObject({ status: "filled", filledUnits: "1000", tradeIds: [trade?.id] });
    expect(await allTargets(desk)).toEqual([]);
  });

  it("NW-03 an order executed without an answer is found in the log and not sent again", async () => {
    const desk = paperDesk({ fate: () => "lost-after" });
    const { report } = await placeOrder(desk, aDraft({ clientOrderId: "mine-1" }), sending());
    expect(report).toMatchObject({ status: "filled", error: null });
    expect(await fillsOf(desk, "mine-1")).toBe(1);
  });

  it("NW-03 a close executed without an answer is found as well", async () => {
    let fate: Fate = "fine";
    const desk = paperDesk({ fate: () => fate });
    await placeOrder(desk, aDraft(), sending());
    const target = await findTarget(desk, "EUR_USD");
    fate = "lost-after";
    const part = { kind: "units", units: decimal("400") } as const;
    const report = await closePosition(desk, target, { ...sending(), portion: part });
    expect(report).toMatchObject({ status: "filled", filledUnits: "400" });
    expect((await findTarget(desk, "EUR_USD")).position.units.toString()).toBe("600");
  });

  it("NW-03 an order that was lost before the broker is known as never reached at the next look", async () => {
    let fate: Fate = "lost-before";
    const desk = paperDesk({ fate: () => fate });
    const { report } = await placeOrder(desk, aDraft({ clientOrderId: "mine-1" }), sending());
    expect(report.status).toBe("unknown");
    fate = "fine";
    expect((await placeOrder(desk, aDraft(), sending())).report.status).toBe("filled");
    expect(await fillsOf(desk, "mine-1")).toBe(0);
    expect(await desk.journal.unsettled("paper", "001")).toEqual([]);
  });

  it("BR-07 an order beyond the margin is blocked before it leaves", async () => {
    const desk = paperDesk();
    const enough = decimal("1000000000");
    const limits = { ...desk.policy.limits, maxNotional: enough, maxUnits: enough };
    const bold: Desk = { ...desk, policy: { ...desk.policy, limits } };
    const { report } = await placeOrder(bold, aDraft({ size: units("50000000") }), sending());
    expect(report).toMatchObject({ status: "rejected", error: { code: "COMPLIANCE_LEVERAGE" } });
    expect(await desk.exchange.transactionsSince("100")).toEqual([]);
  });
});

describe("whatever happens on the way", () => {
  const fates = fc.constantFrom<Fate>(
    "fine",
    "unsent",
    "lost-before",
    "lost-after",
    "crash-before",
    "crash-after",
  );
  const step = fc.record({
    fate: fates,
    side: fc.constantFrom("buy", "sell"),
    size: fc.integer({ min: 1, max: 5000 }),
    isRepeated: fc.boolean(),
  } as const);

  it(
    "for all runs, P1 P2 PR-01 no order is executed twice, none is forgotten, and every report is true",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          let fate: Fate = "fine";
          // Every step is a process of its own; the one that crashed has died.
          let die: () => void = SAFE.die;
          const wire = { fate: () => fate, die: () => die() };
          const desk = { ...paperDesk(wire), isOwnerAlive: () => false };
          const attempt = async (id: string, { side, size }: (typeof steps)[number]) => {
            const draft = aDraft({ clientOrderId: id, side, size: units(String(size)) });
            const { promise: death, resolve } = Promise.withResolvers<void>();
            die = resolve;
            await Promise.race([placeOrder(desk, draft, sending()), death]);
          };
          for (const [index, each] of steps.entries()) {
            fate = each.fate;
            await attempt(`run-${index}`, each);
            if (each.isRepeated) await attempt(`run-${index}`, each);
          }
          expect((await settleIntents(desk)).open).toEqual([]);
          expect(await desk.journal.unsettled("paper", "001")).toEqual([]);
          await expectTruth(desk, steps.length);
        }),
        { numRuns: 25 },
      );
    },
    RUN_MS,
  );
});

/** Every intent's stored report says what the venue's own log says. */
async function expectTruth(desk: ReturnType<typeof paperDesk>, count: number): Promise<void> {
  let net = decimal("0");
  for (let index = 0; index < count; index += 1) {
    const id = `run-${index}`;
    const fills = await fillsOf(desk, id);
    expect(fills).toBeLessThanOrEqual(1);
    const key = { connection: "paper", account: "001", clientOrderId: id };
    const intent = await desk.journal.find(key);
    const report = Object(intent?.result) as OrderReport;
    expect(report.status === "filled").toBe(fills === 1);
    if (fills === 0) continue;
    const filled = decimal(report.filledUnits);
    net = report.side === "buy" ? net.plus(filled) : net.minus(filled);
  }
  const targets = await allTargets(desk);
  const [held] = targets.map(({ position }) =>
    position.direction === "long" ? position.units : position.units.negated(),
  );
  expect((held ?? decimal("0")).equals(net)).toBe(true);
}
