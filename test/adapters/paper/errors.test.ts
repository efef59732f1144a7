import { describe, expect, it } from "vitest";
import { toRejection } from "../../../src/adapters/paper/errors.ts";
import { EXIT_WORDS, ORDER_WORDS, type Reason } from "../../../src/adapters/paper/reasons.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";

describe("the paper broker's no", () => {
  it.each([
    ["INSUFFICIENT_MARGIN", "INSUFFICIENT_MARGIN"],
    ["INSUFFICIENT_LIQUIDITY", "INSUFFICIENT_LIQUIDITY"],
    ["MARKET_HALTED", "MARKET_CLOSED"],
    ["GUARANTEED_STOP_LOSS_ORDER_HALTED_CREATE_VIOLATION", "MARKET_CLOSED"],
    ["FIFO_VIOLATION", "COMPLIANCE_FIFO"],
    ["STOP_LOSS_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD", "COMPLIANCE_FIFO"],
    ["CLIENT_ORDER_ID_ALREADY_EXISTS", "DUPLICATE_CLIENT_ORDER_ID"],
    ["ORDER_DOESNT_EXIST", "ORDER_NOT_FOUND"],
    ["TRADE_DOESNT_EXIST", "POSITION_NOT_FOUND"],
    ["CLOSEOUT_POSITION_DOESNT_EXIST", "POSITION_NOT_FOUND"],
    ["STOP_LOSS_ON_FILL_LOSS", "ORDER_REJECTED"],
  ] as const)("for %s is %s, with what to do", (reason, code) => {
    const rejection = toRejection(reason, { what: "cancelled", about: "market" });
    expect(rejection).toMatchObject({ code, brokerCode: reason });
    expect(rejection.message).toMatch(
      /^The paper broker cancelled the order: .+ Nothing was filled\.$/,
    );
    expect(rejection.message).not.toContain(reason);
    expect(rejection.hint).toMatch(/\.$/);
  });

  it.each<[OrderRequest["kind"], RegExp]>([
    ["market", /^The paper broker rejected the order: .+ Nothing was filled\.$/],
    ["entry", /^The paper broker rejected the order: .+ Nothing was filled\.$/],
    ["close", /^The paper broker rejected the close: .+ Nothing was closed\.$/],
    ["change", /^The paper broker rejected the change: .+ Nothing was changed\.$/],
    ["cancel", /^The paper broker rejected the cancellation: .+ Nothing was cancelled\.$/],
    ["exits", /^The paper broker rejected the new exits: .+ stay as they were\.$/],
  ])("to a %s says what was refused, and what it means", (about, expected) => {
    const { message } = toRejection("ORDER_DOESNT_EXIST", { what: "rejected", about });
    expect(message).toMatch(expected);
  });

  it("has plain words for every reason of the venue, which name the exit they are about", () => {
    const exits = ["TAKE_PROFIT", "STOP_LOSS", "GUARANTEED_STOP_LOSS", "TRAILING_STOP_LOSS"];
    const reasons = [
      ...Object.keys(ORDER_WORDS),
      ...Object.keys(EXIT_WORDS).flatMap((suffix) =>
        exits.flatMap((exit) => [`${exit}_ON_FILL_${suffix}`, `${exit}_ORDER_${suffix}`]),
      ),
    ];
    for (const reason of reasons as Reason[]) {
      const { message, hint } = toRejection(reason, { what: "rejected", about: "market" });
      expect(message, reason).toMatch(/^The paper broker rejected the order: [^*_]+\.$/);
      expect(message, reason).not.toContain(reason);
      expect(hint, reason).toMatch(/^[A-Z][^*]+\.$/);
    }
    const trailing = toRejection("TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MISSING", {
      what: "rejected",
      about: "market",
    });
    expect(trailing.message).toContain("the trailing stop has no distance");
  });
});
