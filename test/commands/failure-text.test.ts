import { describe, expect, it } from "vitest";
import { failureText } from "../../src/commands/failure-text.ts";
import { Failure } from "../../src/core/failures.ts";
import { decimal } from "../../src/core/money.ts";
import { Secret } from "../../src/core/secret.ts";
import { PLAIN_THEME } from "../../src/ui/output/theme.ts";

const ESCAPE = "\u001B";
const STYLE = { isJson: false, isVerbose: false, theme: PLAIN_THEME };

describe("a failure for people", () => {
  it("is what happened, what to do, and its code", () => {
    const failure = new Failure("MARKET_CLOSED", "The market is closed. Nothing was sent.", {
      hint: "Wait for Sunday.",
    });
    expect(failureText(failure, STYLE)).toBe(
      "error: The market is closed. Nothing was sent.\n  Wait for Sunday.\n  [MARKET_CLOSED]",
    );
    expect(failureText(new Failure("TIMEOUT", "No answer."), STYLE)).toBe(
      "error: No answer.\n  [TIMEOUT]",
    );
  });

  it("TY-07 has no control characters from elsewhere, and one line for its message", () => {
    const failure = new Failure("ORDER_REJECTED", `${ESCAPE}[2J${ESCAPE}[32mall\nfine\r`, {
      hint: `${ESCAPE}]0;title\u0007`,
    });
    const text = failureText(failure, STYLE);
    expect(text).not.toContain(ESCAPE);
    expect(text.split("\n")).toHaveLength(3);
  });

  it("has no stack unless asked; then with its causes", () => {
    const cause = new Error("socket hang up");
    const failure = new Failure("BROKER_UNAVAILABLE", "No connection.", { cause });
    expect(failureText(failure, STYLE)).not.toContain("failure-text.test");
    const verbose = failureText(failure, { ...STYLE, isVerbose: true });
    expect(verbose).toContain("failure-text.test");
    expect(verbose).toContain("Caused by: Error: socket hang up");
    const alone = new Failure("TIMEOUT", "No answer.", { cause: "text" });
    expect(failureText(alone, { ...STYLE, isVerbose: true })).not.toContain("Caused by");
  });
});

describe("a failure for scripts", () => {
  const asJson = (failure: Failure) => failureText(failure, { ...STYLE, isJson: true });

  it("is one line of JSON as the contract has it", () => {
    const failure = new Failure("RISK_LIMIT", "Too\nmuch.", {
      hint: "Less.",
      retryable: true,
      details: { allowed: decimal("1.50") },
    });
    const text = asJson(failure);
    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toEqual({
      error: {
        code: "RISK_LIMIT",
        message: "Too\nmuch.",
        hint: "Less.",
        retryable: true,
        details: { allowed: "1.5" },
      },
    });
  });

  it("always has the same keys", () => {
    const { error } = JSON.parse(asJson(new Failure("TIMEOUT", "No answer.")));
    expect(Object.keys(error)).toEqual(["code", "message", "hint", "retryable", "details"]);
    expect(error).toMatchObject({ hint: null, retryable: false, details: {} });
  });

  it("CR-07 P7 has no secret in it", () => {
    const failure = new Failure("CREDENTIALS_INVALID", `Refused ${new Secret("canary")}.`, {
      details: { token: new Secret("canary") },
    });
    expect(asJson(failure)).not.toContain("canary");
  });
});
