import { expect, it } from "vitest";
import {
  type Current,
  closeRequest,
  expectSame,
  filled,
  marketRequest,
  place,
  placeUntilRefused,
  send,
  units,
} from "./broker-steps.ts";

export function proofCases(current: Current): void {
  it("proves a fill from the log, with the same outcome that place gave", async () => {
    const { broker } = current();
    const since = (await broker.state()).account.lastTransactionId;
    const request = await marketRequest(current(), { units: units("1200") });
    const outcome = await send(current(), request);
    expectSame(await broker.outcomeOf(request, since), outcome);
    const { lastTransactionId } = (await broker.state()).account;
    expect(await broker.outcomeOf(request, lastTransactionId)).toBeNull();
  });

  it("proves a refusal from the log, with the same outcome that place gave", async () => {
    const { request, outcome, since } = await placeUntilRefused(current());
    expectSame(await current().broker.outcomeOf(request, since), outcome);
  });

  it.each([
    ["a part of a trade", true, false],
    ["a whole trade", true, true],
    ["a part of a position", false, false],
    ["a whole position", false, true],
  ])("proves the close of %s from the log", async (_what, isByTrade, isWhole) => {
    const { broker } = current();
    const { openedTradeId } = filled(await place(current(), { units: units("1000") }));
    const since = (await broker.state()).account.lastTransactionId;
    const tradeId = isByTrade ? openedTradeId : null;
    const size = units(isWhole ? "1000" : "300");
    const request = await closeRequest(current(), { tradeId, units: size, isWhole });
    const outcome = await send(current(), request);
    filled(outcome);
    expectSame(await broker.outcomeOf(request, since), outcome);
  });

  it("says null for a request that never arrived", async () => {
    const { broker } = current();
    const since = (await broker.state()).account.lastTransactionId;
    const lost = await marketRequest(current(), {});
    expect(await broker.outcomeOf(lost, since)).toBeNull();
    filled(await place(current(), {}));
    expect(await broker.outcomeOf(lost, since)).toBeNull();
  });
}

export function logCases(current: Current): void {
  it("tells everything since an id, oldest first, without a gap or a repeat", async () => {
    const { broker } = current();
    const since = (await broker.state()).account.lastTransactionId;
    await place(current(), { units: units("1000") });
    await place(current(), { side: "sell", units: units("400") });
    const all = await broker.transactionsSince(since);
    expect(all.filter((entry) => entry.type === "fill")).toHaveLength(2);
    const times = all.map((entry) => entry.time);
    expect(times).toEqual(times.toSorted());
    for (const [index, entry] of all.entries()) {
      expectSame(await broker.transactionsSince(entry.id), all.slice(index + 1));
    }
    expect((await broker.state()).account.lastTransactionId).toBe(all.at(-1)?.id);
  });
}
