import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import type { RequestEntry } from "../../../src/paper/v20-server/serve-request.ts";
import { A, ACCOUNT, market, openPractice, TOKEN } from "./practice.ts";

const FORBIDDEN = "The provided request was forbidden.";

describe("a request", () => {
  it.each([
    ["no token", null],
    ["another token", "nonsense"],
    ["a token of the same length", TOKEN.replace("0", "1")],
  ])("with %s is answered 401 in OANDA's words", async (_what, token) => {
    const practice = await openPractice();
    const answer = await practice.ask({ method: "GET", path: A, token });
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({
      errorMessage: "Insufficient authorization to perform request.",
    });
  });

  it.each([
    { method: "GET", path: "/v3/accounts/101-001-7654321-001", status: 403, words: FORBIDDEN },
    { method: "GET", path: "/v3/accounts/1234567/summary", status: 400, words: "'accountID'" },
    { method: "GET", path: "/v3/nothing", status: 404, words: "does not exist" },
    { method: "GET", path: `${A}/nothing`, status: 404, words: "does not exist" },
    { method: "GET", path: "/v3/%E0%A4%A", status: 400, words: "not valid" },
    { method: "DELETE", path: `${A}/orders`, status: 405, words: "not allowed" },
    { method: "POST", path: "/v3/accounts", status: 405, words: "not allowed" },
  ])("$method $path is answered $status with OANDA's error body", async (asked) => {
    const practice = await openPractice();
    const answer = await practice.ask(asked);
    expect(answer.status).toBe(asked.status);
    expect(answer.json.errorMessage).toContain(asked.words);
  });

  it("gets a RequestID of its own and a Content-Type, also when it fails", async () => {
    const practice = await openPractice();
    const answers = [await practice.get(A), await practice.get("/v3/nothing")];
    const ids = answers.map((answer) => answer.headers.requestid);
    expect(new Set(ids).size).toBe(2);
    for (const { headers } of answers) {
      expect(headers.requestid).toMatch(/^\d+$/);
      expect(headers["content-type"]).toBe("application/json");
    }
  });

  it("carries the headers of OANDA's gateway, and the client's own id back", async () => {
    const practice = await openPractice();
    const plain = await practice.get(A);
    expect(plain.headers).toMatchObject({
      server: "openresty",
      "access-control-allow-origin": "*",
    });
    expect(plain.headers.clientrequestid).toBeUndefined();
    const named = await practice.get("/v3/nothing", { ClientRequestID: "mine-1" });
    expect(named.headers.clientrequestid).toBe("mine-1");
  });

  it("by HEAD is answered as by GET, without a body", async () => {
    const practice = await openPractice();
    const { length } = (await practice.get("/v3/accounts")).text;
    const head = await practice.ask({ method: "HEAD", path: "/v3/accounts" });
    expect([head.status, head.text]).toEqual([200, ""]);
    expect(head.headers["content-length"]).toBe(String(length));
    const stream = await practice.ask({ method: "HEAD", path: `${A}/transactions/stream` });
    expect(stream.headers["content-type"]).toBe("application/octet-stream");
    expect((await practice.get("/practice/requests")).json.streams?.open).toBe(0);
  });

  it("by OPTIONS tells a browser what it may send, without a token", async () => {
    const practice = await openPractice();
    const answer = await practice.ask({ method: "OPTIONS", path: A, token: null });
    expect(answer.status).toBe(204);
    expect(answer.headers["access-control-allow-headers"]).toContain("Authorization");
    expect(answer.headers["access-control-allow-methods"]).toContain("PATCH");
  });

  it("is told to whoever listens, with what became of it", async () => {
    const entries: RequestEntry[] = [];
    const practice = await openPractice({ onRequest: (entry) => entries.push(entry) });
    await practice.get(`${A}/trades?count=1`);
    await practice.post(`${A}/orders`, {});
    const told = entries.map(({ method, target, status }) => `${method} ${target} ${status}`);
    expect(told).toEqual([`GET ${A}/trades?count=1 200`, `POST ${A}/orders 400`]);
  });
});

describe("the connection", () => {
  it("is kept for the next request", async () => {
    const practice = await openPractice();
    const answers = [await practice.get(A), await practice.get(A)];
    expect(answers.map(({ headers }) => headers.connection)).toEqual(["keep-alive", "keep-alive"]);
  });

  it.each([
    ["gzip", "gzip"],
    ["gzip, deflate", "gzip"],
    ["deflate, GZIP;q=0.5", "gzip"],
    ["gzip;q=0", undefined],
    ["identity", undefined],
  ])("compresses as %s accepts", async (accepted, encoding) => {
    const practice = await openPractice();
    const answer = await practice.get("/v3/accounts", { "Accept-Encoding": accepted });
    expect(answer.headers["content-encoding"]).toBe(encoding);
    expect(answer.json.accounts[0]?.id).toBe(ACCOUNT);
  });

  it("answers bytes that are no HTTP with 400", async () => {
    const practice = await openPractice();
    const socket = connect(Number(new URL(practice.server.url).port), "127.0.0.1");
    socket.write("nonsense\r\n\r\n");
    const [data] = await once(socket, "data");
    expect(String(data)).toMatch(/^HTTP\/1.1 400 [\s\S]*RequestID: \d+[\s\S]*errorMessage/);
    socket.destroy();
  });
});

describe("a body", () => {
  it.each(["{", "[]", "5", '"text"', '{"order":"BUY"}'])(
    "that reads %s is answered 400 and makes no transaction",
    async (body) => {
      const practice = await openPractice();
      const before = (await practice.get(A)).json.lastTransactionID;
      const answer = await practice.ask({ method: "POST", path: `${A}/orders`, body });
      expect(answer.status).toBe(400);
      expect(answer.json.errorMessage).toBe("The request was missing required data");
      expect((await practice.get(A)).json.lastTransactionID).toBe(before);
    },
  );

  it("of a megabyte is read, and one byte more is answered 413", async () => {
    const practice = await openPractice();
    const text = JSON.stringify(market("100"));
    const path = `${A}/orders`;
    const largest = await practice.ask({ method: "POST", path, body: text.padEnd(2 ** 20) });
    const larger = await practice.ask({ method: "POST", path, body: text.padEnd(2 ** 20 + 1) });
    expect([largest.status, larger.status]).toEqual([201, 413]);
  });

  it("that nobody needs is ignored with GET, and may be missing with PUT", async () => {
    const practice = await openPractice();
    const body = "nonsense";
    const headers = { "Content-Length": String(body.length) };
    const get = await practice.ask({ method: "GET", path: `${A}/summary?`, body, headers });
    expect(get.status).toBe(200);
    const put = await practice.put(`${A}/orders/99/cancel?&`);
    expect(put.json.errorCode).toBe("ORDER_DOESNT_EXIST");
  });

  it("that a client cut by counting letters is answered 400, with OANDA's error body", async () => {
    const practice = await openPractice();
    const text = JSON.stringify(market("100", { clientExtensions: { comment: "größer" } }));
    const socket = connect(Number(new URL(practice.server.url).port), "127.0.0.1");
    const head = `POST ${A}/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}`;
    socket.write(`${head}\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    const [data] = await once(socket, "data");
    expect(String(data)).toMatch(/^HTTP\/1.1 400 [\s\S]*errorMessage/);
    socket.destroy();
    expect((await practice.get(`${A}/trades`)).json.trades).toEqual([]);
  });

  it("that ends before its length carries out nothing", async () => {
    const practice = await openPractice();
    const text = JSON.stringify(market("100"));
    const socket = connect(Number(new URL(practice.server.url).port), "127.0.0.1");
    const head = `POST ${A}/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}`;
    socket.write(`${head}\r\nContent-Length: ${text.length + 1}\r\n\r\n${text}`);
    await practice.get(A);
    socket.destroy();
    await once(socket, "close");
    expect((await practice.get(`${A}/trades`)).json.trades).toEqual([]);
  });
});

describe("times", () => {
  it("have nine digits, and are UNIX seconds for a client that asks so", async () => {
    const practice = await openPractice();
    const asked = { "Accept-Datetime-Format": "UNIX" };
    const plain = await practice.get(`${A}/pricing?instruments=EUR_USD`);
    const unix = await practice.get(`${A}/pricing?instruments=EUR_USD`, asked);
    expect(plain.json.time).toBe("2026-11-18T14:00:00.000000000Z");
    expect(plain.json.prices[0]?.time).toBe("2026-11-18T14:00:00.000000000Z");
    expect(unix.json.time).toBe("1795010400.000000000");
    expect(unix.json.prices[0]?.time).toBe("1795010400.000000000");
    expect((await practice.get(A, asked)).json.account?.createdTime).toBe("1795010400.000000000");
  });
});

describe("closing", () => {
  it("ends open streams and frees the port", async () => {
    const practice = await openPractice();
    const stream = await practice.stream(`${A}/transactions/stream`);
    const ended = expect(stream.next()).rejects.toThrow("ended");
    await practice.server.close();
    await ended;
    await expect(practice.get(A)).rejects.toThrow("ECONNREFUSED");
  });

  it("isn't needed after a port that is taken: opening there fails", async () => {
    const practice = await openPractice();
    const port = Number(new URL(practice.server.url).port);
    await expect(openPractice({ port })).rejects.toThrow("EADDRINUSE");
  });
});
