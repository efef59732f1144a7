import { describe, expect, it } from "vitest";
import { hintText, openingUnits } from "../../../src/compliance/check.ts";
import { closedUnits, offsetOf } from "../../../src/compliance/offset.ts";
import { decimal, sumOf } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { addMs } from "../../../src/core/time.ts";
import { closeOrder, entryOrder, exitsChange, marketOrder } from "../../support/clear-order.ts";
import { anAccount, NOON } from "../../support/market.ts";
import { HERE } from "../circumstances.ts";
import { aBook, STOP, tradeOf, units, verdictOn, wordOf } from "./book.ts";

/** T1 +10,000 at 1.1000, T2 +20,000 at 1.1050, T3 +10,000 at 1.1100; the market is at 1.1080. */
const THREE = [
  tradeOf(1, "10000"),
  tradeOf(2, "20000", { at: "1.10500" }),
  tradeOf(3, "10000", { at: "1.11000" }),
];
const sell = (size: string, changes = {}) =>
  marketOrder({ side: "sell", units: units(size), ...changes });
const close = (id: string | null, size: string, isWhole = true) =>
  closeOrder({ tradeId: id, units: units(size), isWhole });

function fifo(request: OrderRequest, trades = THREE) {
  return verdictOn("us-fifo", request, aBook({ trades }));
}

describe("first in, first out in the US", () => {
  it.each([
    { code: "F1", request: sell("10000"), closes: "1:10000", opened: "0", realised: "80.00" },
    {
      code: "F2",
      request: sell("20000"),
      closes: "1:10000 2:10000",
      opened: "0",
      realised: "110.00",
    },
    { code: "F3", request: close("2", "20000"), closes: "2:20000", opened: "0", realised: "60.00" },
    { code: "F4", request: close("1", "10000"), closes: "1:10000", opened: "0", realised: "80.00" },
    { code: "F6", request: close("2", "20000"), closes: "2:20000", opened: "0", realised: "60.00" },
    {
      code: "F7",
      request: sell("15000"),
      closes: "1:10000 2:5000",
      opened: "0",
      realised: "95.00",
    },
    {
      code: "F8",
      request: sell("40000"),
      closes: "1:10000 2:20000 3:10000",
      opened: "0",
      realised: "120.00",
    },
    {
      code: "F9",
      request: sell("50000"),
      closes: "1:10000 2:20000 3:10000",
      opened: "10000",
      realised: "120.00",
    },
  ])("$code closes what the rule closes", ({ request, closes, opened, realised }) => {
    const state = aBook({ trades: THREE }).state;
    const offset = offsetOf({ request, state });
    expect(offset.closes.map(({ trade, units: part }) => `${trade.id}:${part}`).join(" ")).toBe(
      closes,
    );
    expect(offset.opened.toString()).toBe(opened);
    const result = sumOf(
      offset.closes.map(({ trade, units: part }) =>
        decimal("1.1080").minus(trade.openPrice).times(part),
      ),
    );
    expect(result.toFixed(2)).toBe(realised);
    const said = fifo(request);
    expect(said.outcome).toBe("pass");
    if (request.kind === "market") expect(said.detail).toContain(`about +${realised} USD`);
  });

  it("F2 says what closes and what that realises", () => {
    expect(fifo(sell("20000")).detail).toBe(
      "closes all of trade 1 (10000), then 10000 of trade 2 (20000), oldest first; realises about +110.00 USD",
    );
  });

  it("F4 a close of the size takes the oldest of it, never the newer", () => {
    expect(fifo(close("1", "10000")).outcome).toBe("pass");
    expect(fifo(close("3", "10000")).outcome).toBe("block");
  });

  it("F5 a trade that isn't the oldest of its size is blocked, and the one to close is named", () => {
    const verdict = fifo(close("3", "10000"));
    expect(verdict).toMatchObject({ outcome: "block", code: "COMPLIANCE_FIFO" });
    if (verdict.outcome !== "block") throw new Error("a block was expected");
    expect(verdict.message).toContain("Trade 3 (10000 EUR_USD)");
    expect(verdict.message).toContain("trade 1");
    expect(verdict.message).toContain("NFA Compliance Rule 2-43(b)");
    expect(verdict.message).toContain("Nothing was sent.");
    expect(hintText(verdict.hint, HERE)).toContain("tmt-broker positions close 1 -c oanda -a 001.");
  });

  it("F6 a trade of its own size may go before older ones, and is told so", () => {
    expect(fifo(close("2", "20000")).detail).toContain("no older trade has its size");
  });

  it("F9 a position that flips is a warning", () => {
    const verdict = fifo(sell("50000"));
    expect(wordOf(verdict)).toBe("warn");
    expect(verdict.detail).toContain("10000 units open on the other side");
  });

  it("F10 another pair is another position", () => {
    const request = sell("10000", { instrument: "GBP_USD" });
    expect(fifo(request).outcome).toBe("not_applicable");
    expect(closedUnits(offsetOf({ request, state: aBook({ trades: THREE }).state })).isZero()).toBe(
      true,
    );
  });

  it("a part of the oldest trade may go; of a newer one the broker decides", () => {
    expect(wordOf(fifo(close("1", "4000", false)))).toBe("pass");
    const newer = fifo(close("2", "4000", false));
    expect(wordOf(newer)).toBe("warn");
    expect(newer.detail).toContain("before trade 1");
  });

  it("a part of a trade whose older twin is open is blocked", () => {
    expect(fifo(close("3", "4000", false)).outcome).toBe("block");
  });

  it("of three equal trades the very oldest is the one to close", () => {
    const equal = [tradeOf(3, "500"), tradeOf(1, "500"), tradeOf(2, "500")];
    const verdict = fifo(close("3", "500"), equal);
    expect(verdict.detail).toContain("trade 1 (500)");
    expect(fifo(close("1", "500"), equal).outcome).toBe("pass");
  });

  it("trades of one moment count by their numbers: 99 is older than 100", () => {
    const at = addMs(NOON, 5);
    const trades = [tradeOf(100, "500", { openedAt: at }), tradeOf(99, "500", { openedAt: at })];
    expect(fifo(close("100", "500"), trades).outcome).toBe("block");
    expect(fifo(close("99", "500"), trades).outcome).toBe("pass");
  });

  it("the whole position and a part of it close oldest first by themselves", () => {
    expect(fifo(close(null, "40000")).outcome).toBe("pass");
    expect(fifo(close(null, "15000", false)).detail).toContain(
      "all of trade 1 (10000), then 5000 of trade 2",
    );
  });

  it("a trade that is gone already is left to the broker", () => {
    expect(fifo(close("77", "10000")).outcome).toBe("not_applicable");
  });

  it("orders that wait, exits and the same direction close nothing now", () => {
    expect(fifo(exitsChange({ stopLoss: "remove" })).outcome).toBe("not_applicable");
    expect(fifo(marketOrder()).outcome).toBe("not_applicable");
    expect(fifo(entryOrder({ side: "sell", price: STOP.stopLoss, type: "stop" })).detail).toContain(
      "when it fills",
    );
  });
});

describe("no hedging in the US", () => {
  const hedging = { hedging: true, fifoSafeguard: false };
  const verdict = (request: OrderRequest, venue = hedging, trades = THREE) =>
    verdictOn("us-hedging", request, aBook({ trades, venue }));

  it("where the broker nets, an order against the position passes", () => {
    expect(verdict(sell("10000"), { ...hedging, hedging: false }).outcome).toBe("pass");
  });

  it("where it would open beside, it is blocked with what to do instead", () => {
    const blocked = verdict(sell("10000"));
    expect(blocked).toMatchObject({ outcome: "block", code: "COMPLIANCE_HEDGING" });
    if (blocked.outcome !== "block") throw new Error("a block was expected");
    expect(blocked.message).toContain("You are long in EUR_USD");
    expect(blocked.message).toContain("Nothing was sent.");
    expect(hintText(blocked.hint, HERE)).toContain(
      "positions close EUR_USD --units 10000 -c oanda -a 001,",
    );
  });

  it("an order that waits would hedge when it fills", () => {
    const waiting = entryOrder({ side: "sell", type: "stop", price: STOP.stopLoss });
    expect(verdict(waiting).outcome).toBe("block");
  });

  it.each([
    ["a reduce-only order", sell("10000", { reduceOnly: true }), "not_applicable"],
    ["a close", close("1", "10000"), "not_applicable"],
    ["the same direction", marketOrder(), "pass"],
    ["another pair", sell("10000", { instrument: "GBP_USD" }), "pass"],
  ])("%s is no hedge", (_, request, outcome) => {
    expect(verdict(request).outcome).toBe(outcome);
  });

  it("an account that hedges reduces nothing: all of the order is new", () => {
    const account = anAccount({ isHedging: true });
    const state = { account, trades: THREE, pendingOrders: [] };
    expect(openingUnits({ request: sell("10000"), state, quote: aBook().quote }).toString()).toBe(
      "10000",
    );
    expect(offsetOf({ request: sell("10000"), state }).closes).toEqual([]);
    expect(offsetOf({ request: close(null, "10000", false), state }).closes).toHaveLength(1);
  });

  it("what is hedged already may be closed, and not added to", () => {
    const both = [...THREE, tradeOf(4, "5000", { direction: "short" })];
    const nets = { ...hedging, hedging: false };
    expect(verdict(marketOrder(), nets, both).outcome).toBe("block");
    expect(verdict(sell("1000"), nets, both).outcome).toBe("block");
    expect(verdict(close("4", "5000"), nets, both).outcome).toBe("not_applicable");
  });
});
