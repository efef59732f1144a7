import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../src/core/money.ts";
import { changeExits } from "../../src/trading/change-exits.ts";
import { closePosition, findTarget } from "../../src/trading/close-position.ts";
import type { Desk } from "../../src/trading/desk.ts";
import type { ExitChoice } from "../../src/trading/order-draft.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { LIMITS } from "../compliance/circumstances.ts";
import { anIntent } from "../history/sqlite/records.ts";
import { bareConnection } from "../history/sqlite/support.ts";
import { aTrade } from "../support/market.ts";
import { lost, unsent } from "../support/scripted-broker.ts";
import {
  aDesk,
  aDraft,
  type DeskChanges,
  exit,
  failureOf,
  sending,
  type TestDesk,
  withJournal,
} from "./test-desk.ts";

/** A desk where something happens between an order's review and its journal entry, once. */
function overtakenBy(happens: (desk: TestDesk) => unknown, changes: DeskChanges = {}): TestDesk {
  let isDone = false;
  return withJournal(
    (desk) => ({
      open: async (...given) => {
        if (!isDone) {
          isDone = true;
          await happens(desk);
        }
        return desk.journal.open(...given);
      },
    }),
    changes,
  );
}

async function order(desk: Desk) {
  return (await placeOrder(desk, aDraft({ clientOrderId: "mine-1" }), sending())).report;
}

const halt = ({ halts, clock }: TestDesk) =>
  halts.halt(null, { since: clock.now(), reason: "news" });

/** An intent of another process in EUR_USD, without an outcome. */
async function leaveUnknown({ journal, profile, account }: TestDesk, owner: string): Promise<void> {
  const place = { connection: profile.name, account: account.id, instrument: "EUR_USD" };
  await journal.open(anIntent("theirs", { ...place, owner }), []);
}

describe("between an order's review and its sending", () => {
  it("P6 a halt by another process still stops it", async () => {
    const desk = overtakenBy(halt);
    expect(await order(desk)).toMatchObject({
      status: "rejected",
      error: { code: "TRADING_HALTED" },
    });
    expect(desk.broker.placed).toEqual([]);
    expect(await desk.journal.recent("paper", "001", 1)).toEqual([]);
  });

  it("PR-05 an order that a living process makes at the same time doesn't stop it", async () => {
    const desk = overtakenBy(async (other) => {
      const { journal, profile, account, clock } = other;
      const place = { connection: profile.name, account: account.id, instrument: "EUR_USD" };
      const createdMonotonicMs = clock.monotonicMs() + 1;
      const owner = other.actor.process;
      await journal.open(anIntent("theirs", { ...place, owner, createdMonotonicMs }), []);
    });
    await desk.clock.sleep(3_600_000);
    const living = {
      ...desk,
      isOwnerAlive: () => true,
      actor: { ...desk.actor, process: "b:2:2" },
    };
    expect((await order(living)).status).toBe("filled");
  });

  it("P6 a halt doesn't stop a close", async () => {
    const desk = overtakenBy(halt);
    desk.broker.trades = [aTrade()];
    const target = await findTarget(desk, "EUR_USD");
    const { status } = await closePosition(desk, target, {
      ...sending(),
      portion: { kind: "all" },
    });
    expect([status, desk.broker.placed.length]).toEqual(["filled", 1]);
  });

  it("P5 orders at once are no more than a minute may have", async () => {
    const limits = { ...LIMITS, maxOrdersPerMinute: 3 };
    const { policy } = aDesk();
    const desk = aDesk({ policy: { ...policy, limits } });
    const orders = Array.from({ length: 10 }, () => placeOrder(desk, aDraft(), sending()));
    const codes = (await Promise.all(orders)).map(({ report }) => report.error?.code ?? "none");
    expect(codes.toSorted()).toEqual(
      [...Array(7).fill("RISK_LIMIT"), ...Array(3).fill("none")].toSorted(),
    );
    expect(desk.broker.placed).toHaveLength(3);
  });

  it.each([
    ["dead", "desk:1:1", 0],
    ["alive", "desk:4711:1", 1],
  ])("P2 an order of a process that is %s keeps it back or doesn't", async (_is, owner, placed) => {
    const desk = overtakenBy((each) => leaveUnknown(each, owner));
    if (placed === 0) {
      const failure = await failureOf(() => order(desk));
      expect(failure).toMatchObject({ code: "OUTCOME_UNKNOWN", sent: false });
      expect(failure.message).toContain("theirs");
    } else await order(desk);
    expect(desk.broker.placed).toHaveLength(placed);
  });

  it("P2 all there is can be closed although another order's fate is unknown", async () => {
    const desk = overtakenBy((each) => leaveUnknown(each, "desk:1:1"));
    desk.broker.trades = [aTrade()];
    const target = await findTarget(desk, "EUR_USD");
    const all = { ...sending(), portion: { kind: "all" } } as const;
    expect((await closePosition(desk, target, all)).status).toBe("filled");
  });
});

describe("a stop that is to be moved or taken away", () => {
  async function weakened(desk: TestDesk, stopLoss: ExitChoice) {
    const choices = {
      stopLoss,
      isStopGuaranteed: false,
      takeProfit: "keep",
      trailingStop: "keep",
    } as const;
    return changeExits(desk, { id: "7", instrument: "EUR_USD" }, { ...sending(), choices });
  }

  function overtaken(): TestDesk {
    const desk = overtakenBy((each) => leaveUnknown(each, "desk:1:1"));
    desk.broker.trades = [aTrade({ stopLoss: toPrice(decimal("1.07")) })];
    return desk;
  }

  it.each<[string, ExitChoice]>([
    ["taken away", "remove"],
    ["moved away", exit("1.06")],
  ])("P2 isn't %s when another order's fate became unknown meanwhile", async (_what, stopLoss) => {
    const desk = overtaken();
    const failure = await failureOf(() => weakened(desk, stopLoss));
    expect(failure).toMatchObject({ code: "OUTCOME_UNKNOWN", sent: false });
    expect(desk.broker.placed).toEqual([]);
  });

  it("P2 is moved nearer all the same", async () => {
    const desk = overtaken();
    expect((await weakened(desk, exit("1.075"))).status).toBe("pending");
    expect(desk.broker.placed).toHaveLength(1);
  });
});

describe("an order whose outcome couldn't be stored in a process that lives on", () => {
  it("DB-03 P2 keeps the next order of its instrument back as soon as the database is there", async () => {
    let isBusy = true;
    const desk = withJournal((each) => ({
      markUnknown: async (...given) => {
        if (!isBusy) return each.journal.markUnknown(...given);
        isBusy = false;
        const other = bareConnection(each.path);
        other.exec("BEGIN IMMEDIATE");
        const stored = each.journal.markUnknown(...given);
        await stored.catch(() => undefined);
        other.exec("COMMIT");
        return stored;
      },
    }));
    desk.broker.script.place = async () => {
      throw lost();
    };
    expect((await failureOf(() => order(desk))).code).toBe("STORAGE_BUSY");
    const next = () => placeOrder(desk, aDraft({ clientOrderId: "mine-2" }), sending());
    expect(await failureOf(next)).toMatchObject({ code: "OUTCOME_UNKNOWN", sent: false });
    expect(desk.broker.placed).toHaveLength(1);
  });

  it.each([
    [60_000, 1],
    [60_001, 0],
  ])("P2 is left to a living process for a minute: %i ms", async (ageMs, placed) => {
    const desk = aDesk({ isOwnerAlive: () => true });
    await leaveUnknown(desk, "desk:9:9");
    desk.clock.advance(ageMs);
    desk.broker.script.outcomeOf = async () => {
      throw unsent();
    };
    if (placed === 0) expect((await failureOf(() => order(desk))).code).toBe("OUTCOME_UNKNOWN");
    else await order(desk);
    expect(desk.broker.placed).toHaveLength(placed);
  });
});

describe("an order that is held up on its way out", () => {
  it.each([
    ["a process that was stopped", 5_001, 0],
    ["a closed lid, which only the wall clock tells of,", 0, 8 * 3_600_000],
    ["a wall clock that was set back", 0, -3_600_000],
  ])("P4 NW-07 by %s doesn't leave", async (_by, advanceMs, jumpMs) => {
    const desk = overtakenBy(({ clock }) => {
      clock.advance(advanceMs);
      clock.jump(jumpMs);
    });
    const { status, error } = await order(desk);
    expect({ status, code: error?.code }).toEqual({ status: "rejected", code: "TIMEOUT" });
    expect(error?.message).toContain("Nothing was sent.");
    expect(desk.broker.placed).toEqual([]);
    expect(await desk.journal.unsettled("paper", "001")).toEqual([]);
  });

  it("P4 for as long as is allowed still leaves", async () => {
    const desk = overtakenBy(({ clock }) => clock.advance(5_000));
    expect((await order(desk)).status).toBe("filled");
  });
});
