import { describe, expect, it } from "vitest";
import { decimal, toUnits } from "../../../src/core/money.ts";
import type { ChangeOrder, EntryTerms } from "../../../src/core/order-request.ts";
import { parseInstant } from "../../../src/core/time.ts";
import { failureOf } from "../../resilience/loopback.ts";
import {
  cancelOrder,
  changeOrder,
  entryOrder,
  entryTerms,
  exitTerms,
} from "../../support/clear-order.ts";
import { cancelled, fillAt, lookUp, other, outcomeOf, price, size } from "./looked-up.ts";
import { fixture } from "./scripted-oanda.ts";

describe("HT-07 an order that waits, without an answer", () => {
  const ENTRY = entryOrder({ clientOrderId: "tmt-20", units: size });
  const created = {
    ...(fixture("post-order-waiting").orderCreateTransaction as object),
    id: "101",
    units: "500",
  };

  it("is pending while the log shows no end of it", async () => {
    expect(await outcomeOf(ENTRY, [created, other])).toEqual({ status: "pending", orderId: "101" });
  });

  it.each<[string, readonly object[], object]>([
    [
      "filled later",
      [created, other, fillAt("103", "101", { units: "500" })],
      { status: "filled", orderId: "101" },
    ],
    [
      "expired",
      [created, cancelled("101", "TIME_IN_FORCE_EXPIRED")],
      { status: "cancelled", orderId: "101" },
    ],
    [
      "refused",
      [
        {
          ...created,
          type: "LIMIT_ORDER_REJECT",
          rejectReason: "PRICE_INVALID",
          price: "-1",
          units: "0",
        },
      ],
      { status: "rejected", rejection: { brokerCode: "PRICE_INVALID" } },
    ],
    [
      "changed by another program since, and waiting",
      [
        created,
        cancelled("101", "CLIENT_REQUEST_REPLACED", { replacedByOrderID: "103" }),
        { ...created, id: "103", reason: "REPLACEMENT", replacesOrderID: "101" },
      ],
      { status: "pending", orderId: "103" },
    ],
    [
      "changed by another program since, and filled",
      [
        created,
        cancelled("101", "CLIENT_REQUEST_REPLACED", { replacedByOrderID: "103" }),
        { ...created, id: "103", reason: "REPLACEMENT", replacesOrderID: "101" },
        fillAt("104", "103", { units: "500" }),
      ],
      { status: "filled", orderId: "103" },
    ],
  ])("was %s", async (_what, log, expected) => {
    expect(await outcomeOf(ENTRY, log)).toMatchObject(expected);
  });

  it.each<[string, object]>([
    ["another id", { ...created, clientExtensions: { id: "tmt-21" } }],
    ["another type", { ...created, type: "STOP_ORDER" }],
    [
      "its id by replacing an older order of its",
      { ...created, reason: "REPLACEMENT", replacesOrderID: "50" },
    ],
    [
      "its id by failing to replace one",
      { ...created, type: "LIMIT_ORDER_REJECT", intendedReplacesOrderID: "50" },
    ],
  ])("never arrived where the log has an order with %s", async (_what, entry) => {
    expect(await outcomeOf(ENTRY, [entry])).toBeNull();
  });
});

describe("HT-07 a change without an answer", () => {
  const terms = (changes: Partial<EntryTerms> = {}) =>
    entryTerms({
      type: "stop",
      price: price("1.121"),
      priceBound: price("1.125"),
      timeInForce: "GTD",
      expiresAt: parseInstant("2026-11-20T22:00:00.0001Z") ?? null,
      takeProfit: price("1.15"),
      stopLoss: { kind: "distance", distance: decimal("0.01") },
      ...changes,
    });
  const change = (changes: Partial<EntryTerms> = {}): ChangeOrder => ({
    ...changeOrder(terms(changes)),
    orderId: "2047",
    units: size,
  });
  const replaced = cancelled("2047", "CLIENT_REQUEST_REPLACED", { replacedByOrderID: "102" });
  const created = {
    ...(fixture("put-order-replaced").orderCreateTransaction as object),
    id: "102",
  };

  it("is proven by the order in its place, with its terms", async () => {
    const expected = { status: "pending", orderId: "102" };
    expect(await outcomeOf(change(), [replaced, created])).toEqual(expected);
  });

  it("that filled at once, or since, is filled", async () => {
    const log = [replaced, created, fillAt("103", "102", { units: "500" })];
    expect(await outcomeOf(change(), log)).toMatchObject({ status: "filled", orderId: "102" });
  });

  it("that was cancelled at once is a no", async () => {
    const log = [replaced, created, cancelled("102", "INSUFFICIENT_MARGIN")];
    expect(await outcomeOf(change(), log)).toMatchObject({ status: "cancelled", orderId: "102" });
  });

  it("that was refused is a no", async () => {
    const reject = {
      ...created,
      id: "101",
      type: "STOP_ORDER_REJECT",
      replacesOrderID: undefined,
      intendedReplacesOrderID: "2047",
      rejectReason: "PRICE_PRECISION_EXCEEDED",
    };
    expect(await outcomeOf(change(), [reject])).toMatchObject({
      status: "rejected",
      transactionId: "101",
      rejection: { brokerCode: "PRICE_PRECISION_EXCEEDED" },
    });
    // Another program's may be refused with our very terms, and ours be taken after it.
    const both = [reject, { ...replaced, replacedByOrderID: "103" }, { ...created, id: "103" }];
    expect(await outcomeOf(change(), both)).toMatchObject({ status: "pending", orderId: "103" });
  });

  it.each<[string, Partial<EntryTerms>]>([
    ["price", { price: price("1.122") }],
    ["bound", { priceBound: null }],
    ["date", { expiresAt: parseInstant("2026-11-20T22:00:01Z") ?? null }],
    ["time in force", { timeInForce: "GTC", expiresAt: null }],
    ["target", { takeProfit: null }],
    ["stop", { stopLoss: null }],
    ["stop's distance", { stopLoss: { kind: "distance", distance: decimal("0.02") } }],
    ["stop's kind", { stopLoss: { kind: "price", price: price("1.1") } }],
    [
      "guarantee",
      { stopLoss: { kind: "distance", distance: decimal("0.01"), isGuaranteed: true } },
    ],
    ["trailing stop", { trailingStop: decimal("0.02") }],
    ["effect on what is open", { reduceOnly: true }],
  ])(
    "isn't taken for another program's with another %s: ours came too late",
    async (_what, changes) => {
      expect(await outcomeOf(change(changes), [replaced, created])).toMatchObject({
        status: "rejected",
        orderId: null,
        transactionId: "101",
        rejection: {
          code: "ORDER_NOT_FOUND",
          message: expect.stringContaining("order 102 has taken its place"),
        },
      });
    },
  );

  it("isn't taken for another program's of another size", async () => {
    const request = { ...change(), units: toUnits(decimal("600")) };
    expect(await outcomeOf(request, [replaced, created])).toMatchObject({ status: "rejected" });
  });

  it.each<[string, object, string]>([
    ["was filled", fillAt("101", "2047"), "it was filled"],
    ["had expired", cancelled("2047", "TIME_IN_FORCE_EXPIRED"), "its time had run out"],
    [
      "went for a reason that is new",
      cancelled("2047", "A_NEW_REASON"),
      "its reason is A_NEW_REASON",
    ],
  ])("came too late where the order %s before", async (_what, entry, words) => {
    expect(await outcomeOf(change(), [entry])).toMatchObject({
      status: "rejected",
      transactionId: "101",
      rejection: { code: "ORDER_NOT_FOUND", message: expect.stringContaining(words) },
    });
  });

  it("that the broker refused because the order was gone is a no", async () => {
    const reject = {
      type: "ORDER_CANCEL_REJECT",
      orderID: "2047",
      rejectReason: "ORDER_DOESNT_EXIST",
    };
    expect(await outcomeOf(change(), [reject])).toMatchObject({
      status: "rejected",
      rejection: { code: "ORDER_NOT_FOUND" },
    });
  });

  it("never arrived where the log is about other orders", async () => {
    const log = [cancelled("2048", "CLIENT_REQUEST"), { ...created, replacesOrderID: "2048" }];
    expect(await outcomeOf(change(), log)).toBeNull();
  });

  it.each<[string, Parameters<typeof exitTerms>[0], object]>([
    ["a stop", { price: price("1.09") }, { type: "STOP_LOSS_ORDER", price: "1.0900" }],
    [
      "a trailing stop",
      { type: "trailing_stop", price: price("1.2"), distance: decimal("0.01") },
      { type: "TRAILING_STOP_LOSS_ORDER", distance: "0.010" },
    ],
  ])("of %s is proven by the exit in its place", async (_what, exit, made) => {
    const request = { ...changeOrder(exitTerms({ tradeId: "7", ...exit })), orderId: "2047" };
    const entry = { id: "102", tradeID: "7", replacesOrderID: "2047", timeInForce: "GTC", ...made };
    const expected = { status: "pending", orderId: "102" };
    expect(await outcomeOf(request, [replaced, entry])).toEqual(expected);
    const foreign = { ...entry, tradeID: "8" };
    expect(await outcomeOf(request, [replaced, foreign])).toMatchObject({ status: "rejected" });
  });

  it.each<[string, readonly object[]]>([
    ["is absent", [other, { id: "103", ...other }]],
    ["waits", [replaced, created, { id: "104", ...other }]],
    ["was replaced by an order that is left out", [replaced, { id: "103", ...other }]],
  ])("HT-11 that %s in a log with a gap proves nothing", async (_what, log) => {
    const { outcome } = await lookUp(change(), log);
    expect((await failureOf(outcome)).message).toContain("proves nothing");
  });
});

describe("HT-07 a cancellation without an answer", () => {
  const request = cancelOrder({ orderId: "2047" });

  it("is done when the log shows it, whoever asked for it, with or without gaps", async () => {
    const log = [other, { id: "105", ...cancelled("2047", "CLIENT_REQUEST") }];
    expect(await outcomeOf(request, log)).toEqual({
      status: "done",
      orderId: "2047",
      transactionId: "105",
    });
  });

  it.each<[string, object, string]>([
    ["BR-06 was filled", fillAt("101", "2047"), "it was filled"],
    ["had expired", cancelled("2047", "TIME_IN_FORCE_EXPIRED"), "its time had run out"],
    [
      "had been changed: the new order waits",
      cancelled("2047", "CLIENT_REQUEST_REPLACED", { replacedByOrderID: "102" }),
      "order 102 has taken its place",
    ],
  ])("came too late where the order %s", async (_what, entry, words) => {
    const outcome = await outcomeOf(request, [entry]);
    expect(outcome).toMatchObject({
      status: "rejected",
      transactionId: "101",
      rejection: { code: "ORDER_NOT_FOUND", brokerCode: "ORDER_DOESNT_EXIST" },
    });
    expect(outcome.rejection.message).toContain(words);
    expect(outcome.rejection.message).toContain("Nothing was cancelled.");
  });

  it.each([
    ["ORDER_DOESNT_EXIST", "ORDER_NOT_FOUND"],
    ["ORDER_CANCEL_WOULD_TRIGGER_CLOSEOUT", "INSUFFICIENT_MARGIN"],
  ])("refused for %s is a no", async (rejectReason, code) => {
    const reject = { type: "ORDER_CANCEL_REJECT", orderID: "2047", rejectReason };
    expect(await outcomeOf(request, [reject])).toMatchObject({
      status: "rejected",
      rejection: { code },
    });
    // Another program's was refused, and ours carried out after it.
    const both = [reject, cancelled("2047", "CLIENT_REQUEST")];
    expect(await outcomeOf(request, both)).toMatchObject({ status: "done" });
  });

  it("never arrived where the log is about other orders", async () => {
    expect(
      await outcomeOf(request, [cancelled("2048", "CLIENT_REQUEST"), fillAt("102", "3")]),
    ).toBeNull();
  });
});
