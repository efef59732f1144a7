import { describe, expect, it } from "vitest";
import { FAILURE_CODES, Failure, usageFailure } from "../../src/core/failures.ts";

describe("a failure", () => {
  it("says by default that nothing was sent and that trying again is no use", () => {
    const failure = new Failure("MARKET_CLOSED", "The market is closed.");
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({
      name: "Failure",
      code: "MARKET_CLOSED",
      message: "The market is closed.",
      hint: null,
      retryable: false,
      sent: false,
      details: {},
    });
    expect(failure.cause).toBeUndefined();
    expect("cause" in failure).toBe(false);
  });

  it("carries what is known", () => {
    const cause = new Error("reset");
    const options = { hint: "Wait.", retryable: true, sent: true, details: { a: 1 }, cause };
    expect(new Failure("TIMEOUT", "No answer.", options)).toMatchObject(options);
  });

  it("of the command line has the code USAGE", () => {
    expect(usageFailure("Wrong.")).toMatchObject({ code: "USAGE", hint: null, sent: false });
    expect(usageFailure("Wrong.", "Right.")).toMatchObject({ code: "USAGE", hint: "Right." });
  });

  it("no code is listed twice", () => {
    expect(new Set(FAILURE_CODES).size).toBe(FAILURE_CODES.length);
  });
});
