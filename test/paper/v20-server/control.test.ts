import { describe, expect, it } from "vitest";
import { createMeter } from "../../../src/paper/v20-server/request-meter.ts";
import { A, market, openPractice } from "./practice.ts";

const FAULTS = "/practice/faults";
const NEXT = `${FAULTS}/next`;
const REQUESTS = "/practice/requests";

describe("faults over HTTP", () => {
  it("are read, set in the place of all others, and cleared", async () => {
    const practice = await openPractice({ faults: [{ kind: "latency", rate: 0 }] });
    expect((await practice.get(FAULTS)).json).toEqual({ rates: {}, next: [] });
    const set = await practice.put(FAULTS, { "http-500": 1 });
    expect(set.json).toEqual({ rates: { "http-500": 1 }, next: [] });
    expect((await practice.get(A)).status).toBe(500);
    await practice.put(FAULTS, { "http-429": 1 });
    expect((await practice.get(A)).status).toBe(429);
    await practice.post(NEXT, { kind: "reset" });
    const cleared = await practice.ask({ method: "DELETE", path: FAULTS });
    expect(cleared.json).toEqual({ rates: {}, next: [] });
    expect((await practice.get(A)).status).toBe(200);
  });

  it("wait for the request they were ordered for, as often as told", async () => {
    const practice = await openPractice();
    const ordered = { kind: "http-html-502", method: "post", path: "/orders$", times: 2 };
    const { json } = await practice.post(NEXT, ordered);
    expect(json.next).toEqual([{ ...ordered, method: "POST" }]);
    expect((await practice.get(`${A}/orders`)).status).toBe(200);
    expect((await practice.post(`${A}/orders`, market("1"))).status).toBe(502);
    expect((await practice.get(FAULTS)).json.next?.[0]?.times).toBe(1);
    expect((await practice.post(`${A}/orders`, market("1"))).status).toBe(502);
    expect((await practice.post(`${A}/orders`, market("1"))).status).toBe(201);
  });

  it("never hit the questions about them", async () => {
    const practice = await openPractice({ faults: [{ kind: "reset", rate: 1 }] });
    expect((await practice.put(FAULTS, {})).status).toBe(200);
    expect((await practice.get(A)).status).toBe(200);
  });

  it.each<[string, unknown, string]>([
    [FAULTS, { "http-418": 1 }, 'unknown fault "http-418"'],
    [FAULTS, { "http-500": 1.1 }, "a share from 0 to 1"],
    [FAULTS, { "http-500": "0.1" }, '"0.1" is no rate'],
    [FAULTS, { latency: 600_001 }, "milliseconds up to 600000"],
    [FAULTS, [], "missing required data"],
    [NEXT, {}, "unknown fault"],
    [NEXT, { kind: "latency" }, "can't be ordered"],
    [NEXT, { kind: "reset", times: 0 }, "whole number from 1"],
    [NEXT, { kind: "reset", times: 1.5 }, "whole number from 1"],
    [NEXT, { kind: "reset", method: 5 }, "method must be text"],
    [NEXT, { kind: "reset", path: "(" }, '"(" is none'],
    [NEXT, { kind: "reset", path: 5 }, "regular expression"],
  ])("are refused as %s %j, and nothing changes", async (path, body, words) => {
    const practice = await openPractice();
    const method = path === NEXT ? "POST" : "PUT";
    const answer = await practice.ask({ method, path, body: JSON.stringify(body) });
    expect(answer.status).toBe(400);
    expect(answer.json.errorMessage).toContain(words);
    expect((await practice.get(FAULTS)).json).toEqual({ rates: {}, next: [] });
  });

  it("need the token, a known path and its method", async () => {
    const practice = await openPractice();
    const stranger = await practice.ask({ method: "GET", path: FAULTS, token: "other" });
    expect(stranger.status).toBe(401);
    expect((await practice.get("/practice/other")).status).toBe(404);
    expect((await practice.post(REQUESTS)).status).toBe(405);
  });
});

describe("the count of requests", () => {
  it("tells all of them, the most in one second, connections and streams", async () => {
    const practice = await openPractice();
    await practice.get(A);
    await practice.get(A);
    await practice.clock.advance(1000);
    await practice.get("/v3/nothing");
    const stream = await practice.stream(`${A}/transactions/stream`);
    const { json } = await practice.get(REQUESTS);
    expect(json).toMatchObject({
      total: 4,
      maxPerSecond: 2,
      connections: { open: 2, total: 2 },
      streams: { open: 1 },
    });
    stream.close();
    const reset = await practice.ask({ method: "DELETE", path: REQUESTS });
    expect(reset.json).toMatchObject({ total: 0, maxPerSecond: 0 });
  });

  it("looks at any one second, wherever it begins", () => {
    const meter = createMeter();
    for (const ms of [0, 900, 1000, 1899, 1900, 5000]) meter.count(ms);
    // 900, 1000 and 1899; 1900 is a whole second after 900.
    expect(meter.counts()).toEqual({ total: 6, maxPerSecond: 3 });
  });

  it("costs no memory, however many come", () => {
    const meter = createMeter();
    for (let ms = 0; ms < 1_000_000; ms += 1) meter.count(ms);
    expect(meter.counts()).toEqual({ total: 1_000_000, maxPerSecond: 1000 });
  });
});
