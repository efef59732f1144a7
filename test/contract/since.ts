import { expect } from "vitest";
import type { AccountState } from "../../src/ports/broker.ts";
import { expectSame, required, units } from "./answers.ts";
import { always, attaches, type Case, exitOrder, given, MOVES, takes } from "./case.ts";
import { distance, market, moveBy, moveTo, points, venueOf } from "./market.ts";
import { cancelRequest, changeRequest, exitsRequest } from "./requests.ts";
import { close, open, place, send, wait } from "./steps.ts";
import type { BrokerUnderTest } from "./subject.ts";

/** What happens between the two looks. */
type Change = (subject: BrokerUnderTest) => Promise<unknown>;

/** That an older state brought up to date is the state. */
function same(change: Change, prepare: Change = async () => undefined): Case["run"] {
  return async (subject) => {
    await prepare(subject);
    const earlier = await subject.broker.state();
    await change(subject);
    const updated = await subject.broker.stateSince(earlier);
    expectSame(timeless(updated), timeless(await subject.broker.state()));
    const again = await subject.broker.stateSince(updated);
    expectSame(timeless(again), timeless(updated));
  };
}

/** Without the moment at which it was read. */
function timeless({ account, ...rest }: AccountState) {
  const { asOf, ...known } = account;
  expect(asOf).toMatch(/\.\d{9}Z$/);
  return { account: known, ...rest };
}

const stopBelow: Change = async (subject) => {
  const now = await market(subject);
  await open(subject, { stopLoss: { kind: "price", price: points(now.bid, -200, now) } });
};

const moveStop: Change = async (subject) => {
  const now = await market(subject);
  const trade = required((await subject.broker.state()).trades[0]);
  const stopLoss = { set: { kind: "price", price: points(now.bid, -400, now) } } as const;
  await send(subject, exitsRequest(subject, trade, { stopLoss }));
};

export const sinceCases: readonly Case[] = [
  always(
    "is the state after nothing has happened",
    same(async () => undefined),
  ),
  always("is the state after a trade was opened", same(place)),
  always("is the state after a trade was added", same(place, place)),
  always(
    "is the state after a trade was reduced",
    same((subject) => close(subject, { units: units("300") }), place),
  ),
  always(
    "is the state after a position was closed",
    same((subject) => close(subject, { isWhole: true }), place),
  ),
  always(
    "is the state after a position was turned round",
    same((subject) => place(subject, { side: "sell", units: units("2500") }), place),
  ),
  given([takes("limit")], "is the state after an order was placed", same(wait)),
  given(
    [takes("limit")],
    "is the state after an order was taken back",
    same(async (subject) => {
      const order = required((await subject.broker.state()).pendingOrders[0]);
      await send(subject, cancelRequest(subject, order));
    }, wait),
  ),
  given(
    [takes("limit"), exitOrder("stop_loss")],
    "is the state after an order was changed",
    same(async (subject) => {
      const order = required((await subject.broker.state()).pendingOrders[0]);
      await send(subject, changeRequest(subject, order, { units: units("3100") }));
    }, wait),
  ),
  given([exitOrder("stop_loss")], "is the state after a stop was set", same(moveStop, place)),
  given([exitOrder("stop_loss")], "is the state after a stop was moved", same(moveStop, stopBelow)),
  given([attaches("stop_loss")], "is the state after a trade came with a stop", same(stopBelow)),
  given(
    [attaches("stop_loss"), MOVES],
    "is the state after a stop closed a trade",
    same((subject) => moveBy(subject, -300), stopBelow),
  ),
  given(
    [attaches("trailing_stop"), MOVES],
    "is the state after a trailing stop has moved",
    same(
      (subject) => moveBy(subject, 300),
      async (subject) => open(subject, { trailingStop: distance(200, await market(subject)) }),
    ),
  ),
  given(
    [takes("limit"), MOVES],
    "is the state after an order was filled by the market",
    same(async (subject) => {
      const order = required((await subject.broker.state()).pendingOrders[0]);
      await moveTo(subject, "buy", required(order.price));
    }, wait),
  ),
  given(
    [MOVES],
    "is the state after the price has moved",
    same((subject) => moveBy(subject, 80), place),
  ),
  given(
    [MOVES],
    "is the state after a night was paid for",
    same((subject) => venueOf(subject).pass(24 * 3_600_000), place),
  ),
  always(
    "is the state after much has happened",
    same(async (subject) => {
      for (let count = 0; count < 12; count += 1) {
        await place(subject, {
          side: count % 3 === 2 ? "sell" : "buy",
          units: units(`${900 + count}`),
        });
      }
    }, place),
  ),
];
