import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import type { Instrument } from "../../src/core/instrument.ts";
import { readRules } from "../../src/trading/read-rules.ts";
import { aDesk } from "./test-desk.ts";

describe("the rules of an account", () => {
  it("come with its numbers of now, reckoned with a pair that it has", async () => {
    const desk = aDesk();
    const { ruleSet, rules, figures, problem } = await readRules(desk);
    expect(problem).toBeNull();
    expect(rules.map(({ rule }) => rule)).toEqual(ruleSet.rules);
    expect(figures).toMatchObject({ currency: "USD", instrument: "EUR_USD" });
    expect(figures?.maxUnits.isPositive()).toBe(true);
  });

  it("are reckoned with another pair, or with what there is, where the usual one is missing", async () => {
    for (const isLeft of [
      ({ name }: Instrument) => name === "GBP_USD",
      ({ type }: Instrument) => type !== "forex",
    ]) {
      const desk = aDesk();
      const { broker } = desk;
      broker.listed = broker.listed.filter(isLeft);
      const [first] = broker.listed;
      if (first) broker.quote = { ...broker.quote, instrument: first.name };
      const { figures, problem } = await readRules(desk);
      expect([figures?.instrument, problem?.message]).toEqual([first?.name, undefined]);
    }
  });

  it("need no broker, only their numbers do: why there are none is told", async () => {
    const silent = aDesk();
    silent.broker.state = async () => {
      throw new Failure("BROKER_UNAVAILABLE", "no answer");
    };
    const { rules, figures, problem } = await readRules(silent);
    expect(rules.map(({ now }) => now)).toEqual(rules.map(() => null));
    expect([figures, problem?.code]).toEqual([null, "BROKER_UNAVAILABLE"]);
    const empty = aDesk();
    empty.broker.listed = [];
    expect((await readRules(empty)).problem?.code).toBe("INSTRUMENT_NOT_FOUND");
  });

  it("don't hide a defect", async () => {
    const broken = aDesk();
    broken.broker.state = async () => {
      throw new TypeError("a defect");
    };
    await expect(readRules(broken)).rejects.toThrow("a defect");
  });
});
