import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isUrgent,
  type Notice,
  type NoticeKind,
  noticeOf,
  noticeText,
} from "../../src/core/notice.ts";
import type { TransactionCause } from "../../src/core/transaction.ts";
import { anEntry } from "../support/log-entries.ts";

const textOf = (notice: Notice | null) => notice && noticeText(notice, "USD");

describe("what happened to an account, in plain words", () => {
  it.each<[TransactionCause, NoticeKind, string]>([
    [
      "stop_loss",
      "stop_loss",
      "The stop loss of trade 7 was hit: sold 1000 EUR_USD at 1.07500, -5 USD.",
    ],
    ["take_profit", "take_profit", "The take profit of trade 7 was hit: "],
    ["trailing_stop", "trailing_stop", "The trailing stop of trade 7 was hit: "],
    ["margin_closeout", "margin_closeout", "MARGIN CLOSE-OUT: the broker closed trade 7: "],
    ["entry", "order_filled", "Order 9 was filled: sold 1000 EUR_USD at 1.07500"],
    ["market", "traded_elsewhere", "Not sent from here: sold 1000 EUR_USD"],
    ["broker", "closed_by_broker", "The broker itself traded (BROKER): sold"],
  ])("a fill by %s", (cause, kind, text) => {
    const notice = noticeOf(anEntry(cause));
    expect(notice?.kind).toBe(kind);
    expect(textOf(notice)).toContain(text);
  });

  it("an order that expired, and one that the broker cancelled, with its reason", () => {
    expect(textOf(noticeOf(anEntry("expired", { type: "cancel" })))).toBe(
      "Order 9 expired unfilled.",
    );
    const why = { cause: "broker", brokerCode: "INSUFFICIENT_MARGIN", words: "too little margin" };
    const cancelled = noticeOf(anEntry("broker", { type: "cancel", why: why as never }));
    expect(textOf(cancelled)).toBe("The broker cancelled order 9: too little margin.");
  });

  it("a stop that was refused after its fill names the trade that is open without it (BR-05)", () => {
    const notice = noticeOf(anEntry("after_fill", { type: "reject", tradeId: "7" }));
    expect(notice?.kind).toBe("stop_refused");
    expect(textOf(notice)).toContain("Trade 7 is OPEN WITHOUT A STOP");
    expect(notice && isUrgent(notice)).toBe(true);
  });

  it("BR-06 what follows from another event, and what somebody asked for, is none of its own", () => {
    for (const cause of ["linked", "requested", "replaced"] as const) {
      expect(noticeOf(anEntry(cause, { type: "cancel" })), cause).toBeNull();
    }
    const { why: _, ...silent } = anEntry("market");
    expect(noticeOf(silent)).toBeNull();
  });

  it("CI-17 for all texts of a broker: one line, nothing that steers a terminal, and no more than fits", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "\u001b[2J\u0007",
        "a\r\nb",
        "\u202Egnp.exe",
        "\u2028",
        "x".repeat(10_000_000),
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, (instrument, words) => {
        const why = { cause: "broker", brokerCode: "X", words } as const;
        const notice = noticeOf(anEntry("broker", { instrument, why }));
        const text = notice ? noticeText(notice, "USD") : "";
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(text.length).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });
});
