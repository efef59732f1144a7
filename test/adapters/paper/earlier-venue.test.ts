import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { openPaperConnection } from "../../../src/adapters/paper/connection.ts";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import { parseInstant } from "../../../src/core/time.ts";
import type { VenueArchiveItem, VenueLogEntry } from "../../../src/ports/venue-store.ts";
import { clearOrder, closeOrder, exitsChange, marketOrder } from "../../support/clear-order.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryVenueStore } from "../../support/memory-venue-store.ts";

/** An account as 0.1.0 kept it, and what it told of it. */
type Earlier = {
  readonly shelf: {
    readonly state: string;
    readonly log: readonly VenueLogEntry[];
    readonly orders: readonly VenueArchiveItem[];
    readonly trades: readonly VenueArchiveItem[];
  };
  readonly seen: {
    readonly now: string;
    readonly state: { readonly account: object };
    readonly orders: readonly object[];
    readonly log: readonly object[];
  };
};

const FILE = new URL("../../fixtures/paper/venue-before-waiting-orders.json", import.meta.url);
const { shelf, seen }: Earlier = JSON.parse(readFileSync(FILE, "utf8"));

function openEarlier() {
  const store = new MemoryVenueStore();
  store.transact("paper-001", (records) => {
    records.saveState(shelf.state);
    records.append(shelf.log);
    records.archive([...shelf.orders, ...shelf.trades]);
  });
  const clock = new FakeClock(parseInstant(seen.now));
  const connection = openPaperConnection({ profile: { accounts: [] }, store, clock });
  return connection.broker("paper-001");
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

it("an account of before there were waiting orders is what it was", async () => {
  const broker = openEarlier();
  expect(plain(await broker.state())).toMatchObject(seen.state);
  expect(plain(await broker.orders("all"))).toMatchObject(seen.orders);
  expect(plain(await broker.transactionsSince("0"))).toMatchObject(seen.log);
});

it("an order of before is proven by its client id", async () => {
  const broker = openEarlier();
  const outcomes = [
    await broker.outcomeOf(marketOrder({ clientOrderId: "old-1" }), "0"),
    await broker.outcomeOf(closeOrder({ clientOrderId: "old-3" }), "0"),
    await broker.outcomeOf(marketOrder({ clientOrderId: "old-4" }), "0"),
    await broker.outcomeOf(marketOrder({ clientOrderId: "old-5" }), "0"),
  ];
  expect(outcomes.map((outcome) => outcome?.status ?? null)).toEqual([
    "filled",
    "filled",
    "cancelled",
    null,
  ]);
});

it("a trade of before can get new exits", async () => {
  const broker = openEarlier();
  const { trades } = await broker.state();
  const trade = trades.find(({ stopLoss }) => stopLoss !== null);
  const request = exitsChange({
    tradeId: trade?.id ?? "",
    units: toUnits(decimal("600")),
    takeProfit: { set: toPrice(decimal("2")) },
    stopLoss: "remove",
  });
  const { signal } = new AbortController();
  const outcome = await broker.place(clearOrder(request), { signal });
  expect(outcome).toMatchObject({ status: "done" });
  expect((await broker.state()).trades.find(({ id }) => id === trade?.id)).toMatchObject({
    stopLoss: null,
    takeProfit: toPrice(decimal("2")),
  });
});
