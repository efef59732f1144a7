import { describe, expect, it } from "vitest";
import { toRejection } from "../../../src/adapters/paper/errors.ts";

describe("the paper broker's no", () => {
  it.each([
    ["INSUFFICIENT_MARGIN", "INSUFFICIENT_MARGIN"],
    ["INSUFFICIENT_LIQUIDITY", "INSUFFICIENT_LIQUIDITY"],
    ["MARKET_HALTED", "MARKET_CLOSED"],
    ["FIFO_VIOLATION", "COMPLIANCE_FIFO"],
    ["CLIENT_ORDER_ID_ALREADY_EXISTS", "DUPLICATE_CLIENT_ORDER_ID"],
    ["STOP_LOSS_ON_FILL_LOSS", "ORDER_REJECTED"],
  ] as const)("for %s is %s, with what to do", (reason, code) => {
    const rejection = toRejection(reason, "cancelled");
    expect(rejection).toMatchObject({ code, brokerCode: reason });
    expect(rejection.message).toMatch(
      /^The paper broker cancelled the order: .+ Nothing was filled\.$/,
    );
    expect(rejection.message).not.toContain(reason);
    expect(rejection.hint).toMatch(/\.$/);
  });

  it("keeps the venue's word for a reason it has no words for", () => {
    const rejection = toRejection("CLIENT_TRADE_TAG_INVALID", "rejected");
    expect(rejection).toMatchObject({ code: "ORDER_REJECTED" });
    expect(rejection.message).toContain("its reason is CLIENT_TRADE_TAG_INVALID");
  });
});
