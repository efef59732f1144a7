import { describe, expect, it } from "vitest";
import type { FaultKind } from "../../../src/paper/v20-server/faults.ts";
import { A, market, openPractice, type Practice } from "./practice.ts";

const ORDERS = `${A}/orders`;
const NEXT_ORDER = { method: "POST", path: /orders$/ };

async function tradesOf(practice: Practice): Promise<number> {
  return (await practice.get(`${A}/trades`)).json.trades.length;
}

describe("a fault that comes before the order is carried out", () => {
  it.each<[FaultKind, number]>([
    ["http-500", 500],
    ["http-429", 429],
    ["http-html-502", 502],
  ])("%s is answered %i, and nothing is filled", async (kind, status) => {
    const practice = await openPractice();
    practice.server.faultNext(kind, NEXT_ORDER);
    const answer = await practice.post(ORDERS, market("10"));
    expect(answer.status).toBe(status);
    expect(await tradesOf(practice)).toBe(0);
    expect((await practice.post(ORDERS, market("10"))).status).toBe(201);
  });

  it("http-html-502 is a gateway's page, not JSON", async () => {
    const practice = await openPractice({ faults: [{ kind: "http-html-502", rate: 1 }] });
    const answer = await practice.get(A);
    expect(answer.headers["content-type"]).toBe("text/html");
    expect(answer.text).toContain("<html>");
  });

  it("http-429 says when to come back", async () => {
    const practice = await openPractice({ faults: [{ kind: "http-429", rate: 1 }] });
    expect((await practice.get(A)).headers["retry-after"]).toBe("1");
  });

  it("NW-03 reset ends the connection without an answer", async () => {
    const practice = await openPractice();
    practice.server.faultNext("reset", NEXT_ORDER);
    await expect(practice.post(ORDERS, market("10"))).rejects.toThrow();
    expect(await tradesOf(practice)).toBe(0);
  });

  it("stall never answers, and closing the server ends it", async () => {
    const practice = await openPractice();
    practice.server.faultNext("stall", NEXT_ORDER);
    const stalled = expect(practice.post(ORDERS, market("10"))).rejects.toThrow();
    expect(await tradesOf(practice)).toBe(0);
    await practice.server.close();
    await stalled;
  });
});

describe("a fault that takes the answer away", () => {
  it("NW-03 lost-response fills the order and ends the connection", async () => {
    const practice = await openPractice();
    practice.server.faultNext("lost-response", NEXT_ORDER);
    await expect(practice.post(ORDERS, market("10"))).rejects.toThrow();
    expect(await tradesOf(practice)).toBe(1);
  });

  it("HT-01 malformed fills the order and cuts its JSON in half", async () => {
    const practice = await openPractice();
    practice.server.faultNext("malformed", NEXT_ORDER);
    const answer = await practice.post(ORDERS, market("10"));
    expect(answer.status).toBe(201);
    expect(() => JSON.parse(answer.text)).toThrow();
    expect(await tradesOf(practice)).toBe(1);
  });
});

describe("a fault of the venue", () => {
  it("BR-04 partial-fill fills half of an order", async () => {
    const practice = await openPractice({ faults: [{ kind: "partial-fill", rate: 1 }] });
    const { json } = await practice.post(ORDERS, market("-1001"));
    expect(json.orderFillTransaction).toMatchObject({ units: "-500", requestedUnits: "-1001" });
  });

  it("partial-fill closes half of a trade, and of a position", async () => {
    const practice = await openPractice();
    const { json } = await practice.post(ORDERS, market("1000"));
    practice.server.faultNext("partial-fill", { method: "PUT", times: 2 });
    const trade = await practice.put(`${A}/trades/${json.orderFillTransaction?.id}/close`);
    expect(trade.json.orderFillTransaction?.units).toBe("-500");
    const position = await practice.put(`${A}/positions/EUR_USD/close`, { longUnits: "200" });
    expect(position.json.longOrderFillTransaction?.units).toBe("-100");
  });

  it("latency holds every answer back for its time", async () => {
    const practice = await openPractice({ faults: [{ kind: "latency", rate: 300 }] });
    let isAnswered = false;
    const asked = practice.get(A).then(() => {
      isAnswered = true;
    });
    while (!isAnswered && practice.clock.monotonicMs() < 10_000) await practice.clock.advance(100);
    await asked;
    expect(practice.clock.monotonicMs()).toBeGreaterThanOrEqual(300);
  });
});

describe("a fault of a stream", () => {
  it("ST-04 stream-drop ends it in the middle", async () => {
    const practice = await openPractice();
    const stream = await practice.stream(`${A}/transactions/stream`);
    practice.server.faultNext("stream-drop", { path: /transactions\/stream$/ });
    const ended = expect(stream.next()).rejects.toThrow("ended");
    await practice.post(ORDERS, market("10"));
    await ended;
  });

  it("ST-01 stream-silent leaves it open without a word, heartbeats included", async () => {
    const practice = await openPractice({ faults: [{ kind: "stream-silent", rate: 1 }] });
    const stream = await practice.stream(`${A}/pricing/stream?instruments=EUR_USD`);
    for (let second = 0; second < 12; second += 1) await practice.clock.advance(1000);
    await practice.get(A);
    expect(stream.waiting()).toBe(0);
    expect(stream.response.destroyed).toBe(false);
  });
});
