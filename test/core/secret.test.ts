import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { redact, Secret } from "../../src/core/secret.ts";

const TOKEN = "canary-4f2a-token";

describe("a secret", () => {
  const secret = new Secret(TOKEN);

  it.each([
    ["a template", () => `${secret}`],
    ["String()", () => String(secret)],
    ["adding to text", () => `token: ${secret}`],
    ["JSON", () => JSON.stringify({ secret, list: [secret] })],
    ["util.inspect", () => inspect(secret, { depth: 9, showHidden: true })],
    [
      "util.inspect of a holder",
      () => inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
    ],
    ["an error's message", () => inspect(new Error(`refused ${secret}`))],
    [
      "an error's cause",
      () => inspect(new Error("refused", { cause: secret }), { showHidden: true }),
    ],
    ["its keys", () => JSON.stringify([Object.entries(secret), { ...secret }])],
    ["a copy", () => inspect(structuredClone({ secret }))],
  ])("CR-07 doesn't show in %s", (_, show) => {
    expect(show()).not.toContain("canary");
  });

  it("is given to the code that sends it", () => {
    expect(secret.reveal()).toBe(TOKEN);
    expect(`${secret}`).toBe("***");
  });
});

describe("redacting", () => {
  it("CR-07 takes every occurrence out of text that came from elsewhere", () => {
    const echoed = `Authorization: Bearer ${TOKEN}; again ${TOKEN}`;
    expect(redact(echoed, [new Secret(TOKEN)])).toBe("Authorization: Bearer ***; again ***");
  });

  it("CR-07 leaves nothing of a secret that begins with another one", () => {
    const secrets = [new Secret("key"), new Secret("key-with-more")];
    expect(redact("sent key-with-more and key", secrets)).toBe("sent *** and ***");
  });

  it("an empty secret changes nothing", () => {
    expect(redact("as it was", [new Secret("")])).toBe("as it was");
    expect(redact("as it was", [])).toBe("as it was");
  });
});
