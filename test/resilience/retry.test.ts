import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure, type FailureOptions } from "../../src/core/failures.ts";
import { instantFromMs } from "../../src/core/time.ts";
import type { HttpRequest } from "../../src/resilience/http.ts";
import type { HttpResponse } from "../../src/resilience/http-response.ts";
import { MAX_ATTEMPTS, retry } from "../../src/resilience/retry.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { failureOf, openClient, serveHttp } from "./loopback.ts";

const GET: HttpRequest = { method: "GET", path: "/" };
const POST: HttpRequest = { method: "POST", path: "/", body: "{}" };
const ANSWER: HttpResponse = { status: 200, headers: {}, text: "{}", json: () => ({}) };

const unavailable = (options: FailureOptions = {}) =>
  new Failure("BROKER_UNAVAILABLE", "It can't be reached.", { retryable: true, ...options });
const slowDown = (retryAfterMs: number | null) =>
  new Failure("RATE_LIMITED", "Not now.", {
    retryable: true,
    details: { status: 429, retryAfterMs },
  });

/** Sends `request` against a script: failures in order, then answers. What came of it, and how it went. */
async function run(request: HttpRequest, failures: readonly Failure[], random = () => 0.5) {
  const clock = new FakeClock();
  let attempts = 0;
  const send = async () => {
    const failure = failures[attempts];
    attempts += 1;
    if (failure) throw failure;
    return ANSWER;
  };
  const result = await retry({ clock, random })(request, send).catch((error: unknown) => error);
  return { result, attempts, sleeps: clock.sleeps };
}

describe("what is tried again", () => {
  it.each([
    [1, ANSWER, 2],
    [2, ANSWER, 3],
  ])("a read that failed %i times and then worked", async (times, expected, attempts) => {
    const outcome = await run(GET, Array(times).fill(unavailable()));
    expect(outcome).toMatchObject({ result: expected, attempts });
  });

  it("at most twice: the third failure is the answer", async () => {
    const failures = [unavailable(), unavailable(), unavailable({ hint: "the third" })];
    const { result, attempts } = await run(GET, failures);
    expect(attempts).toBe(MAX_ATTEMPTS);
    expect(result).toBe(failures[2]);
  });

  it("an order whose request provably never left", async () => {
    const { result, attempts } = await run(POST, [unavailable({ sent: false })]);
    expect([result, attempts]).toEqual([ANSWER, 2]);
  });

  it.each<[string, HttpRequest, Failure]>([
    ["an order that may have left", POST, unavailable({ sent: true })],
    ["an order that the broker turned away for its rate", POST, slowDown(1000)],
    ["a read that can't get better", GET, unavailable({ retryable: false })],
    [
      "a read that our own limit held back",
      GET,
      new Failure("RATE_LIMITED", "", { retryable: true }),
    ],
    ["a read that its caller gave up", { ...GET, signal: AbortSignal.abort() }, unavailable()],
  ])("but never %s", async (_what, request, failure) => {
    const { result, attempts, sleeps } = await run(request, [failure]);
    expect(result).toBe(failure);
    expect(attempts).toBe(1);
    expect(sleeps).toEqual([]);
  });

  it("for all sequences of failures: an order that may have left is never sent again", async () => {
    const failure = fc.record({ retryable: fc.boolean(), sent: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(failure, { maxLength: 5 }), async (scripts) => {
        const { attempts } = await run(POST, scripts.map(unavailable));
        const firstSent = scripts.findIndex(({ sent }) => sent);
        expect(attempts).toBeLessThanOrEqual(firstSent < 0 ? MAX_ATTEMPTS : firstSent + 1);
      }),
    );
  });
});

describe("the pause", () => {
  it.each([
    [0, [0, 0]],
    [0.5, [150, 300]],
    [0.999, [299.7, 599.4]],
  ])("is random up to a bound that doubles: %d of it", async (share, expected) => {
    const { sleeps } = await run(GET, Array(3).fill(unavailable()), () => share);
    expect(sleeps.map((ms) => Math.round(ms * 10) / 10)).toEqual(expected);
  });

  it("for all random numbers: it is never longer than its bound", async () => {
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(share, async (random) => {
        const { sleeps } = await run(GET, Array(3).fill(unavailable()), () => random);
        for (const [index, ms] of sleeps.entries()) {
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThan(300 * 2 ** index);
        }
      }),
    );
  });

  it("HT-06 is as long as the broker asks for: below, at and above the longest", async () => {
    expect((await run(GET, [slowDown(4999)])).sleeps).toEqual([4999]);
    expect((await run(GET, [slowDown(5000)])).sleeps).toEqual([5000]);
    const { result, sleeps } = await run(GET, [slowDown(5001)]);
    expect(sleeps).toEqual([]);
    expect(result).toMatchObject({ code: "RATE_LIMITED", details: { retryAfterMs: 5001 } });
  });

  it("HT-06 of a 503 is respected too, and one that says nothing leaves the usual pause", async () => {
    const closed = unavailable({ details: { status: 503, retryAfterMs: 2000 } });
    expect((await run(GET, [closed])).sleeps).toEqual([2000]);
    expect((await run(GET, [slowDown(null)])).sleeps).toEqual([150]);
    expect((await run(GET, [slowDown(0)])).sleeps).toEqual([150]);
  });

  it.each([
    { what: "a read", request: GET, ms: 9_999, expected: 2 },
    { what: "a read", request: GET, ms: 10_001, expected: 1 },
    { what: "an order", request: POST, ms: 1_999, expected: 2 },
    { what: "an order", request: POST, ms: 2_001, expected: 1 },
  ])("isn't begun when $what has taken too long: $ms ms", async ({ request, ms, expected }) => {
    const clock = new FakeClock();
    let attempts = 0;
    const send = async () => {
      attempts += 1;
      clock.advance(ms);
      if (attempts === 1) throw unavailable({ sent: false });
      return ANSWER;
    };
    await retry({ clock, random: () => 0 })(request, send).catch(() => undefined);
    expect(attempts).toBe(expected);
  });

  it("ends at once when the caller gives up, with the failure it followed", async () => {
    const clock = new FakeClock(undefined, "manual");
    const stop = new AbortController();
    const failure = unavailable();
    const going = retry({ clock, random: () => 0.5 })({ ...GET, signal: stop.signal }, async () => {
      throw failure;
    });
    const ended = going.catch((error: unknown) => error);
    await new Promise(setImmediate);
    stop.abort();
    expect(await ended).toBe(failure);
  });
});

describe.each(["node", "undici"] as const)("over the %s transport", (transport) => {
  it.each([
    { header: "2", pauses: [2000], expected: { status: 200 } },
    { header: "Sun, 22 Nov 2026 12:00:03 GMT", pauses: [3000], expected: { status: 200 } },
    { header: "Sun, 22 Nov 2026 09:00:00 GMT", pauses: [150], expected: { status: 200 } },
    { header: "soon", pauses: [150], expected: { status: 200 } },
    { header: null, pauses: [150], expected: { status: 200 } },
    { header: "86400", pauses: [], expected: { details: { retryAfterMs: 3_600_000 } } },
  ])("HT-06 a 429 whose Retry-After is $header", async ({ header, pauses, expected }) => {
    let requests = 0;
    const server = await serveHttp((_request, response) => {
      requests += 1;
      if (requests > 1) return response.end("{}");
      response.writeHead(429, header === null ? {} : { "retry-after": header }).end("slow down");
    });
    const clock = new FakeClock(instantFromMs(Date.UTC(2026, 10, 22, 12)), "manual");
    const policies = [retry({ clock: sleeping(clock), random: () => 0.5 })];
    const http = openClient({ origin: server.origin, transport, clock, policies });
    const result = await http.request(GET).catch((error: unknown) => error);
    expect(result).toMatchObject(expected);
    expect(requests).toBe(1 + pauses.length);
    expect(clock.sleeps.filter((ms) => ms !== 5_000)).toEqual(pauses);
    await http.close();
    await server.close();
  });

  it("HT-06 an order turned away by a 429 isn't sent again by itself", async () => {
    let requests = 0;
    const server = await serveHttp((_request, response) => {
      requests += 1;
      response.writeHead(429, { "retry-after": "1" }).end();
    });
    const policies = [retry({ clock: new FakeClock(), random: () => 0 })];
    const http = openClient({ origin: server.origin, transport, policies });
    expect(await failureOf(http.request(POST))).toMatchObject({ code: "RATE_LIMITED" });
    expect(requests).toBe(1);
    await http.close();
    await server.close();
  });
});

/** The clock of `manual` time limits, whose pauses pass at once. */
function sleeping(clock: FakeClock) {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    async sleep(ms: number) {
      clock.sleeps.push(ms);
    },
  };
}
