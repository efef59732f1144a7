import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { review } from "../../src/compliance/review.ts";
import type { ClearedOrder } from "../../src/core/order-request.ts";
import type { Broker } from "../../src/ports/broker.ts";
import { circumstances } from "../compliance/circumstances.ts";
import { marketOrder } from "../support/clear-order.ts";

/** P4: no rule is skipped, because there is no other way to an adapter. `tsc` reads the first test, too. */
describe("the one road to a broker", () => {
  it("P4 takes nothing that wasn't reviewed: it doesn't compile", () => {
    const asked = marketOrder();
    // @ts-expect-error A request as it was asked for is not a cleared one.
    const skipped: ClearedOrder = asked;
    // @ts-expect-error Nor is one that is spelled out.
    const forged: ClearedOrder = { ...asked, cleared: true };
    type Accepted = Parameters<Broker["place"]>[0];
    // @ts-expect-error Adapters take what is cleared, and nothing else.
    const accepted: Accepted = asked;
    const verdict = review(circumstances({ request: asked }), "v");
    const cleared: ClearedOrder | null = verdict.cleared;
    expect([skipped, accepted]).toEqual([asked, asked]);
    expect(forged).not.toBe(asked);
    expect(cleared).toBe(asked);
  });

  it.each([
    ["makes a cleared request", /\bas Cleared\b/, ["src/compliance/review.ts"]],
    ["puts the gate before a broker", /\bas GatedBroker\b/, ["src/trading/gated-broker.ts"]],
    ["sends", /\bsendOrder\((context|\{)/, ["src/trading/carry-out.ts"]],
    [
      "gives a request to a broker, but for what passes it on and the gate",
      /\.place\(/,
      ["forward-broker", "gated-broker", "send-order"].map((name) => `src/trading/${name}.ts`),
    ],
  ])("P4 only one file %s", (_, pattern, expected) => {
    const files = globSync("src/**/*.{ts,tsx}").filter((file) =>
      pattern.test(readFileSync(file, "utf8").replace(/export async function.*/g, "")),
    );
    expect(files.toSorted()).toEqual(expected);
  });
});
