import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import type { RateLimit } from "../../src/core/rate-limit.ts";
import type { HttpRequest } from "../../src/resilience/http.ts";
import type { HttpResponse } from "../../src/resilience/http-response.ts";
import { openOwnRates, steadyGuards } from "../../src/resilience/own-guards.ts";
import { openPlaces } from "../../src/resilience/places.ts";
import { rateLimiter } from "../../src/resilience/rate-limiter.ts";
import { aStore, bareConnection } from "../history/sqlite/support.ts";
import { FakeClock } from "../support/fake-clock.ts";

const GET: HttpRequest = { method: "GET", path: "/" };
const POST: HttpRequest = { method: "POST", path: "/", body: "{}" };
const ANSWER: HttpResponse = { status: 200, headers: {}, text: "{}", json: () => ({}) };
const TEN: RateLimit = { requests: 10, windowMs: 1000 };
const STEP_MS = 100;
const turn = () => new Promise(setImmediate);

type Options = Partial<Parameters<typeof rateLimiter>[0]>;

/** A process whose requests take no time; it notes when each was sent. */
function aProcess(options: Options = {}) {
  const clock = options.clock ?? new FakeClock(undefined, "manual");
  const rates = options.rates ?? openOwnRates();
  const limiter = rateLimiter({ name: "oanda", limit: TEN, places: 100, ...options, rates, clock });
  const sentAt: number[] = [];
  const ask = (request: HttpRequest = GET) =>
    limiter(request, async () => {
      sentAt.push(clock.monotonicMs());
      return ANSWER;
    }).then(
      () => "answer",
      (error: unknown) => (error instanceof Failure ? error.code : String(error)),
    );
  return { limiter, rates, sentAt, ask, clock };
}

/** Lets the clock of `manual` time go on, step by step. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    await turn();
    clock.advance(STEP_MS);
    await turn();
  }
}

describe("a limit of ten a second", () => {
  it("lets ten go at once, and the eleventh a second later", async () => {
    const clock = new FakeClock(undefined, "manual");
    const { ask, sentAt } = aProcess({ clock });
    const answers = Array.from({ length: 21 }, () => ask());
    await pass(clock, 2100);
    expect(await Promise.all(answers)).toEqual(Array(21).fill("answer"));
    expect(sentAt).toEqual([...Array(10).fill(0), ...Array(10).fill(1000), 2000]);
  });

  it("refuses a read at once that would wait more than ten seconds, telling how long", async () => {
    const clock = new FakeClock(undefined, "manual");
    const { ask, limiter, sentAt } = aProcess({ clock, places: 1000 });
    const waiting = Array.from({ length: 110 }, () => ask());
    await turn();
    const failure = await limiter(GET, async () => ANSWER).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "RATE_LIMITED",
      sent: false,
      retryable: true,
      details: { name: "oanda", retryAfterMs: 11_000 },
    });
    expect(String(failure)).toMatch(/would wait 11 s or more\. Nothing was sent\./);
    await pass(clock, 10_100);
    expect(await Promise.all(waiting)).toEqual(Array(110).fill("answer"));
    expect(sentAt.at(-1)).toBe(10_000);
  });

  it("refuses an order that would wait more than two and a half: its prices would be old", async () => {
    const clock = new FakeClock(undefined, "manual");
    const { ask } = aProcess({ clock });
    const reads = Array.from({ length: 30 }, () => ask());
    await turn();
    expect(await ask(POST)).toBe("RATE_LIMITED");
    await pass(clock, 3100);
    await Promise.all(reads);
  });

  it("keeps the moments that reads have taken far ahead when an impatient order comes", async () => {
    const clock = new FakeClock(undefined, "manual");
    const { ask, sentAt } = aProcess({ clock });
    const reads = Array.from({ length: 90 }, () => ask());
    await turn();
    expect(await ask(POST)).toBe("RATE_LIMITED");
    expect(sentAt).toHaveLength(10);
    await pass(clock, 9000);
    expect(await Promise.all(reads)).toEqual(Array(90).fill("answer"));
  });

  it("wastes only the slot of a request that is given up while it waits", async () => {
    const clock = new FakeClock(undefined, "manual");
    const { limiter, ask, sentAt } = aProcess({ clock });
    const stop = new AbortController();
    await Promise.all(Array.from({ length: 10 }, () => ask()));
    let isAborted = false;
    const given = limiter({ ...GET, signal: stop.signal }, async ({ signal }) => {
      isAborted = signal?.aborted === true;
      return ANSWER;
    });
    await turn();
    stop.abort();
    await given;
    expect(isAborted).toBe(true);
    const next = ask();
    await pass(clock, 1100);
    expect(await next).toBe("answer");
    expect(sentAt.at(-1)).toBe(1000);
  });

  it("TM-01 is kept to whatever the wall clock does", async () => {
    for (const jump of [-3_600_000, 86_400_000]) {
      const clock = new FakeClock(undefined, "manual");
      const { ask, sentAt } = aProcess({ clock });
      await Promise.all(Array.from({ length: 10 }, () => ask()));
      clock.jump(jump);
      const next = ask();
      await pass(clock, 1100);
      expect(await next).toBe("answer");
      expect(sentAt.at(-1)).toBe(1000);
    }
  });
});

describe("places", () => {
  it("keep what waits for a slow answer from leaving in a burst later", async () => {
    const clock = new FakeClock(undefined, "manual");
    const { limiter, rates } = aProcess({ clock, places: 2 });
    const held: PromiseWithResolvers<HttpResponse>[] = [];
    const calls = Array.from({ length: 8 }, () =>
      limiter(GET, () => {
        const exchange = Promise.withResolvers<HttpResponse>();
        held.push(exchange);
        return exchange.promise;
      }),
    );
    await turn();
    expect(held).toHaveLength(2);
    expect(await rates.read("oanda")).toHaveLength(2);
    while (held.length > 0) {
      held.shift()?.resolve(ANSWER);
      await turn();
    }
    await Promise.all(calls);
  });

  it("go to orders first, then to whoever came first", async () => {
    const places = openPlaces(1);
    const { signal } = new AbortController();
    const order: string[] = [];
    const wait = (name: string, isUrgent: boolean) =>
      places.wait({ isUrgent, signal }).then(() => order.push(name));
    expect(places.take()).toBe(true);
    expect(places.take()).toBe(false);
    const all = [wait("read 1", false), wait("order 1", true), wait("read 2", false)];
    all.push(wait("order 2", true));
    for (let index = 0; index < all.length; index += 1) {
      places.leave();
      await turn();
    }
    await Promise.all(all);
    expect(order).toEqual(["order 1", "order 2", "read 1", "read 2"]);
    places.leave();
    expect(places.take()).toBe(true);
  });

  it("are waited for ten seconds at most, and left alone by who gives up", async () => {
    const clock = new FakeClock(undefined, "manual");
    const { limiter, ask } = aProcess({ clock, places: 1 });
    const slow = Promise.withResolvers<HttpResponse>();
    const first = limiter(GET, () => slow.promise);
    await turn();
    const stop = new AbortController();
    const gone = ask({ ...GET, signal: stop.signal });
    const late = ask();
    await turn();
    stop.abort();
    expect(await gone).toBe("answer");
    await pass(clock, 10_100);
    expect(await late).toBe("RATE_LIMITED");
    slow.resolve(ANSWER);
    await first;
    expect(await ask()).toBe("answer");
  });

  it("have a queue that ends somewhere", async () => {
    const clock = new FakeClock(undefined, "manual");
    const { limiter, ask } = aProcess({ clock, places: 1 });
    const slow = Promise.withResolvers<HttpResponse>();
    const first = limiter(GET, () => slow.promise);
    const waiting = Array.from({ length: 1000 }, () => ask());
    expect(await ask()).toBe("RATE_LIMITED");
    slow.resolve(ANSWER);
    await first;
    await pass(clock, 11_000);
    await Promise.all(waiting);
  });
});

describe("a limit of several processes", () => {
  it("for all schedules: is never exceeded in any window, in whatever order they come", async () => {
    const schedule = fc.record({
      requests: fc.integer({ min: 1, max: 6 }),
      events: fc.array(fc.record({ process: fc.nat({ max: 3 }), pauses: fc.nat({ max: 3 }) }), {
        maxLength: 30,
        size: "max",
      }),
    });
    await fc.assert(
      fc.asyncProperty(schedule, async ({ requests, events }) => {
        const clock = new FakeClock(undefined, "manual");
        const [rates, limit] = [openOwnRates(), { requests, windowMs: 1000 }];
        const processes = Array.from({ length: 4 }, () =>
          aProcess({ clock, rates, limit, places: 2 }),
        );
        const calls: Promise<string>[] = [];
        for (const { process, pauses } of events) {
          // Step by step, so that everybody wakes at the moment meant.
          await pass(clock, pauses * STEP_MS);
          const call = processes[process]?.ask();
          if (call) calls.push(call);
          await turn();
        }
        await pass(clock, 11_000);
        await Promise.all(calls);
        const sent = processes.flatMap(({ sentAt }) => sentAt).toSorted((a, b) => a - b);
        for (const [index, at] of sent.entries()) {
          const before = sent[index - requests];
          if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(1000);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("shares its slots through the database, one process after the other", async () => {
    const { rates, path } = aStore();
    const clock = new FakeClock(undefined, "manual");
    const a = aProcess({ rates, clock });
    const b = aProcess({ rates: aStore(path).rates, clock });
    for (let index = 0; index < 5; index += 1) await Promise.all([a.ask(), b.ask()]);
    const late = [a.ask(), b.ask()];
    await pass(clock, 1100);
    await Promise.all(late);
    expect([a.sentAt, b.sentAt]).toEqual([
      [0, 0, 0, 0, 0, 1000],
      [0, 0, 0, 0, 0, 1000],
    ]);
  });

  it("DB-01 DB-03 goes by what a process has seen itself while the database can't be written, and says so once", async () => {
    const store = aStore();
    const notes: string[] = [];
    const { rates, circuits } = steadyGuards(store, (text) => notes.push(text));
    const lock = bareConnection(store.path);
    lock.exec("BEGIN IMMEDIATE");
    const clock = new FakeClock(undefined, "manual");
    const { ask, sentAt } = aProcess({ rates, clock });
    await Promise.all(Array.from({ length: 10 }, () => ask()));
    const late = ask();
    await pass(clock, 1100);
    expect(await late).toBe("answer");
    expect(sentAt.at(-1)).toBe(1000);
    await circuits.update("oanda", (circuit) => ({ ...circuit, consecutiveFailures: 1 }));
    expect(notes).toEqual([expect.stringContaining("STORAGE_BUSY")]);
    lock.exec("ROLLBACK");
    await circuits.update("oanda", (circuit) => ({ ...circuit, consecutiveFailures: 2 }));
    expect((await store.circuits.read("oanda")).consecutiveFailures).toBe(2);
  });
});
