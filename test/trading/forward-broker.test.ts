import { describe, expect, it } from "vitest";
import type { Broker } from "../../src/ports/broker.ts";
import { forwardBroker } from "../../src/trading/forward-broker.ts";
import { NOON } from "../support/market.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

describe("a broker that is wrapped", () => {
  it("has what only some brokers have, where it has it", async () => {
    const bare = new ScriptedBroker();
    const asked: (readonly string[])[] = [];
    const broker: Broker = Object.assign(bare, {
      dayOpenings: async (names: readonly string[]) => {
        asked.push(names);
        return new Map();
      },
    });
    const wrapped = forwardBroker(broker);
    // null is the answer of a broker that could be asked.
    expect(await wrapped.stockStanding?.(NOON)).toBeNull();
    expect(await wrapped.dayOpenings?.(["EUR_USD"])).toEqual(new Map());
    expect(asked).toEqual([["EUR_USD"]]);
  });

  it("hasn't what its broker hasn't", () => {
    expect(forwardBroker(new ScriptedBroker()).dayOpenings).toBeUndefined();
  });
});
