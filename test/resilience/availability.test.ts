import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { openGuards } from "../../src/resilience/guards.ts";
import type { HttpRequest, Policy, Send } from "../../src/resilience/http.ts";
import { openOwnCircuits, openOwnPlaces, openOwnRates } from "../../src/resilience/own-guards.ts";
import { readState } from "../../src/trading/last-answers.ts";
import { aStore } from "../history/sqlite/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { anAccount } from "../support/market.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import { aDesk } from "../trading/test-desk.ts";

/**
 * A broker that fails one request in five, at random, for ten minutes of simulated time.
 *
 * Three attempts that fail independently of each other leave 0.2³ = 0.8 % of reads without an answer of now: with at
 * most three attempts nothing can bring that below 99.2 %, and nothing here claims to. What a reader gets in those
 * cases is the last answer, told as such and with its age, which is seconds. So two things are measured: how many
 * reads show something true (at least 99.9 %), and how many of these are of now.
 */

const TEN_MINUTES = 600_000;
const FAILING = 0.2;
const BETWEEN_READS_MS = 200;
const ANSWER_MS = 30;

/** Numbers from 0 up to 1, always the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The ways a broker fails, by turns: an error at once, a connection cut, a time-out. */
const FAULTS: readonly { readonly ms: number; readonly failure: Failure }[] = [
  { ms: 20, failure: new Failure("BROKER_UNAVAILABLE", "502", { retryable: true }) },
  { ms: 5, failure: new Failure("BROKER_UNAVAILABLE", "reset", { retryable: true }) },
  { ms: 2_000, failure: new Failure("TIMEOUT", "no answer", { retryable: true }) },
];

function aFailingBroker(clock: FakeClock, seed: number) {
  const random = randomFrom(seed);
  const circuits = openOwnCircuits();
  let attempts = 0;
  const send: Send = async () => {
    attempts += 1;
    const fault = random() < FAILING ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined;
    clock.advance(fault?.ms ?? ANSWER_MS);
    if (fault) throw fault.failure;
    return { status: 200, headers: {}, text: "{}", json: () => ({}) };
  };
  const { policies = [] } = openGuards({
    connection: "oanda",
    circuits,
    rates: openOwnRates(),
    requestsPerSecond: 100,
    connectionsPerSecond: null,
    streams: null,
    streamPlaces: openOwnPlaces(),
    places: 2,
    hasBreaker: true,
    clock,
    random: randomFrom(seed + 1),
    owner: "host:1:1",
    isAlive: () => true,
  });
  const request: HttpRequest = { method: "GET", path: "/" };
  const ask = policies.reduceRight<Send>(
    (next: Send, policy: Policy) => (each) => policy(each, next),
    send,
  );
  return { ask: () => ask(request), circuits, attempts: () => attempts };
}

/** Answers with the moment at which it was asked as its balance's only news. */
class RemoteBroker extends ScriptedBroker {
  readonly #ask: () => Promise<unknown>;
  readonly #clock: FakeClock;

  constructor(ask: () => Promise<unknown>, clock: FakeClock) {
    super();
    this.#ask = ask;
    this.#clock = clock;
  }

  override async state() {
    await this.#ask();
    const account = anAccount({ asOf: this.#clock.now() });
    return { account, trades: [], pendingOrders: [] };
  }
}

async function tenMinutes(seed: number) {
  const clock = new FakeClock();
  const { ask, circuits, attempts } = aFailingBroker(clock, seed);
  const broker = new RemoteBroker(ask, clock);
  const desk = aDesk({ broker, clock });
  const profile = { ...desk.profile, name: "oanda", environment: "practice" as const };
  const { lastAnswers } = aStore();
  const counts = { reads: 0, fresh: 0, stale: 0, none: 0, oldestMs: 0, opened: 0 };
  while (clock.monotonicMs() < TEN_MINUTES) {
    counts.reads += 1;
    try {
      const { stale } = await readState({ ...desk, clock, profile }, lastAnswers);
      counts[stale ? "stale" : "fresh"] += 1;
      counts.oldestMs = Math.max(counts.oldestMs, stale?.ageMs ?? 0);
    } catch {
      counts.none += 1;
    }
    if ((await circuits.read("oanda")).openedAt !== null) counts.opened += 1;
    clock.advance(BETWEEN_READS_MS);
  }
  return { ...counts, attempts: attempts() };
}

describe("ten minutes of a broker that fails one request in five", () => {
  it.each([1, 2, 3, 4, 5])(
    "leave at least 99.9 %% of reads with an answer, 98.5 %% with one of now, the others seconds old: seed %i",
    async (seed) => {
      const { reads, fresh, stale, oldestMs, opened, attempts } = await tenMinutes(seed);
      expect(reads).toBeGreaterThan(800);
      expect((fresh + stale) / reads).toBeGreaterThanOrEqual(0.999);
      expect(fresh / reads).toBeGreaterThanOrEqual(0.985);
      expect(oldestMs).toBeLessThan(20_000);
      // Scattered failures are no outage.
      expect(opened).toBe(0);
      expect(attempts).toBeGreaterThan(reads * 1.15);
    },
  );
});
