import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure, type FailureCode } from "../../src/core/failures.ts";
import { decimal } from "../../src/core/money.ts";
import { addMs, msBetween } from "../../src/core/time.ts";
import type { Desk } from "../../src/trading/desk.ts";
import {
  lastQuotes,
  olderOf,
  readInstruments,
  readQuotes,
  readState,
} from "../../src/trading/last-answers.ts";
import { aStore, bareConnection } from "../history/sqlite/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { anAccount, aTrade, NOON } from "../support/market.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import { aDesk, failureOf } from "./test-desk.ts";

const DAY = 86_400_000;

/** A broker that can be cut off, with `code`. */
class FarBroker extends ScriptedBroker {
  failure: Failure | null = null;
  asked = 0;

  cut(code: FailureCode): void {
    this.failure = new Failure(code, "It can't be reached.");
  }

  override async instruments() {
    this.#answer();
    return super.instruments();
  }

  override async quotes(names: readonly string[]) {
    this.#answer();
    return super.quotes(names);
  }

  override async state() {
    this.#answer();
    return super.state();
  }

  #answer(): void {
    this.asked += 1;
    if (this.failure) throw this.failure;
  }
}

function aFarDesk(environment: "practice" | "paper" = "practice") {
  const broker = new FarBroker();
  const store = aStore();
  const desk = aDesk({ broker, instruments: store.instruments });
  const profile: Desk["profile"] = { ...desk.profile, name: "oanda", environment };
  return { desk: { ...desk, profile }, broker, store, answers: store.lastAnswers };
}

describe("an account that is read", () => {
  it("is the broker's while it answers", async () => {
    const { desk, answers } = aFarDesk();
    expect(await readState(desk, answers)).toMatchObject({
      value: { account: { id: "001" } },
      stale: null,
    });
  });

  it.each<FailureCode>(["BROKER_UNAVAILABLE", "CIRCUIT_OPEN", "RATE_LIMITED", "TIMEOUT"])(
    "is the last one, with its age, when the broker can't be reached: %s",
    async (code) => {
      const { desk, broker, answers } = aFarDesk();
      broker.account = anAccount({ balance: decimal("4711.50") });
      broker.trades = [aTrade({ stopLoss: null })];
      await readState(desk, answers);
      broker.cut(code);
      desk.clock.advance(192_000);
      const { value, stale } = await readState(desk, answers);
      expect(value.account.balance.toString()).toBe("4711.5");
      expect(value.trades).toHaveLength(1);
      expect(stale).toMatchObject({ asOf: NOON, ageMs: 192_000, failure: { code } });
    },
  );

  it.each<FailureCode>(["CREDENTIALS_INVALID", "ACCOUNT_NOT_FOUND", "INTERNAL"])(
    "is not the last one when the broker says no: %s",
    async (code) => {
      const { desk, broker, answers } = aFarDesk();
      await readState(desk, answers);
      broker.cut(code);
      expect((await failureOf(() => readState(desk, answers))).code).toBe(code);
    },
  );

  it("fails when nothing was ever heard of it, nor of another account's", async () => {
    const { desk, broker, answers } = aFarDesk();
    await readState({ ...desk, account: { ...desk.account, id: "002" } }, answers);
    broker.cut("TIMEOUT");
    expect((await failureOf(() => readState(desk, answers))).code).toBe("TIMEOUT");
  });

  it("is not kept on paper, which is always there", async () => {
    const { desk, answers } = aFarDesk("paper");
    await readState(desk, answers);
    expect(await answers.state({ connection: "oanda", account: "001" })).toBeNull();
  });

  it("counts as never heard of when another version kept it", async () => {
    const { desk, broker, answers, store } = aFarDesk();
    await readState(desk, answers);
    bareConnection(store.path).exec(`UPDATE last_answers SET body = '{"version":"older"}'`);
    broker.cut("TIMEOUT");
    expect((await failureOf(() => readState(desk, answers))).code).toBe("TIMEOUT");
  });

  it("DB-01 is shown although it can't be kept", async () => {
    const { desk, answers, store } = aFarDesk();
    bareConnection(store.path).exec("BEGIN IMMEDIATE");
    expect((await readState(desk, answers)).stale).toBeNull();
  });
});

describe("what goes with it", () => {
  it("is the last quotes, and nobody is asked for them in vain", async () => {
    const { desk, broker, answers } = aFarDesk();
    await readState(desk, answers);
    await readQuotes(desk, ["EUR_USD"], answers);
    broker.cut("CIRCUIT_OPEN");
    desk.clock.advance(1000);
    const { stale } = await readState(desk, answers);
    if (!stale) throw new Error("it should be stale");
    const { asked } = broker;
    const quotes = await lastQuotes(desk, answers, stale);
    expect(quotes.value.map(({ instrument }) => instrument)).toEqual(["EUR_USD"]);
    expect(quotes.stale?.ageMs).toBe(1000);
    expect(broker.asked).toBe(asked);
  });

  it("is the instruments as they were, whatever their age", async () => {
    const { desk, broker } = aFarDesk();
    const namesOf = async () => (await readInstruments(desk)).map(({ name }) => name);
    const known = await namesOf();
    desk.clock.advance(DAY);
    broker.cut("TIMEOUT");
    expect(await namesOf()).toEqual(known);
    expect(known).toContain("EUR_USD");
    const { desk: stranger, broker: other } = aFarDesk();
    other.cut("TIMEOUT");
    expect((await failureOf(() => readInstruments(stranger))).code).toBe("TIMEOUT");
  });

  it("makes the whole as old as its oldest part", () => {
    const failure = new Failure("TIMEOUT", "");
    const [old, young] = [9, 1].map((ageMs) => ({ asOf: addMs(NOON, -ageMs), ageMs, failure }));
    if (!old || !young) throw new Error("two were made");
    expect(olderOf(old, young)).toBe(old);
    expect(olderOf(young, old)).toBe(old);
    expect(olderOf(null, young)).toBe(young);
    expect(olderOf(old, null)).toBe(old);
    expect(olderOf(null, null)).toBeNull();
  });
});

describe("P11 an age that is shown", () => {
  const events = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: DAY }) }),
      fc.record({ kind: fc.constant("jump" as const), ms: fc.integer({ min: -DAY, max: DAY }) }),
    ),
    { maxLength: 12, size: "max" },
  );

  it("for all passings and jumps of the clock: is never less than the true age", async () => {
    const { desk, broker, answers } = aFarDesk();
    await fc.assert(
      fc.asyncProperty(events, fc.nat({ max: 20_000 }), async (list, answerMs) => {
        broker.failure = null;
        const clock = new FakeClock();
        const own = { ...desk, clock };
        const asked = readState(own, answers);
        // The broker looked at the account some time after it was asked.
        clock.advance(answerMs);
        await asked;
        broker.cut("CIRCUIT_OPEN");
        let trueMs = answerMs;
        for (const { kind, ms } of list) {
          if (kind === "pass") clock.advance(ms);
          else clock.jump(ms);
          trueMs += kind === "pass" ? ms : 0;
        }
        const { stale } = await readState(own, answers);
        expect(stale?.ageMs).toBeGreaterThanOrEqual(trueMs);
        expect(stale && msBetween(stale.asOf, clock.now())).toBe(stale?.ageMs);
      }),
      { numRuns: 60 },
    );
  });

  it("isn't shown at all when it can't be told: started anew, with a clock behind", async () => {
    const { desk, broker, answers } = aFarDesk();
    desk.clock.advance(5000);
    await readState(desk, answers);
    broker.cut("TIMEOUT");
    const clock = new FakeClock(addMs(NOON, -1000));
    expect((await failureOf(() => readState({ ...desk, clock }, answers))).code).toBe("TIMEOUT");
    const right = new FakeClock(addMs(NOON, 65_000));
    expect((await readState({ ...desk, clock: right }, answers)).stale?.ageMs).toBe(60_000);
  });
});
