import { describe, expect, it, onTestFinished } from "vitest";
import { decimal, toPrice } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import type { AccountState } from "../../../src/ports/broker.ts";
import { failureOf } from "../../resilience/loopback.ts";
import {
  cancelOrder,
  changeOrder,
  clearOrder,
  closeOrder,
  entryOrder,
  entryTerms,
  exitsChange,
  marketOrder,
} from "../../support/clear-order.ts";
import { openPractice } from "./practice.ts";

const STALL_LIMIT_MS = 300;
const PRICE = toPrice(decimal("0.80000"));
const STOP = { kind: "price", price: toPrice(decimal("0.70000")) } as const;

/** One kind of request: how it is made of what is there, and by what its effect is seen. */
type Kind = {
  readonly name: string;
  readonly path: RegExp;
  readonly make: (state: AccountState) => OrderRequest;
  readonly isDone: (state: AccountState, request: OrderRequest) => boolean;
  readonly status: string;
};

const KINDS: readonly Kind[] = [
  {
    name: "submit",
    path: /\/orders$/,
    make: () => marketOrder(),
    isDone: ({ trades }) => trades.length === 2,
    status: "filled",
  },
  {
    name: "submit of an order that waits",
    path: /\/orders$/,
    make: () => entryOrder({ price: PRICE }),
    isDone: ({ pendingOrders }, { clientOrderId }) =>
      pendingOrders.some((order) => order.clientOrderId === clientOrderId),
    status: "pending",
  },
  {
    name: "amend",
    path: /\/orders\/\d+$/,
    make: ({ pendingOrders: [order] }) => ({
      ...changeOrder(entryTerms({ price: PRICE })),
      orderId: order?.orderId ?? "",
    }),
    isDone: ({ pendingOrders: [order] }) => order?.price?.equals(PRICE) ?? false,
    status: "pending",
  },
  {
    name: "cancel",
    path: /\/cancel$/,
    make: ({ pendingOrders: [order] }) => cancelOrder({ orderId: order?.orderId ?? "" }),
    isDone: ({ pendingOrders }) => pendingOrders.length === 0,
    status: "done",
  },
  {
    name: "change of exits",
    path: /\/orders$/,
    make: ({ trades: [trade] }) =>
      exitsChange({ tradeId: trade?.id ?? "", stopLoss: { set: STOP } }),
    isDone: ({ trades: [trade] }) => trade?.stopLoss?.equals(STOP.price) ?? false,
    status: "done",
  },
  {
    name: "close",
    path: /\/close$/,
    make: () => closeOrder({ isWhole: true }),
    isDone: ({ trades }) => trades.length === 0,
    status: "filled",
  },
  {
    name: "trade close",
    path: /\/close$/,
    make: ({ trades: [trade] }) => closeOrder({ tradeId: trade?.id ?? "", isWhole: true }),
    isDone: ({ trades }) => trades.length === 0,
    status: "filled",
  },
];

const FAULTS = [
  ["NW-03", "lost-response"],
  ["NW-03", "reset"],
  ["NW-04", "stall"],
  ["HT-01", "malformed"],
  ["HT-07", "http-500"],
  ["HT-07", "http-html-502"],
] as const;

describe.each(["node", "undici"] as const)("over the %s transport", (transport) => {
  /** An account with one open trade and one waiting order. */
  const open = async () => {
    const practice = await openPractice(transport, STALL_LIMIT_MS);
    onTestFinished(practice.close);
    const { broker } = practice;
    const place = (request: OrderRequest) =>
      broker.place(clearOrder(request), { signal: new AbortController().signal });
    await place(marketOrder());
    await place(entryOrder({ price: toPrice(decimal("0.90000")) }));
    return { ...practice, place };
  };

  describe.each(KINDS)("a $name", ({ path, make, isDone, status }) => {
    it.each(FAULTS)(
      "%s hit by %s is told by the log, and never carried out twice",
      async (_case, kind) => {
        const { server, broker, place } = await open();
        const before = await broker.state();
        const since = before.account.lastTransactionId;
        const request = make(before);
        for (const method of ["POST", "PUT"]) server.faultNext(kind, { path, method });
        const failure = await failureOf(place(request));
        expect(failure.sent).toBe(true);

        const after = await broker.state();
        const outcome = await broker.outcomeOf(request, since);
        if (isDone(after, request)) expect(outcome).toMatchObject({ status });
        else expect(outcome).toBeNull();
        const log = await broker.transactionsSince(since);
        expect(log.filter(({ type }) => type === "fill").length).toBeLessThanOrEqual(1);
        expect(log.filter(({ type }) => type === "order").length).toBeLessThanOrEqual(1);
        if (kind === "lost-response") expect(outcome).not.toBeNull();
      },
    );

    it("HT-06 that is turned away by 429 did nothing", async () => {
      const { server, broker, place } = await open();
      const before = await broker.state();
      const request = make(before);
      for (const method of ["POST", "PUT"]) server.faultNext("http-429", { path, method });
      expect(await failureOf(place(request))).toMatchObject({ code: "RATE_LIMITED", sent: false });
      expect(isDone(await broker.state(), request)).toBe(false);
    });
  });

  it.each(["amend", "change of exits"])(
    "NW-03 a read before an %s that is cut sends nothing",
    async (name) => {
      const { server, broker, place } = await open();
      const before = await broker.state();
      const kind = KINDS.find((each) => each.name === name);
      if (!kind) throw new Error(`no ${name}`);
      server.faultNext("reset", { method: "GET", path: /\/(orders|trades)\/\d+$/ });
      const failure = await failureOf(place(kind.make(before)));
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: true });
      expect((await broker.state()).account.lastTransactionId).toBe(
        before.account.lastTransactionId,
      );
    },
  );
});
