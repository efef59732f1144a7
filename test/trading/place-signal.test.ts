import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Desk } from "../../src/trading/desk.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { placeSignal } from "../../src/trading/place-signal.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { NO_ORIGIN } from "../support/clear-order.ts";
import { lost, rejected, unsent } from "../support/scripted-broker.ts";
import { type Fate, paperDesk } from "./paper-desk.ts";
import { aDesk, aDraft, exit, failureOf, sending, units } from "./test-desk.ts";

const SIGNAL = { ...NO_ORIGIN, signalId: "s-1" };

function place(desk: Desk, changes: Partial<OrderDraft> = {}) {
  return placeSignal(desk, aDraft({ origin: SIGNAL, ...changes }), sending());
}

describe("a signal", () => {
  it("that made an order answers with that order's outcome, and makes no other", async () => {
    const desk = aDesk();
    const first = await place(desk);
    const second = await place(desk);
    expect([first.isKnown, second.isKnown]).toEqual([false, true]);
    expect(second.report).toEqual(first.report);
    expect(desk.broker.placed.length).toBe(1);
  });

  it("makes one order of each account", async () => {
    const desk = aDesk();
    const other = { ...desk, account: { ...desk.account, id: "002" } };
    await place(desk);
    expect((await place(other)).isKnown).toBe(false);
    const [one, two] = desk.broker.placed.map(({ clientOrderId }) => clientOrderId);
    expect(one).not.toBe(two);
  });

  it("that the broker refused repeats the broker's answer", async () => {
    const desk = aDesk();
    desk.broker.script.place = async () => rejected("MARKET_CLOSED", "MARKET_HALTED");
    await place(desk);
    const { report, isKnown } = await place(desk);
    expect([report.error?.brokerCode, isKnown]).toEqual(["MARKET_HALTED", true]);
    expect(desk.broker.placed.length).toBe(1);
  });

  it("that was blocked made no order, and may be tried again", async () => {
    const desk = aDesk();
    await desk.halts.halt(null, { since: desk.clock.now(), reason: "news" });
    expect((await place(desk)).report.error?.code).toBe("TRADING_HALTED");
    await desk.halts.resume(null);
    expect((await place(desk)).report.status).toBe("filled");
  });

  it("whose order provably never left may be tried again, under another client id", async () => {
    const desk = aDesk();
    desk.broker.script.place = async () => {
      throw unsent();
    };
    const first = await place(desk);
    expect(first.report.error?.code).toBe("BROKER_UNAVAILABLE");
    desk.broker.script.place = async (order) => desk.broker.fillOf(order);
    const second = await place(desk);
    expect([second.report.status, second.isKnown]).toEqual(["filled", false]);
    expect(second.report.clientOrderId).toBe(`${first.report.clientOrderId}-2`);
    expect((await place(desk)).isKnown).toBe(true);
  });

  it("NW-03 whose order's fate is unknown is settled first, and never sent again", async () => {
    const desk = aDesk({ capabilities: { ...aDesk().capabilities, arrivalGraceMs: 3_600_000 } });
    const { broker } = desk;
    broker.script.place = async () => {
      throw lost();
    };
    expect((await place(desk)).report.status).toBe("unknown");
    const again = await place(desk);
    expect([again.report.status, again.report.error?.code, again.isKnown]).toEqual([
      ...["unknown", "OUTCOME_UNKNOWN", true],
    ]);
    broker.script.outcomeOf = async (request) => broker.fillOf(request);
    expect(await place(desk)).toMatchObject({ report: { status: "filled" }, isKnown: true });
    expect(broker.placed.length).toBe(1);
  });

  it.each([
    [{ size: units("2000") }, "units was 1000 and is now 2000"],
    [{ side: "sell" as const }, "side was buy and is now sell"],
    [{ stopLoss: exit("20p") }, "stopLoss was not given and is now 20p"],
    [{ origin: { ...SIGNAL, agent: "other" } }, "agent was not given and is now other"],
    [{ instrument: "GBP_USD" }, "instrument was EUR_USD and is now GBP_USD"],
    [{ reduceOnly: true }, "reduceOnly was not given and is now yes"],
  ])(
    "that asks for another order is refused, saying the difference",
    async (changes, difference) => {
      const desk = aDesk();
      await place(desk);
      const failure = await failureOf(() => place(desk, changes));
      expect([failure.code, failure.message]).toEqual([
        "USAGE",
        expect.stringContaining(difference),
      ]);
      expect(desk.broker.placed.length).toBe(1);
    },
  );

  it("is the same order however size and instrument are written", async () => {
    const desk = aDesk();
    await place(desk);
    const again = await place(desk, { instrument: "eur/usd", size: units("1000.0") });
    expect(again.isKnown).toBe(true);
  });

  it("makes one order whatever road it takes: the journal itself refuses a second", async () => {
    const desk = aDesk();
    const draft = (clientOrderId: string) => aDraft({ origin: SIGNAL, clientOrderId });
    await placeOrder(desk, draft("mine-1"), sending());
    const { report } = await placeOrder(desk, draft("mine-2"), sending());
    expect(report.error).toMatchObject({ code: "DUPLICATE_CLIENT_ORDER_ID" });
    expect(report.error?.message).toContain("The signal s-1 has made the order mine-1");
    expect(await place(desk)).toMatchObject({ isKnown: true, report: { clientOrderId: "mine-1" } });
    expect(desk.broker.placed.length).toBe(1);
  });

  it("PR-05 that several send at once makes one order, and all hear of it", async () => {
    const desk = aDesk();
    // Who waits for another's outcome looks again as often as it takes.
    desk.clock.sleep = () => new Promise((resolve) => setImmediate(resolve));
    const all = await Promise.all(Array.from({ length: 10 }, () => place(desk)));
    expect(desk.broker.placed.length).toBe(1);
    expect(all.filter(({ isKnown }) => !isKnown).length).toBe(1);
    expect(new Set(all.map(({ report }) => report.orderId))).toEqual(new Set(["101"]));
  });

  it("PR-01 makes at most one fill, and one in the end, for all accidents on its way", async () => {
    const fates = fc.array(
      fc.constantFrom<Fate>(
        "fine",
        "unsent",
        "lost-before",
        "lost-after",
        "crash-before",
        "crash-after",
      ),
      { maxLength: 6 },
    );
    let list: readonly Fate[] = [];
    let turn = 0;
    let isAlive = true;
    let die: () => void = () => undefined;
    const desk = {
      ...paperDesk({ fate: () => list[turn] ?? "fine", die: () => die() }),
      isOwnerAlive: () => isAlive,
    };
    const fillsSince = async (id: string) =>
      (await desk.exchange.transactionsSince(id)).filter(({ type }) => type === "fill").length;
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fates, async (given) => {
        list = given;
        runs += 1;
        await desk.clock.sleep(60_000);
        const { lastTransactionId } = (await desk.exchange.state()).account;
        const origin = { ...NO_ORIGIN, signalId: `run-${runs}` };
        for (turn = 0; turn <= list.length; turn += 1) {
          const death = new Promise<void>((resolve) => {
            die = resolve;
          });
          isAlive = true;
          await Promise.race([place(desk, { origin }), death]);
          isAlive = false;
          await settleIntents(desk);
          expect(await fillsSince(lastTransactionId)).toBeLessThanOrEqual(1);
        }
        isAlive = true;
        expect((await place(desk, { origin })).report.status).toBe("filled");
        expect(await fillsSince(lastTransactionId)).toBe(1);
      }),
      { numRuns: 30 },
    );
  });
});
