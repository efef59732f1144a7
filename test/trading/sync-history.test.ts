import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { decimal, sumOf, toUnits } from "../../src/core/money.ts";
import { addMs } from "../../src/core/time.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import type { Broker } from "../../src/ports/broker.ts";
import type { HistoryStore } from "../../src/ports/history.ts";
import { allTargets, closePosition } from "../../src/trading/close-position.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { reconcileHistory } from "../../src/trading/reconcile-history.ts";
import { type SyncOptions, syncHistory } from "../../src/trading/sync-history.ts";
import { rowsOf } from "../contract/history-store.ts";
import { aStore } from "../history/sqlite/support.ts";
import { type PaperDesk, paperDesk } from "./paper-desk.ts";
import { aDraft, exit, failureOf, sending, units } from "./test-desk.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 366 * DAY_MS;
const PAPER = { connection: "paper", account: "001" };
const RUN_MS = 60_000;

function options(changes: Partial<SyncOptions> = {}): SyncOptions {
  const { signal } = new AbortController();
  return { from: null, signal, onProgress: () => undefined, onWait: () => undefined, ...changes };
}

async function trade(desk: PaperDesk, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const draft = aDraft({
      side: index % 3 === 2 ? "sell" : "buy",
      stopLoss: exit("50p"),
      origin: { signalId: `s-${index}`, agent: "trend", comment: null },
    });
    await placeOrder(desk, draft, sending());
  }
}

/** The same broker, which gives a few transactions at a time. */
function inSmallPages(broker: Broker, size: number): Broker {
  return {
    ...broker,
    transactionsSince: async (id) => (await broker.transactionsSince(id)).slice(0, size),
    async *transactionPages(span) {
      for await (const page of broker.transactionPages(span)) {
        for (let next = 0; next < page.length; next += size) yield page.slice(next, next + size);
      }
    },
  };
}

/** A store whose process dies at the `n`th page: before it is kept, or right after. */
function dying(store: HistoryStore, n: number, moment: "before" | "after"): HistoryStore {
  let pages = 0;
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(store));
  const bound = Object.fromEntries(
    methods.map((name) => [name, Object(store)[name].bind(store)]),
  ) as unknown as HistoryStore;
  return {
    ...bound,
    keepPage: async (...given) => {
      pages += 1;
      if (pages === n && moment === "before") throw new Error("killed");
      await store.keepPage(...given);
      if (pages === n) throw new Error("killed");
    },
    // What a killed process leaves undone.
    release: async () => undefined,
  };
}

async function idsOf(store: HistoryStore): Promise<readonly string[]> {
  return (await rowsOf(store)).map(({ id }) => id);
}

function ids(log: readonly Transaction[]): readonly string[] {
  return log.map(({ id }) => id);
}

describe("reading a broker's log", () => {
  it("keeps all of it, then what is new (P3)", async () => {
    const desk = paperDesk();
    const history = await desk.history();
    await trade(desk, 3);
    const first = await syncHistory(desk, history, options());
    const log = await desk.exchange.transactionsSince("0");
    expect(await idsOf(history)).toEqual(ids(log));
    expect(first).toMatchObject({
      ...PAPER,
      read: log.length,
      through: log.at(-1)?.id,
      beginsAt: null,
    });
    expect(await syncHistory(desk, history, options())).toMatchObject({ read: 0 });
    await trade(desk, 1);
    const second = await syncHistory(desk, history, options());
    const whole = await desk.exchange.transactionsSince("0");
    expect(second.read).toBe(whole.length - log.length);
    expect(await idsOf(history)).toEqual(ids(whole));
  });

  it("measures what the account is worth each time, to the last digit", async () => {
    const desk = paperDesk();
    const history = await desk.history();
    await trade(desk, 1);
    await syncHistory(desk, history, options());
    const { account } = await desk.exchange.state();
    const span = { from: addMs(account.asOf, -DAY_MS), to: account.asOf };
    const [snapshot, ...more] = await desk.balances.lastOfDays(PAPER, span);
    expect(more).toEqual([]);
    expect(snapshot?.equity.equals(account.balance)).toBe(false);
    expect({ ...snapshot, balance: `${snapshot?.balance}`, equity: `${snapshot?.equity}` }).toEqual(
      {
        time: account.asOf,
        balance: `${account.balance}`,
        equity: `${account.equity}`,
        currency: "USD",
        through: account.lastTransactionId,
      },
    );
  });

  it("knows whose signal each fill was, closes of a trade's exit aside", async () => {
    const desk = paperDesk();
    await trade(desk, 2);
    const history = await desk.history();
    await syncHistory(desk, history, options());
    const fills = await rowsOf(history, { types: ["fill"] });
    expect(fills).toMatchObject([
      { signalId: "s-0", agent: "trend", clientOrderId: expect.stringMatching(/^tmt-/) },
      { signalId: "s-1", agent: "trend" },
    ]);
  });

  it(
    "goes on without a gap or a double wherever it was killed (P3, PR-01)",
    async () => {
      for (const moment of ["before", "after"] as const) {
        for (let page = 1; page <= 4; page += 1) {
          const desk = paperDesk();
          const history = await desk.history();
          await trade(desk, 3);
          const small = { ...desk, broker: inSmallPages(desk.broker, 4) };
          await expect(
            syncHistory(small, dying(history, page, moment), options()),
          ).rejects.toThrow();
          await trade(desk, 1);
          // The killed one still holds its claim, and isn't alive.
          const next = {
            ...small,
            actor: { ...desk.actor, process: "desk:5000:1" },
            isOwnerAlive: () => false,
          };
          await syncHistory(next, history, options());
          expect(await idsOf(history)).toEqual(ids(await desk.exchange.transactionsSince("0")));
        }
      }
    },
    RUN_MS,
  );

  it("by two at once is done by one after the other (TM-08)", async () => {
    const desk = paperDesk();
    const history = await desk.history();
    await trade(desk, 4);
    const broker = inSmallPages(desk.broker, 3);
    const one = { ...desk, broker };
    const two = {
      ...one,
      actor: { ...desk.actor, process: "desk:5000:1" },
      isOwnerAlive: () => true,
    };
    let waited = 0;
    const reports = await Promise.all([
      syncHistory(one, history, options()),
      syncHistory(two, history, options({ onWait: () => (waited += 1) })),
    ]);
    const log = await desk.exchange.transactionsSince("0");
    expect(waited).toBe(1);
    expect(reports.map(({ read }) => read)).toEqual([log.length, 0]);
    expect(await idsOf(history)).toEqual(ids(log));
  });

  it("may begin later, and earlier after all", async () => {
    const desk = paperDesk();
    const history = await desk.history();
    await trade(desk, 1);
    desk.clock.advance(HOUR_MS);
    const from = addMs(desk.clock.now(), -1);
    await trade(desk, 1);
    expect(await syncHistory(desk, history, options({ from }))).toMatchObject({ beginsAt: from });
    const log = await desk.exchange.transactionsSince("0");
    expect(await idsOf(history)).toEqual(ids(log.filter(({ time }) => time >= from)));
    expect(await syncHistory(desk, history, options())).toMatchObject({ read: 0, beginsAt: from });
    const whole = await syncHistory(desk, history, options({ from: addMs(from, -2 * HOUR_MS) }));
    expect(whole.beginsAt).toBe(addMs(from, -2 * HOUR_MS));
    expect(await idsOf(history)).toEqual(ids(log));
  });

  it("tells a log that is shorter than what is known of it, and changes nothing (BR-11)", async () => {
    const desk = paperDesk();
    const history = await desk.history();
    await trade(desk, 2);
    await syncHistory(desk, history, options());
    const before = await rowsOf(history);
    const anew = paperDesk();
    const failure = await failureOf(() =>
      syncHistory({ ...desk, broker: anew.broker }, history, options()),
    );
    expect(failure).toMatchObject({ code: "DRIFT", details: PAPER });
    expect(await rowsOf(history)).toEqual(before);
  });

  it("doesn't call a log whole that lacks what its broker has named", async () => {
    const desk = paperDesk();
    const history = await desk.history();
    await syncHistory(desk, history, options());
    await trade(desk, 1);
    const silent = { ...desk.broker, transactionsSince: async () => [] };
    const failure = await failureOf(() =>
      syncHistory({ ...desk, broker: silent }, history, options()),
    );
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", retryable: true });
  });

  it("lets go of the log when the broker fails", async () => {
    const desk = paperDesk();
    const history = await desk.history();
    const down = async () => {
      throw new Failure("BROKER_UNAVAILABLE", "down", { retryable: true });
    };
    await failureOf(() =>
      syncHistory({ ...desk, broker: { ...desk.broker, state: down } }, history, options()),
    );
    const claim = { owner: "another", isAlive: () => true };
    expect(await history.claim(PAPER, claim)).toBeNull();
  });
});

type Step =
  | {
      readonly do: "trade";
      readonly instrument: string;
      readonly side: "buy" | "sell";
      readonly units: string;
    }
  | { readonly do: "close"; readonly percent: string }
  | { readonly do: "wait"; readonly hours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("trade" as const),
    instrument: fc.constantFrom("EUR_USD", "USD_JPY", "GBP_USD"),
    side: fc.constantFrom("buy" as const, "sell" as const),
    units: fc.constantFrom("1", "999", "12345"),
  }),
  fc.record({ do: fc.constant("close" as const), percent: fc.constantFrom("33", "100") }),
  fc.record({ do: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 80 }) }),
);

async function take(desk: PaperDesk, action: Step): Promise<void> {
  if (action.do === "wait") return desk.clock.advance(action.hours * HOUR_MS);
  if (action.do === "trade") {
    const { instrument, side } = action;
    const draft = aDraft({
      instrument,
      side,
      size: units(action.units),
      stopLoss: exit("30p"),
      takeProfit: exit("30p"),
    });
    await placeOrder(desk, draft, sending());
    return;
  }
  const [target] = await allTargets(desk);
  if (!target) return;
  const portion =
    action.percent === "100"
      ? ({ kind: "all" } as const)
      : ({ kind: "percent", percent: decimal(action.percent) } as const);
  await closePosition(desk, target, { ...sending(), portion }).catch(refusedIsFine);
}

function refusedIsFine(error: unknown): void {
  if (!(error instanceof Failure)) throw error;
}

describe("the history of any session", () => {
  it(
    "sums up to the broker's balance to the last digit, and agrees with it in all it holds (P3)",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
          const desk = paperDesk();
          const history = await desk.history();
          for (const [index, action] of steps.entries()) {
            await take(desk, action);
            if (index % 4 === 0) await syncHistory(desk, history, options());
          }
          const result = await reconcileHistory(desk, history, options());
          expect(result).toMatchObject({ drift: [], isWhole: true });
          const { account } = await desk.exchange.state();
          const amounts = (await rowsOf(history)).map(({ amount }) => decimal(amount));
          expect(sumOf(amounts).toString()).toBe(account.balance.toString());
        }),
        { numRuns: Number(process.env.TMT_HISTORY_RUNS ?? 12) },
      );
    },
    RUN_MS,
  );
});

describe("a history that was cut", () => {
  it(
    "for all sessions and cuts still agrees with the broker in all that is open, and adds up",
    async () => {
      const cutAt = fc.integer({ min: 20, max: 100 }).map((percent) => percent / 100);
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 4, maxLength: 14 }),
          cutAt,
          async (steps, at) => {
            const desk = paperDesk();
            const history = await desk.history();
            for (const action of steps) await take(desk, action);
            await syncHistory(desk, history, options());
            const before = await rowsOf(history);
            const cut = before[Math.floor(at * (before.length - 1))]?.time ?? desk.clock.now();
            const { retention, audit } = aStore(desk.path);
            const [pruned] = await (await retention()).prune(cut, () => ({
              ...{ at: desk.clock.now(), kind: "history.pruned", data: {} },
            }));
            const after = await rowsOf(history);
            expect(after.length).toBe(before.length - (pruned?.transactions ?? 0));
            expect(after.filter(({ time }) => time >= cut)).toEqual(
              before.filter(({ time }) => time >= cut),
            );
            expect(await reconcileHistory(desk, history, options())).toMatchObject({
              drift: [],
              isWhole: true,
            });
            await audit.verify([audit.anchored()]);
            await take(desk, { do: "close", percent: "100" });
            expect(await reconcileHistory(desk, history, options())).toMatchObject({ drift: [] });
            await syncHistory(
              desk,
              history,
              options({ from: addMs(desk.clock.now(), -9 * YEAR_MS) }),
            );
            expect((await rowsOf(history)).slice(0, before.length)).toEqual(before);
          },
        ),
        { numRuns: Number(process.env.TMT_HISTORY_RUNS ?? 12) },
      );
    },
    RUN_MS,
  );
});

describe("a record that differs from the broker's", () => {
  it.each<[string, (transaction: Transaction) => Transaction | null, string]>([
    ["an order that waits", (one) => (one.brokerType === "STOP_LOSS_ORDER" ? null : one), "order"],
    [
      "a trade",
      (one) => ({
        ...one,
        trades: one.trades.map((part) => ({ ...part, units: toUnits(decimal("7")) })),
      }),
      "trade",
    ],
    [
      "the balance",
      (one) => (one.type === "funding" ? { ...one, balance: decimal("1") } : one),
      "balance",
    ],
  ])("is told by %s", async (_what, change, kind) => {
    const desk = paperDesk();
    const history = await desk.history();
    await trade(desk, 2);
    const wrong: Broker = {
      ...desk.broker,
      async *transactionPages(span) {
        for await (const page of desk.broker.transactionPages(span)) {
          yield page.flatMap((one) => change(one) ?? []);
        }
      },
    };
    await syncHistory({ ...desk, broker: wrong }, history, options());
    const { drift } = await reconcileHistory(desk, history, options());
    expect(drift.map((item) => item.kind)).toContain(kind);
    await syncHistory(desk, history, options({ from: addMs(desk.clock.now(), -HOUR_MS) }));
    expect((await reconcileHistory(desk, history, options())).drift).toEqual([]);
  });
});
