import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLOSED, circuitStateOf, OPEN_MS } from "../../src/core/circuit.ts";
import { Failure, type FailureCode } from "../../src/core/failures.ts";
import type { CircuitStore } from "../../src/ports/circuit.ts";
import { circuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import type { HttpRequest } from "../../src/resilience/http.ts";
import type { HttpResponse } from "../../src/resilience/http-response.ts";
import { openOwnCircuits } from "../../src/resilience/own-guards.ts";
import { aStore } from "../history/sqlite/support.ts";
import { FakeClock } from "../support/fake-clock.ts";

const GET: HttpRequest = { method: "GET", path: "/" };
const POST: HttpRequest = { method: "POST", path: "/", body: "{}" };
const answerOf = (status: number): HttpResponse => ({
  status,
  headers: {},
  text: "{}",
  json: () => ({}),
});
const HOUR = 3_600_000;

/** One process at a broker that answers or not, as told. */
function aProcess(circuits: CircuitStore, clock = new FakeClock(), owner = "host:1:1") {
  const alive = new Set([owner]);
  const breaker = circuitBreaker({
    connection: "oanda",
    circuits,
    clock,
    owner,
    isAlive: (other) => alive.has(other),
  });
  const sent: string[] = [];
  const call = async (outcome: FailureCode | "answer", request = GET): Promise<string> => {
    const failure = outcome === "answer" ? null : new Failure(outcome, "no answer");
    try {
      await breaker(request, async ({ method }) => {
        sent.push(method);
        if (failure) throw failure;
        return answerOf(200);
      });
      return "answer";
    } catch (error) {
      if (error === failure || !(error instanceof Failure)) return "failed";
      return error.code;
    }
  };
  const fail = async (times: number) => {
    for (let index = 0; index < times; index += 1) await call("BROKER_UNAVAILABLE");
  };
  return { breaker, clock, sent, alive, call, fail };
}

const stores: readonly [string, () => CircuitStore][] = [
  ["the user's database", () => aStore().circuits],
  ["one process's memory", openOwnCircuits],
];

describe.each(stores)("a breaker in %s", (_where, open) => {
  it("lets calls through after four failures, and holds them back after five", async () => {
    const { call, fail, sent } = aProcess(open());
    await fail(4);
    expect(await call("TIMEOUT")).toBe("failed");
    expect(await call("answer")).toBe("CIRCUIT_OPEN");
    expect(await call("answer", POST)).toBe("CIRCUIT_OPEN");
    expect(sent).toHaveLength(5);
  });

  it("forgets failures as soon as there is an answer", async () => {
    const circuits = open();
    const { call, fail } = aProcess(circuits);
    await fail(4);
    await call("answer");
    expect(await circuits.read("oanda")).toEqual(CLOSED);
    await fail(4);
    expect(await call("answer")).toBe("answer");
  });

  it.each<FailureCode>(["RATE_LIMITED", "CREDENTIALS_INVALID", "INTERNAL"])(
    "counts no %s, which is no outage",
    async (code) => {
      const { call } = aProcess(open());
      for (let index = 0; index < 9; index += 1) await call(code);
      expect(await call("answer")).toBe("answer");
    },
  );

  it("counts an order without an answer as well, and none that its sender gave up", async () => {
    const { call, fail } = aProcess(open());
    await fail(4);
    await call("TIMEOUT", { ...POST, signal: AbortSignal.abort() });
    expect(await call("answer", POST)).toBe("answer");
    await fail(4);
    await call("TIMEOUT", POST);
    expect(await call("answer")).toBe("CIRCUIT_OPEN");
  });

  it("says what happened, when it tries again, and how to try at once", async () => {
    const { breaker, fail, clock } = aProcess(open());
    await fail(5);
    clock.advance(18_000);
    const failure = await breaker(POST, async () => answerOf(200)).catch((error) => error);
    expect(failure).toMatchObject({ code: "CIRCUIT_OPEN", sent: false, retryable: true });
    expect(failure.message).toMatch(/5 times in a row.*Nothing was sent\..*again in 42 s/);
    expect(failure.hint).toContain("tmt-broker connect reset oanda");
    expect(failure.details).toMatchObject({ consecutiveFailures: 5, state: "open" });
  });

  it("tries one read after a minute, and is closed by its answer", async () => {
    const { call, fail, clock } = aProcess(open());
    await fail(5);
    clock.advance(OPEN_MS - 1);
    expect(await call("answer")).toBe("CIRCUIT_OPEN");
    clock.advance(1);
    expect(await call("answer")).toBe("answer");
    expect(await call("answer", POST)).toBe("answer");
  });

  it("is open for another minute when the probe fails", async () => {
    const { call, fail, clock, sent } = aProcess(open());
    await fail(5);
    clock.advance(OPEN_MS);
    await fail(3);
    expect(sent).toHaveLength(6);
    clock.advance(OPEN_MS - 1);
    expect(await call("answer")).toBe("CIRCUIT_OPEN");
    clock.advance(1);
    expect(await call("answer")).toBe("answer");
  });

  it("lets no order be the probe", async () => {
    const { call, fail, clock, sent } = aProcess(open());
    await fail(5);
    clock.advance(OPEN_MS);
    for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const) {
      expect(await call("answer", { method, path: "/" })).toBe("CIRCUIT_OPEN");
    }
    expect(sent).toEqual(Array(5).fill("GET"));
  });

  it("lets others of the process wait for its probe, orders too", async () => {
    const { breaker, call, fail, clock } = aProcess(open());
    await fail(5);
    clock.advance(OPEN_MS);
    const answer = Promise.withResolvers<HttpResponse>();
    const probe = breaker(GET, () => answer.promise);
    const others = [call("answer"), call("answer", POST), call("answer")];
    answer.resolve(answerOf(200));
    expect((await probe).status).toBe(200);
    expect(await Promise.all(others)).toEqual(["answer", "answer", "answer"]);
  });

  it("holds back who waited for a probe that failed", async () => {
    const { breaker, call, fail, clock } = aProcess(open());
    await fail(5);
    clock.advance(OPEN_MS);
    const answer = Promise.withResolvers<HttpResponse>();
    const probe = breaker(GET, () => answer.promise);
    const other = call("answer", POST);
    answer.reject(new Failure("TIMEOUT", "no answer"));
    await expect(probe).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(await other).toBe("CIRCUIT_OPEN");
  });

  it("gives the probe to the next read when it told neither: slowed down, or given up", async () => {
    const { call, fail, clock } = aProcess(open());
    await fail(5);
    clock.advance(OPEN_MS);
    expect(await call("RATE_LIMITED")).toBe("failed");
    expect(await call("TIMEOUT", { ...GET, signal: AbortSignal.abort() })).toBe("failed");
    expect(await call("answer")).toBe("answer");
  });

  it("TM-01 is neither kept open for hours nor made to flap by a clock that jumps", async () => {
    for (const jump of [-HOUR, 24 * HOUR]) {
      const circuits = open();
      const { call, fail, clock, sent } = aProcess(circuits);
      await fail(5);
      clock.jump(jump);
      await fail(4);
      expect(sent).toHaveLength(6);
      clock.advance(OPEN_MS);
      expect(await call("answer")).toBe("answer");
      expect(await circuits.read("oanda")).toEqual(CLOSED);
    }
  });
});

describe("a breaker of several processes", () => {
  it("is opened by failures of all of them together", async () => {
    const circuits = aStore().circuits;
    const [a, b] = [aProcess(circuits), aProcess(circuits)];
    await a.fail(3);
    await b.fail(2);
    expect(await a.call("answer")).toBe("CIRCUIT_OPEN");
    expect(await b.call("answer")).toBe("CIRCUIT_OPEN");
  });

  it("is probed by one of them at a time, and by another when that one died", async () => {
    const circuits = aStore().circuits;
    const clock = new FakeClock();
    const a = aProcess(circuits, clock, "host:1:1");
    const b = aProcess(circuits, clock, "host:2:2");
    await a.fail(5);
    clock.advance(OPEN_MS);
    const never = Promise.withResolvers<HttpResponse>();
    void a.breaker(GET, () => never.promise);
    await new Promise(setImmediate);
    b.alive.add("host:1:1");
    expect(await b.call("answer")).toBe("CIRCUIT_OPEN");
    b.alive.delete("host:1:1");
    expect(await b.call("answer")).toBe("answer");
    never.resolve(answerOf(200));
  });

  const events = fc.array(
    fc.record({
      process: fc.nat({ max: 2 }),
      method: fc.constantFrom("GET" as const, "POST" as const),
      kind: fc.constantFrom("call", "call", "answer", "fail", "fail", "wait"),
    }),
    { minLength: 20, maxLength: 80, size: "max" },
  );

  it("for all orders of events: at most one probe at a time, and no order until it has told", async () => {
    await fc.assert(
      fc.asyncProperty(events, async (list) => {
        const city = threeProcesses();
        await city.open();
        for (const event of list) await city.happen(event);
        await city.answerAll();
        expect(city.mostProbes()).toBeLessThanOrEqual(1);
        expect(city.ordersHeldOpen()).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

type Event = { readonly process: number; readonly method: "GET" | "POST"; readonly kind: string };

/** Three processes on one record of circuits, and requests that are answered when the test says so. */
function threeProcesses() {
  const circuits = openOwnCircuits();
  const clock = new FakeClock();
  const running: PromiseWithResolvers<HttpResponse>[] = [];
  const calls: Promise<unknown>[] = [];
  const names = ["host:0:0", "host:1:1", "host:2:2"];
  const processes = names.map((name) => aProcess(circuits, clock, name));
  for (const { alive } of processes) for (const name of names) alive.add(name);
  let [probes, mostProbes, ordersHeldOpen] = [0, 0, 0];
  const send = async ({ method }: HttpRequest) => {
    const circuit = await circuits.read("oanda");
    const isProbe = circuitStateOf(circuit, clock.now()) !== "closed";
    if (isProbe && method !== "GET") ordersHeldOpen += 1;
    probes += isProbe ? 1 : 0;
    mostProbes = Math.max(mostProbes, probes);
    const exchange = Promise.withResolvers<HttpResponse>();
    running.push(exchange);
    return exchange.promise.finally(() => {
      probes -= isProbe ? 1 : 0;
    });
  };
  const steps: Readonly<Record<string, (event: Event) => void>> = {
    wait: () => {
      // No call takes as long as that.
      for (const exchange of running.splice(0)) exchange.reject(new Failure("TIMEOUT", "late"));
      clock.advance(OPEN_MS);
    },
    call: ({ process, method }) => {
      const breaker = processes[process]?.breaker;
      if (breaker) calls.push(breaker({ method, path: "/" }, send).catch(expectFailure));
    },
    answer: () => running.shift()?.resolve(answerOf(200)),
    fail: () => running.shift()?.reject(new Failure("TIMEOUT", "no answer")),
  };
  const happen = async (event: Event) => {
    steps[event.kind]?.(event);
    await new Promise(setImmediate);
  };
  return {
    happen,
    open: () =>
      circuits.update("oanda", () => ({
        consecutiveFailures: 5,
        openedAt: clock.now(),
        probe: null,
      })),
    async answerAll() {
      while (running.length > 0) await happen({ process: 0, method: "GET", kind: "answer" });
      await Promise.all(calls);
    },
    mostProbes: () => mostProbes,
    ordersHeldOpen: () => ordersHeldOpen,
  };
}

function expectFailure(error: unknown): void {
  expect(error).toBeInstanceOf(Failure);
}
