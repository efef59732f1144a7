import { expect, it } from "vitest";
import { networkFailure } from "../../src/resilience/network-errors.ts";
import { Stopped, TransportFailure } from "../../src/resilience/transport.ts";

const CONTEXT = {
  host: "api.example.com",
  method: "POST",
  timeoutMs: 1000,
  connectTimeoutMs: 500,
  clean: (text: string) => text.replaceAll("hush", "***"),
};

function withCode(code: string): Error {
  return Object.assign(new Error(`failed: ${code}`), { code });
}

it.each([
  ["EHOSTUNREACH", "There is no way to api.example.com from here"],
  ["ETIMEDOUT", "There is no way to api.example.com from here"],
  ["EAI_AGAIN", "can't be resolved"],
  ["CERT_HAS_EXPIRED", "has expired"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "isn't signed by anyone"],
  ["HPE_INVALID_VERSION", "isn't HTTP"],
  ["HPE_HEADER_OVERFLOW", "headers"],
  ["E_SOMETHING_ELSE", "failed: E_SOMETHING_ELSE"],
])("NW-02 %s is explained, and that nothing was sent", (code, words) => {
  const failure = networkFailure(new TransportFailure(false, withCode(code)), CONTEXT);
  expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
  expect(failure.message).toContain(words);
  expect(failure.message).toContain("Nothing was sent.");
  expect(failure.hint).not.toBe("");
});

it.each([
  ["an error of any kind", new Error("hush")],
  ["something that is no error", "hush"],
])("%s counts as sent, and its words are cleaned", (_what, thrown) => {
  const failure = networkFailure(thrown, CONTEXT);
  expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true, retryable: false });
  expect(failure.message).toContain("***");
  expect(String(failure.cause)).not.toContain("hush");
});

it.each([
  ["total-timeout", "TIMEOUT", true],
  ["connect-timeout", "TIMEOUT", true],
  ["interrupted", "TIMEOUT", true],
  ["truncated", "BROKER_UNAVAILABLE", true],
  ["stray-answer", "BROKER_UNAVAILABLE", true],
  ["body-too-large", "BROKER_UNAVAILABLE", false],
] as const)(
  "%s of a request that never left is %s, worth another try: %s",
  (reason, ...expected) => {
    const [code, retryable] = expected;
    const failure = networkFailure(new TransportFailure(false, new Stopped(reason)), CONTEXT);
    expect(failure).toMatchObject({ code, retryable, sent: false, details: { reason } });
  },
);
