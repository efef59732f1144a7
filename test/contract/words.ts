import { expect } from "vitest";
import type { OrderType, TimeInForce } from "../../src/core/order.ts";
import type { EntryType, OrderRequest } from "../../src/core/order-request.ts";
import { addMs } from "../../src/core/time.ts";
import { expectNotDone, units } from "./answers.ts";
import { always, type Case, given, takes } from "./case.ts";
import { distance, market, points } from "./market.ts";
import {
  cancelRequest,
  changeRequest,
  entryRequest,
  exitsRequest,
  marketRequest,
} from "./requests.ts";
import { newest, open, send } from "./steps.ts";
import type { BrokerUnderTest } from "./subject.ts";

/** That a request is refused with UNSUPPORTED, and nothing sent, exactly where it isn't claimed. */
async function expectHonest(
  subject: BrokerUnderTest,
  isClaimed: boolean,
  request: OrderRequest,
): Promise<void> {
  const since = await newest(subject);
  const answer = await send(subject, request).catch((reason: unknown) => reason);
  const unsupported = { name: "Failure", code: "UNSUPPORTED", sent: false };
  if (isClaimed) return expect(answer).not.toMatchObject({ code: "UNSUPPORTED" });
  expect(answer).toMatchObject(unsupported);
  expect(await newest(subject)).toBe(since);
}

const ENTRY_TYPES = ["limit", "stop", "mit"] as const satisfies readonly EntryType[];
const WAITS = ["GTC", "GTD", "DAY", "FOK", "IOC"] as const satisfies readonly TimeInForce[];
const ALL_TYPES: readonly OrderType[] = [
  "market",
  "limit",
  "stop",
  "mit",
  "stop_loss",
  "take_profit",
  "trailing_stop",
  "guaranteed_stop_loss",
];

/** What an adapter says it can do, and what it does when asked for the rest. */
export const capabilityCases: readonly Case[] = [
  always("claims market orders, and only order types that there are", async ({ connection }) => {
    const { orderTypes } = connection.capabilities;
    expect(orderTypes).toContain("market");
    expect(orderTypes.filter((type) => !ALL_TYPES.includes(type))).toEqual([]);
    expect(new Set(orderTypes).size).toBe(orderTypes.length);
  }),
  always("claims limits that can be kept", async ({ connection }) => {
    const { requestsPerSecond, arrivalGraceMs } = connection.capabilities;
    expect(requestsPerSecond ?? 1).toBeGreaterThan(0);
    expect(arrivalGraceMs).toBeGreaterThanOrEqual(0);
  }),
  ...ENTRY_TYPES.map((type) =>
    always(`is honest about ${type} orders`, async (subject) => {
      const isClaimed = subject.connection.capabilities.orderTypes.includes(type);
      await expectHonest(subject, isClaimed, await entryRequest(subject, { type }));
    }),
  ),
  ...WAITS.map((timeInForce) =>
    given([takes("limit")], `is honest about entries that are ${timeInForce}`, async (subject) => {
      const isClaimed = subject.connection.capabilities.timesInForce.includes(timeInForce);
      const { time } = await subject.broker.quotes([subject.instrument]);
      const expiresAt = timeInForce === "GTD" ? addMs(time, 3_600_000) : null;
      const request = await entryRequest(subject, { timeInForce, expiresAt });
      await expectHonest(subject, isClaimed, request);
    }),
  ),
  always("is honest about an attached stop-loss", async (subject) => {
    const isClaimed = subject.connection.capabilities.attachedExits.includes("stop_loss");
    const away = distance(500, await market(subject));
    const stopLoss = { kind: "distance", distance: away } as const;
    await expectHonest(subject, isClaimed, marketRequest(subject, { stopLoss }));
  }),
  always("is honest about an attached take-profit", async (subject) => {
    const isClaimed = subject.connection.capabilities.attachedExits.includes("take_profit");
    const now = await market(subject);
    const takeProfit = points(now.bid, 500, now);
    await expectHonest(subject, isClaimed, marketRequest(subject, { takeProfit }));
  }),
  always("is honest about an attached trailing stop", async (subject) => {
    const isClaimed = subject.connection.capabilities.attachedExits.includes("trailing_stop");
    const trailingStop = distance(500, await market(subject));
    await expectHonest(subject, isClaimed, marketRequest(subject, { trailingStop }));
  }),
  always(
    "is honest about guaranteed stops: without them, none is opened unguarded",
    async (subject) => {
      const { guaranteedStops } = (await subject.broker.state()).account;
      const away = distance(500, await market(subject));
      const stopLoss = { kind: "distance", distance: away, isGuaranteed: true } as const;
      const request = marketRequest(subject, { stopLoss });
      if (guaranteedStops === "disabled") {
        await expectNotDone(send(subject, request));
        expect((await subject.broker.state()).trades).toEqual([]);
        return;
      }
      expect(await send(subject, request)).toMatchObject({ status: "filled" });
      expect((await subject.broker.state()).trades).toMatchObject([{ isStopGuaranteed: true }]);
    },
  ),
  always("is honest about changing the exits of a trade", async (subject) => {
    const { orderChanges } = subject.connection.capabilities;
    const trade = await open(subject);
    const stopLoss = {
      set: { kind: "distance", distance: distance(500, await market(subject)) },
    } as const;
    await expectHonest(subject, orderChanges, exitsRequest(subject, trade, { stopLoss }));
  }),
  given([takes("limit")], "is honest about changing a waiting order", async (subject) => {
    const { orderChanges } = subject.connection.capabilities;
    await send(subject, await entryRequest(subject));
    const [order] = (await subject.broker.state()).pendingOrders;
    if (!order) throw new Error("nothing waits");
    await expectHonest(
      subject,
      orderChanges,
      changeRequest(subject, order, { units: units("1100") }),
    );
  }),
  always("takes a cancellation wherever anything can wait", async (subject) => {
    const { orderTypes, attachedExits } = subject.connection.capabilities;
    const canWait = orderTypes.some((type) => type !== "market") || attachedExits.length > 0;
    const nothing = { orderId: "999999", side: "buy", units: units("1000") } as const;
    await expectHonest(subject, canWait, cancelRequest(subject, nothing));
  }),
  always("is honest about price bounds", async (subject) => {
    const now = await market(subject);
    const request = marketRequest(subject, { priceBound: points(now.ask, 500, now) });
    await expectHonest(subject, subject.connection.capabilities.priceBound, request);
  }),
  always("is honest about reduce-only orders", async (subject) => {
    await open(subject);
    const request = marketRequest(subject, { side: "sell", reduceOnly: true });
    await expectHonest(subject, subject.connection.capabilities.reduceOnly, request);
  }),
  always("is honest about price streams", async ({ connection, broker, instrument }) => {
    const controller = new AbortController();
    const [event] = await firstOf(() =>
      broker.streamQuotes([instrument], { signal: controller.signal }),
    );
    controller.abort();
    expectClaim(connection.capabilities.priceStream, event);
  }),
  always("is honest about transaction streams", async ({ connection, broker }) => {
    const controller = new AbortController();
    const [event] = await firstOf(() => broker.streamTransactions({ signal: controller.signal }));
    controller.abort();
    expectClaim(connection.capabilities.transactionStream, event);
  }),
];

function expectClaim(isClaimed: boolean, event: unknown): void {
  if (isClaimed) expect(event).not.toBeInstanceOf(Error);
  else expect(event).toMatchObject({ name: "Failure", code: "UNSUPPORTED", sent: false });
}

/** The first event of a stream, or why it has none. */
async function firstOf<T>(open: () => AsyncIterable<T>): Promise<readonly unknown[]> {
  try {
    for await (const event of open()) return [event];
    return [];
  } catch (reason) {
    return [reason];
  }
}
