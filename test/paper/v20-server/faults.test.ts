import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/core/failures.ts";
import { createFaults, FAULT_KINDS, parseFault } from "../../../src/paper/v20-server/faults.ts";

const ORDERS = { method: "POST", path: "/v3/accounts/1/orders" };

function failureOf(text: string): Failure {
  try {
    parseFault(text);
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error(`${text} was taken`);
}

describe("a fault on the command line", () => {
  it.each([
    ["http-500=0.25", { kind: "http-500", rate: 0.25 }],
    ["stall=1", { kind: "stall", rate: 1 }],
    ["reset=0", { kind: "reset", rate: 0 }],
    ["latency=1500", { kind: "latency", rate: 1500 }],
  ])("is read from %s", (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  it.each(["http-500", "http-500=", "http-500=1.01", "stall=-1", "reset=1=1", "reset=1e-1"])(
    "is refused as %s, with the legal range",
    (text) => {
      const failure = failureOf(text);
      expect(failure.code).toBe("USAGE");
      expect(failure.hint).toContain("from 0 to 1");
    },
  );

  it("is refused as a latency beyond ten minutes", () => {
    expect(failureOf("latency=600001").hint).toContain("milliseconds");
  });

  it("is refused by an unknown name, and the hint names every kind", () => {
    const { hint } = failureOf("http-418=1");
    for (const kind of FAULT_KINDS) expect(hint).toContain(kind);
  });
});

describe("faults at random", () => {
  it("for all seeds: the same seed hits the same requests", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const run = () => {
          const faults = createFaults([{ kind: "reset", rate: 0.5 }], seed);
          return Array.from({ length: 30 }, () => faults.pick(ORDERS, ["reset"]));
        };
        expect(run()).toEqual(run());
      }),
    );
  });

  it("for all rates: about that share of requests is hit", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 100 }), (seed, percent) => {
        const faults = createFaults([{ kind: "stall", rate: percent / 100 }], seed);
        const hits = Array.from({ length: 2000 }, () => faults.pick(ORDERS, ["stall"]));
        const share = hits.filter(Boolean).length / 2000;
        expect(Math.abs(share - percent / 100)).toBeLessThan(0.07);
      }),
    );
  });

  it("never hit what nobody asked for", () => {
    expect(createFaults([], 1).pick(ORDERS, FAULT_KINDS)).toBeUndefined();
  });
});

describe("a fault for the next request", () => {
  it("waits for the method and the path it was ordered for, and hits once", () => {
    const faults = createFaults([], 1);
    faults.next("reset", { method: "POST", path: /orders$/ });
    expect(faults.pick({ method: "GET", path: ORDERS.path }, ["reset"])).toBeUndefined();
    expect(faults.pick({ method: "POST", path: "/v3/other" }, ["reset"])).toBeUndefined();
    expect(faults.pick(ORDERS, ["stall"])).toBeUndefined();
    expect(faults.pick(ORDERS, ["stall", "reset"])).toBe("reset");
    expect(faults.pick(ORDERS, ["stall", "reset"])).toBeUndefined();
  });

  it("hits as often as told, whatever the request", () => {
    const faults = createFaults([], 1);
    faults.next("http-500", { times: 2 });
    const hits = [1, 2, 3].map(() => faults.pick(ORDERS, ["http-500"]));
    expect(hits).toEqual(["http-500", "http-500", undefined]);
  });
});
