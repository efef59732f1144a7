import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { ExitsChange } from "../../../src/core/order-request.ts";
import { exitsChange } from "../../support/clear-order.ts";
import { cancelled, fillAt, lookUp, other, outcomeOf, price, size } from "./looked-up.ts";
import { A } from "./scripted-oanda.ts";

describe("HT-07 a change of exits without an answer", () => {
  const AT = { kind: "price", price: price("1.09") } as const;
  const request = (changes: Partial<ExitsChange>) =>
    exitsChange({ tradeId: "7", units: size, ...changes });
  const BOTH = request({ stopLoss: { set: AT }, takeProfit: { set: price("1.2") } });
  const exit = (type: string, rest: object) => ({ type, tradeID: "7", requestID: "r1", ...rest });
  const stop = exit("STOP_LOSS_ORDER", { price: "1.0900", reason: "CLIENT_ORDER" });
  const target = exit("TAKE_PROFIT_ORDER", { price: "1.20", reason: "REPLACEMENT" });

  it("is done when one request made all of it", async () => {
    expect(await outcomeOf(BOTH, [other, stop, target])).toEqual({
      status: "done",
      orderId: "103",
      transactionId: "103",
    });
  });

  it.each<[string, ExitsChange, readonly object[]]>([
    ["made by two requests", BOTH, [stop, { ...target, requestID: "r2" }]],
    ["half of it", BOTH, [stop]],
    ["of another trade", BOTH, [stop, target].map((each) => ({ ...each, tradeID: "8" }))],
    ["at another price", BOTH, [{ ...stop, price: "1.08" }, target]],
    ["more than it", request({ stopLoss: { set: AT } }), [stop, target]],
    [
      "a guaranteed stop",
      request({ stopLoss: { set: AT } }),
      [{ ...stop, type: "GUARANTEED_STOP_LOSS_ORDER" }],
    ],
    [
      "a stop guaranteed the older way",
      request({ stopLoss: { set: AT } }),
      [{ ...stop, guaranteed: true }],
    ],
    [
      "a stop at a distance, of which only the price is told",
      request({ stopLoss: { set: { kind: "distance", distance: decimal("0.01") } } }),
      [stop],
    ],
  ])("never arrived where the log shows %s", async (_what, asked, log) => {
    expect(await outcomeOf(asked, log)).toBeNull();
  });

  it.each<[string, Partial<ExitsChange>, object]>([
    [
      "a stop at a distance",
      { stopLoss: { set: { kind: "distance", distance: decimal("0.01") } } },
      { ...stop, distance: "0.0100" },
    ],
    [
      "a guaranteed stop",
      { stopLoss: { set: { ...AT, isGuaranteed: true } } },
      { ...stop, type: "GUARANTEED_STOP_LOSS_ORDER" },
    ],
    [
      "a trailing stop",
      { trailingStop: { set: decimal("0.01") } },
      exit("TRAILING_STOP_LOSS_ORDER", { distance: "0.010" }),
    ],
  ])(
    "is done where the log shows %s as asked for, in a batch without a request's id",
    async (_what, changes, made) => {
      const entry = { ...made, requestID: undefined, batchID: "101" };
      expect(await outcomeOf(request(changes), [entry])).toMatchObject({
        status: "done",
        orderId: "101",
      });
    },
  );

  it("that closed the trade at once is filled", async () => {
    const fill = fillAt("103", "102", {
      requestID: "r1",
      tradesClosed: [{ tradeID: "7" }],
      tradeOpened: null,
      tradeReduced: null,
    });
    expect(await outcomeOf(BOTH, [stop, target, fill])).toMatchObject({
      status: "filled",
      orderId: "102",
      closedTradeIds: ["7"],
    });
  });

  it("whose exits fired later is done all the same", async () => {
    const fill = fillAt("103", "102", { requestID: undefined, tradesClosed: [{ tradeID: "7" }] });
    expect(await outcomeOf(BOTH, [stop, target, fill])).toMatchObject({ status: "done" });
  });

  it("that was dropped at once is a no", async () => {
    const drop = { ...cancelled("102", "LOSING_TAKE_PROFIT"), requestID: "r1" };
    expect(await outcomeOf(BOTH, [stop, target, drop])).toMatchObject({ status: "cancelled" });
  });

  it("that was refused is a no", async () => {
    const reject = {
      ...stop,
      type: "STOP_LOSS_ORDER_REJECT",
      rejectReason: "STOP_LOSS_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD",
    };
    expect(await outcomeOf(BOTH, [reject])).toMatchObject({
      status: "rejected",
      transactionId: "101",
      rejection: { code: "COMPLIANCE_FIFO" },
    });
    expect(await outcomeOf(BOTH, [{ ...reject, price: "1.08" }])).toBeNull();
    const later = [stop, target].map((each) => ({ ...each, requestID: "r2" }));
    expect(await outcomeOf(BOTH, [reject, ...later])).toMatchObject({ status: "done" });
  });

  it("came too late where the trade was closed before", async () => {
    const fill = fillAt("101", "50", { tradesClosed: [{ tradeID: "7" }] });
    expect(await outcomeOf(BOTH, [fill])).toMatchObject({
      status: "rejected",
      transactionId: "101",
      rejection: { code: "POSITION_NOT_FOUND" },
    });
  });

  describe("that removes", () => {
    const order = (id: string, type: string, tradeID = "7") => ({
      id,
      type,
      tradeID,
      state: "CANCELLED",
      createTime: "1.5",
    });
    const NONE = request({ stopLoss: "remove", takeProfit: "remove" });
    const gone = [
      { ...cancelled("60", "CLIENT_REQUEST"), requestID: "r1" },
      { ...cancelled("61", "CLIENT_REQUEST"), requestID: "r1" },
    ];
    const exits = [order("60", "STOP_LOSS"), order("61", "TAKE_PROFIT")];

    it("is known by the orders that were cancelled", async () => {
      const { outcome, seen } = await lookUp(NONE, gone, exits);
      expect(await outcome).toEqual({ status: "done", orderId: null, transactionId: "102" });
      expect(seen.map(({ path }) => path)).toContain(`${A}/orders?state=ALL&count=500&ids=60,61`);
    });

    it.each<[string, readonly object[], readonly object[]]>([
      ["another trade's", gone, [order("60", "STOP_LOSS", "8"), order("61", "TAKE_PROFIT", "8")]],
      ["of another kind", gone, [order("60", "TRAILING_STOP_LOSS"), order("61", "TAKE_PROFIT")]],
      ["unknown to the broker by now", gone, []],
      [
        "cancelled by two requests",
        gone.map((each, index) => ({ ...each, requestID: `r${index}` })),
        exits,
      ],
      [
        "cancelled for another reason",
        gone.map((each) => ({ ...each, reason: "LINKED_TRADE_CLOSED" })),
        exits,
      ],
      ["set anew", [...gone, stop], exits],
    ])("never arrived where the orders are %s", async (_what, log, orders) => {
      expect(await outcomeOf(NONE, log, orders)).toBeNull();
    });

    it("and was refused is a no", async () => {
      const reject = {
        type: "ORDER_CANCEL_REJECT",
        orderID: "60",
        rejectReason: "GUARANTEED_STOP_LOSS_ORDER_NOT_CANCELABLE",
      };
      const orders = [order("60", "GUARANTEED_STOP_LOSS")];
      expect(await outcomeOf(NONE, [reject], orders)).toMatchObject({ status: "rejected" });
    });
  });
});
