import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ONE, toUnits, ZERO } from "../../src/core/money.ts";
import { addMs } from "../../src/core/time.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import { scanOrderLines } from "../../src/history/scan-order-lines.ts";
import { aTransaction, instant } from "../support/history-rows.ts";
import { aStore } from "./sqlite/support.ts";

const ACCOUNT = { connection: "oanda", account: "001" };
const START = instant("2026-03-02T10:00:00Z");

type Deed = {
  readonly kind: "order" | "fill" | "close" | "reduce" | "exit";
  readonly order: number;
  readonly trade: number;
  readonly signal: number | null;
};

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom("order", "fill", "close", "reduce", "exit"),
  order: fc.nat(9),
  trade: fc.nat(9),
  signal: fc.option(fc.nat(2)),
});

/** A log in which orders are placed, filled, and their trades ended, in whatever order it comes. */
function logOf(deeds: readonly Deed[]): readonly Transaction[] {
  const opened: string[] = [];
  return deeds.map((one, index) => {
    const id = `${index + 1}`;
    const known = opened[one.trade % Math.max(1, opened.length)];
    const isOpening = one.kind === "fill" || !known;
    if (one.kind !== "order" && isOpening) opened.push(id);
    return { ...headOf(one, index), ...bodyOf(one, isOpening ? id : known) };
  });
}

function headOf({ signal }: Deed, index: number): Transaction {
  return aTransaction({
    id: `${index + 1}`,
    time: addMs(START, Math.floor(index / 2) * 1000),
    signalId: signal === null ? null : `sig-${signal}`,
    clientOrderId: signal === null ? null : `tmt-${signal}`,
    orderId: `${index + 1}`,
    tradeId: null,
  });
}

const ACTIONS = { fill: "opened", close: "closed", reduce: "reduced" } as const;

function bodyOf({ kind, order }: Deed, tradeId: string): Partial<Transaction> {
  if (kind === "order") return { type: "order" };
  if (kind === "exit") return { type: "order", tradeId };
  const change = { tradeId, action: ACTIONS[kind], units: toUnits(ONE), realizedPl: ZERO };
  return { orderId: `${order + 1}`, trades: [change] };
}

describe("the way from orders to lines by reading all of them", () => {
  it("finds what the database's own way finds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { minLength: 1, maxLength: 40 }),
        fc.nat(2),
        fc.nat(9),
        async (deeds, signal, order) => {
          const store = aStore();
          const history = await store.history();
          const transactions = logOf(deeds);
          const through = transactions.at(-1)?.id ?? "1";
          const progress = { through, beginsAt: null, syncedAt: START };
          const page = { transactions, currency: "USD", after: null, progress };
          await history.keepPage(ACCOUNT, page);
          const [own, scanned] = [await store.orderLines(), scanOrderLines(history)];
          const nothing = { signalIds: [], clientOrderIds: [], orderIds: [] };
          for (const asked of [
            { signalIds: [`sig-${signal}`] },
            { clientOrderIds: [`tmt-${signal}`] },
            { orderIds: [`${order + 1}`] },
          ]) {
            for (const from of [null, addMs(START, 3000)]) {
              for (const accounts of [[], [ACCOUNT], [{ ...ACCOUNT, account: "other" }]]) {
                const ids = { ...nothing, ...asked, accounts, from };
                expect(await scanned.about(ids)).toEqual(await own.about(ids));
              }
            }
          }
          const trades = [`${order + 1}`, `${order + 5}`];
          expect(await scanned.openings(ACCOUNT, trades)).toEqual(
            await own.openings(ACCOUNT, trades),
          );
          store.close();
        },
      ),
      { numRuns: 40 },
    );
  });
});
