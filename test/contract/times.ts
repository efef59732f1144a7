import { expect } from "vitest";
import type { TimeInForce } from "../../src/core/order.ts";
import { addMs, type Instant, msBetween } from "../../src/core/time.ts";
import { nextRollover } from "../../src/core/trading-day.ts";
import { expectNotDone, expectRefusal, filled, pending, required, units } from "./answers.ts";
import { type Case, given, LIMITED, MOVES, takes, waits } from "./case.ts";
import { market, points, timeOf, venueOf } from "./market.ts";
import { entryRequest } from "./requests.ts";
import { send, wait } from "./steps.ts";
import type { BrokerUnderTest } from "./subject.ts";

const HOUR_MS = 3_600_000;

/** How long an entry order waits. */
export const timeCases: readonly Case[] = [
  given(
    [takes("limit"), waits("GTC"), MOVES],
    "keeps a GTC order over the end of the trading day",
    async (subject) => {
      const { orderId } = await wait(subject);
      await venueOf(subject).pass(26 * HOUR_MS);
      expect((await subject.broker.order(orderId))?.state).toBe("pending");
    },
  ),
  given([takes("limit"), waits("GTD")], "tells when a GTD order expires", async (subject) => {
    const expiresAt = addMs(await timeOf(subject), 2 * HOUR_MS);
    const order = await wait(subject, { timeInForce: "GTD", expiresAt });
    expect(order.timeInForce).toBe("GTD");
    expect(order.expiresAt).toBe(expiresAt);
  }),
  given(
    [takes("limit"), waits("GTD"), MOVES],
    "ends a GTD order at its time, and not before",
    async (subject) => {
      const expiresAt = addMs(await timeOf(subject), 2 * HOUR_MS);
      const { orderId } = await wait(subject, { timeInForce: "GTD", expiresAt });
      await venueOf(subject).pass(HOUR_MS);
      expect((await subject.broker.order(orderId))?.state).toBe("pending");
      await venueOf(subject).pass(HOUR_MS);
      await expectExpiry(subject, orderId, expiresAt);
    },
  ),
  given(
    [takes("limit"), waits("DAY"), MOVES],
    "ends a DAY order at 17:00 New York",
    async (subject) => {
      const dayEnd = nextRollover(await timeOf(subject));
      const { orderId, timeInForce } = await wait(subject, { timeInForce: "DAY" });
      expect(timeInForce).toBe("DAY");
      await venueOf(subject).pass(msBetween(await timeOf(subject), dayEnd) - HOUR_MS);
      expect((await subject.broker.order(orderId))?.state).toBe("pending");
      await venueOf(subject).pass(2 * HOUR_MS);
      await expectExpiry(subject, orderId, dayEnd);
    },
  ),
  given([takes("limit"), waits("GTD")], "refuses an expiry that is over", async (subject) => {
    const expiresAt = addMs(await timeOf(subject), -HOUR_MS);
    await expectNotDone(
      send(subject, await entryRequest(subject, { timeInForce: "GTD", expiresAt })),
    );
    expect((await subject.broker.state()).pendingOrders).toEqual([]);
  }),
  ...(["FOK", "IOC"] as const satisfies readonly TimeInForce[]).flatMap((timeInForce) => [
    given(
      [takes("limit"), waits(timeInForce)],
      `doesn't let a ${timeInForce} limit wait`,
      async (subject) => {
        const request = await entryRequest(subject, { timeInForce });
        const outcome = expectRefusal(await send(subject, request));
        expect(outcome.status).toBe("cancelled");
        expect((await subject.broker.state()).pendingOrders).toEqual([]);
      },
    ),
    given(
      [takes("limit"), waits(timeInForce)],
      `fills a ${timeInForce} limit where the market already is`,
      async (subject) => {
        const now = await market(subject);
        const price = points(now.ask, 100, now);
        const outcome = filled(
          await send(subject, await entryRequest(subject, { timeInForce, price })),
        );
        expect(outcome.status).toBe("filled");
      },
    ),
  ]),
  given(
    [takes("limit"), waits("IOC"), LIMITED],
    "fills what is on offer of an IOC limit, and no more",
    async (subject) => {
      const now = await market(subject);
      const request = await entryRequest(subject, {
        timeInForce: "IOC",
        price: points(now.ask, 100, now),
        units: units(required(subject.unfillableUnits)),
      });
      expect(filled(await send(subject, request)).status).toBe("partially_filled");
      expect((await subject.broker.state()).pendingOrders).toEqual([]);
    },
  ),
  given(
    [takes("limit"), waits("FOK"), LIMITED],
    "fills nothing of a FOK limit that is more than what is on offer",
    async (subject) => {
      const now = await market(subject);
      const request = await entryRequest(subject, {
        timeInForce: "FOK",
        price: points(now.ask, 100, now),
        units: units(required(subject.unfillableUnits)),
      });
      const { rejection } = expectRefusal(await send(subject, request));
      expect(rejection.code).toBe("INSUFFICIENT_LIQUIDITY");
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  given(
    [takes("stop"), waits("GTD"), MOVES],
    "ends a stop order at its time too",
    async (subject) => {
      const expiresAt = addMs(await timeOf(subject), HOUR_MS);
      const order = await wait(subject, { type: "stop", timeInForce: "GTD", expiresAt });
      await venueOf(subject).pass(2 * HOUR_MS);
      await expectExpiry(subject, order.orderId, expiresAt);
    },
  ),
  given(
    [takes("mit"), waits("DAY"), MOVES],
    "ends an if-touched order at its time too",
    async (subject) => {
      const dayEnd = nextRollover(await timeOf(subject));
      const outcome = await send(
        subject,
        await entryRequest(subject, { type: "mit", timeInForce: "DAY" }),
      );
      await venueOf(subject).pass(24 * HOUR_MS);
      await expectExpiry(subject, pending(outcome).orderId, dayEnd);
    },
  ),
];

async function expectExpiry(subject: BrokerUnderTest, orderId: string, at: Instant): Promise<void> {
  const { broker } = subject;
  const order = required(await broker.order(orderId));
  expect(order.state).toBe("cancelled");
  const before = `${BigInt(required(order.endedBy)) - 1n}`;
  const [end] = await broker.transactionsSince(before);
  expect(end).toMatchObject({ id: order.endedBy, type: "cancel", orderId, time: at });
  expect((await broker.state()).pendingOrders).toEqual([]);
}
