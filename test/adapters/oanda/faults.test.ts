import { describe, expect, it, onTestFinished } from "vitest";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { failureOf } from "../../resilience/loopback.ts";
import { clearOrder, closeOrder, marketOrder } from "../../support/clear-order.ts";
import { openPractice } from "./practice.ts";

const STALL_LIMIT_MS = 300;

describe.each(["node", "undici"] as const)("over the %s transport", (transport) => {
  const open = async () => {
    const practice = await openPractice(transport, STALL_LIMIT_MS);
    onTestFinished(practice.close);
    const { broker } = practice;
    const place = (request: OrderRequest) =>
      broker.place(clearOrder(request), { signal: new AbortController().signal });
    const fillsSince = async (id: string) =>
      (await broker.transactionsSince(id)).filter((entry) => entry.type === "fill");
    return { ...practice, place, fillsSince };
  };

  const requests: readonly [string, () => OrderRequest, string][] = [
    ["submit", () => marketOrder(), "/orders$"],
    ["trade close", () => closeOrder({ isWhole: true }), "/close$"],
  ];

  describe.each(requests)("a %s", (_what, make, path) => {
    it.each([
      ["NW-03", "lost-response"],
      ["NW-03", "reset"],
      ["NW-04", "stall"],
      ["HT-01", "malformed"],
      ["HT-07", "http-500"],
      ["HT-07", "http-html-502"],
    ] as const)("%s hit by %s is told by the log, and never filled twice", async (_case, kind) => {
      const { server, broker, place, fillsSince } = await open();
      await place(marketOrder());
      const since = (await broker.state()).account.lastTransactionId;
      const request = make();
      server.faultNext(kind, { path: new RegExp(path) });
      const failure = await failureOf(place(request));
      expect(failure.sent).toBe(true);

      const fills = await fillsSince(since);
      const outcome = await broker.outcomeOf(request, since);
      expect(fills.length).toBeLessThanOrEqual(1);
      if (fills[0]) expect(outcome).toMatchObject({ status: "filled", orderId: fills[0].orderId });
      else expect(outcome).toBeNull();
    });
  });

  it("HT-06 a submit that is turned away by 429 did nothing", async () => {
    const { server, broker, place } = await open();
    server.faultNext("http-429", { path: /\/orders$/ });
    const failure = await failureOf(place(marketOrder()));
    expect(failure).toMatchObject({ code: "RATE_LIMITED", sent: false });
    expect((await broker.state()).trades).toEqual([]);
  });
});
