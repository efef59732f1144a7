import type { RequestListener } from "node:http";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import type { HttpClient, Policy } from "../../src/resilience/http.ts";
import { failureOf, type Loopback, openClient, serveHttp, TOKEN } from "./loopback.ts";

const open: (HttpClient | Loopback)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<T extends HttpClient | Loopback>(value: T): T {
  open.push(value);
  return value;
}

describe.each(["node", "undici"] as const)("over the %s transport", (transport) => {
  const serve = async (handler: RequestListener) => keep(await serveHttp(handler));
  const client = (origin: string, options = {}) =>
    keep(openClient({ origin, transport, ...options }));

  it("sends method, path, headers and the whole body, and reads the answer", async () => {
    const server = await serve(async (request, response) => {
      const chunks = await request.toArray();
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks).toString();
      response
        .writeHead(201, { "X-Echo": "1" })
        .end(JSON.stringify({ method, url, headers, body }));
    });
    const response = await client(server.origin).request({
      method: "POST",
      path: "/v3/orders?x=%20",
      headers: { "x-own": "2" },
      secretHeaders: [{ name: "authorization", prefix: "Bearer ", secret: new Secret("abc") }],
      body: '{"comment":"ä€"}',
    });
    expect(response.status).toBe(201);
    expect(response.headers["x-echo"]).toBe("1");
    expect(response.json()).toMatchObject({
      method: "POST",
      url: "/v3/orders?x=%20",
      headers: {
        authorization: "Bearer ***",
        "user-agent": "tmt-broker-test",
        "x-own": "2",
        "content-type": "application/json",
        "content-length": "19",
        host: server.origin.slice("http://".length),
      },
      body: '{"comment":"ä€"}',
    });
  });

  it("uses one connection for requests one after the other", async () => {
    const server = await serve((_request, response) => response.end("{}"));
    const http = client(server.origin);
    for (let index = 0; index < 5; index += 1) await http.request({ method: "GET", path: "/" });
    expect(http.stats()).toEqual({
      requests: 5,
      inFlight: 0,
      connectionsOpened: 1,
      connected: 1,
      free: 1,
      pending: 0,
      queued: 0,
    });
  });

  it("answers many requests at once over few connections, each with its own answer", async () => {
    const server = await serve((request, response) => response.end(JSON.stringify(request.url)));
    const http = client(server.origin, { connections: 4 });
    const paths = Array.from({ length: 60 }, (_, index) => `/${index}`);
    const answers = await Promise.all(
      paths.map(async (path) => (await http.request({ method: "GET", path })).json()),
    );
    expect(answers).toEqual(paths);
    expect(http.stats().connectionsOpened).toBeLessThanOrEqual(transport === "node" ? 2 : 4);
  });

  it("sends nothing when it is told to stop before", async () => {
    let requests = 0;
    const server = await serve((_request, response) => {
      requests += 1;
      response.end("{}");
    });
    const http = client(server.origin);
    const signal = AbortSignal.abort();
    const stopped = http.request({ method: "POST", path: "/", body: "{}", signal });
    expect(await failureOf(stopped)).toMatchObject({ code: "TIMEOUT", sent: false });
    await http.request({ method: "GET", path: "/" });
    expect(requests).toBe(1);
  });

  it("gives up when it is told to stop after the request left, and says that it left", async () => {
    const stop = new AbortController();
    const server = await serve(() => stop.abort());
    const { signal } = stop;
    const stopped = client(server.origin).request({
      method: "POST",
      path: "/",
      body: "{}",
      signal,
    });
    const failure = await failureOf(stopped);
    expect(failure).toMatchObject({ code: "TIMEOUT", sent: true });
    expect(failure.message).toContain("interrupted");
  });

  it("doesn't send what was given up while it waited for a free connection", async () => {
    const paths: string[] = [];
    const held: (() => void)[] = [];
    const server = await serve((request, response) => {
      paths.push(request.url ?? "");
      if (paths.length > 2) return response.end("{}");
      held.push(() => response.end("{}"));
      if (held.length === 2) stop.abort();
    });
    const stop = new AbortController();
    const http = client(server.origin, { connections: 2 });
    const first = [1, 2].map((n) => http.request({ method: "GET", path: `/${n}` }));
    const { signal } = stop;
    const third = http.request({ method: "POST", path: "/3", body: "{}", signal });
    expect(await failureOf(third)).toMatchObject({ sent: false });
    for (const release of held) release();
    await Promise.all(first);
    await http.request({ method: "GET", path: "/4" });
    expect(paths).toEqual(expect.arrayContaining(["/1", "/2", "/4"]));
    expect(paths).not.toContain("/3");
  });

  it("fails after close", async () => {
    const server = await serve((_request, response) => response.end("{}"));
    const http = client(server.origin);
    await http.request({ method: "GET", path: "/" });
    await http.close();
    const failure = await failureOf(http.request({ method: "GET", path: "/" }));
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
  });

  it("lets what is under way fail when it is closed", async () => {
    const server = await serve(() => void http.close());
    const http = client(server.origin);
    const failure = await failureOf(http.request({ method: "POST", path: "/", body: "{}" }));
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
  });

  it.each([
    ["empty", ""],
    ["cut", '{"lastTransactionID":"12'],
    ["a web page", "<html><body>Maintenance</body></html>"],
    ["followed by more", '{"a":1}{"b":2}'],
  ])("HT-01 a body that is %s is a failure, not an answer", async (_what, body) => {
    const server = await serve((_request, response) => response.end(body));
    const http = client(server.origin);
    const response = await http.request({ method: "POST", path: "/", body: "{}" });
    expect(() => response.json()).toThrow(
      expect.objectContaining({ code: "BROKER_UNAVAILABLE", sent: true, retryable: false }),
    );
    expect(() => response.json()).toThrow(body.slice(0, 10).replaceAll('"', '\\"'));
  });

  it("HT-01 the wrong content type doesn't matter where the body is JSON", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end('{"a":1,"a":2}');
    });
    const response = await client(server.origin).request({ method: "GET", path: "/" });
    expect(response.json()).toEqual({ a: 2 });
  });

  it.each([301, 302, 303, 307, 308])(
    "HT-05 a %i to another host isn't followed",
    async (status) => {
      let strangers = 0;
      const stranger = await serve((_request, response) => {
        strangers += 1;
        response.end("{}");
      });
      const server = await serve((_request, response) => {
        response.writeHead(status, { location: `${stranger.origin}/${TOKEN.reveal()}` }).end();
      });
      const failure = await failureOf(
        client(server.origin).request({ method: "POST", path: "/", body: "{}" }),
      );
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", details: { status } });
      expect(failure.message).toContain("not followed");
      expect(JSON.stringify(failure.details)).not.toContain(TOKEN.reveal());
      expect(strangers).toBe(0);
    },
  );

  it.each([400, 401, 403, 404, 405, 409, 413, 415, 426])(
    "HT-05 a %i is an answer for the caller to read",
    async (status) => {
      const server = await serve((_request, response) => {
        response.writeHead(status).end('{"errorMessage":"no"}');
      });
      const response = await client(server.origin).request({ method: "GET", path: "/" });
      expect(response.status).toBe(status);
      expect(response.json()).toEqual({ errorMessage: "no" });
    },
  );

  it("HT-06 a 429 tells how long to wait, and that nothing was done", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(429, { "retry-after": "7" }).end("slow down");
    });
    const failure = await failureOf(
      client(server.origin).request({ method: "POST", path: "/", body: "{}" }),
    );
    expect(failure).toMatchObject({
      code: "RATE_LIMITED",
      sent: false,
      retryable: true,
      details: { retryAfterMs: 7000 },
    });
    expect(failure.hint).toContain("7 s");
  });

  it.each([500, 502, 503, 504, 520])(
    "HT-07 a %i leaves open whether a submit was carried out",
    async (status) => {
      let requests = 0;
      const server = await serve((_request, response) => {
        requests += 1;
        response.writeHead(status, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
      });
      const http = client(server.origin);
      const failure = await failureOf(http.request({ method: "POST", path: "/", body: "{}" }));
      expect(failure).toMatchObject({
        code: "BROKER_UNAVAILABLE",
        sent: true,
        retryable: false,
        details: { status, body: "<h1>Bad gateway</h1>" },
      });
      expect(requests).toBe(1);
      const read = await failureOf(http.request({ method: "GET", path: "/" }));
      expect(read.retryable).toBe(true);
    },
  );

  it("CR-07 a secret echoed in a body, a header or an error never comes back", async () => {
    const key = new Secret("key-8842afee");
    const echo = `${TOKEN.reveal()} and ${key.reveal()}`;
    const server = await serve((request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { "x-echo": echo, location: echo }).end(`<p>${echo}</p>`);
    });
    const http = client(server.origin);
    const secretHeaders = [{ name: "x-key", prefix: "", secret: key }];
    const ask = (status: number) =>
      http.request({ method: "GET", path: `/${status}`, secretHeaders });
    const response = await ask(200);
    const failures = [await failureOf(ask(302)), await failureOf(ask(503))];
    const unparsed = await failureOf(ask(200).then((answer) => answer.json()));
    const everything = inspect([response, ...failures, unparsed], { depth: 9, showHidden: true });
    expect(everything).not.toContain(TOKEN.reveal());
    expect(everything).not.toContain(key.reveal());
    expect(response.text).toBe("<p>*** and ***</p>");
  });

  it("CR-04 a credential with a line break is refused before anything is sent", async () => {
    let requests = 0;
    const server = await serve(() => {
      requests += 1;
    });
    for (const text of ["abc\n", "a\r\nx-more: 1", "clé"]) {
      const secretHeaders = [
        { name: "authorization", prefix: "Bearer ", secret: new Secret(text) },
      ];
      const failure = await failureOf(
        client(server.origin).request({ method: "GET", path: "/", secretHeaders }),
      );
      expect(failure).toMatchObject({ code: "CREDENTIALS_INVALID", sent: false });
    }
    expect(requests).toBe(0);
  });

  it("HT-09 numbers that no float holds come as their text", async () => {
    const server = await serve((_request, response) => {
      response.end('{"a":1.00000000000000000001,"b":12345678901234567890,"c":1.5,"d":"1"}');
    });
    const response = await client(server.origin).request({ method: "GET", path: "/" });
    expect(response.json()).toEqual({
      a: "1.00000000000000000001",
      b: "12345678901234567890",
      c: 1.5,
      d: "1",
    });
  });
});

describe("the address", () => {
  it.each([
    "http://api.example.com",
    "http://192.168.1.5:8080",
    "http://127.0.0.1.example.com",
    "ftp://127.0.0.1",
    "https://user:pass@127.0.0.1",
    "https://127.0.0.1/v3",
    "127.0.0.1:80",
    "",
  ])("CF-05 %s is refused", (origin) => {
    expect(() => openClient({ origin })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });

  it.each([
    "https://api-fxpractice.oanda.com",
    "https://api-fxpractice.oanda.com:443/",
    "http://localhost:8080",
    "http://127.0.0.1:1",
    "http://[::1]:1",
  ])("%s is accepted", async (origin) => {
    const http = openClient({ origin });
    expect(http.stats().connectionsOpened).toBe(0);
    await http.close();
  });
});

describe("the pool", () => {
  it("tells which connections stand and are free, and how many requests wait", async () => {
    const held: (() => void)[] = [];
    const arrived = Promise.withResolvers<void>();
    const server = keep(
      await serveHttp((_request, response) => {
        held.push(() => response.end("{}"));
        if (held.length === 2) arrived.resolve();
      }),
    );
    const http = keep(openClient({ origin: server.origin }));
    const nothing = { connected: 0, free: 0, pending: 0, queued: 0 };
    expect(http.stats()).toMatchObject(nothing);
    const calls = [1, 2, 3, 4, 5].map((n) => http.request({ method: "GET", path: `/${n}` }));
    await arrived.promise;
    expect(http.stats()).toMatchObject({ connected: 2, free: 0, pending: 0, queued: 3 });
    const answerAll = setInterval(() => held.shift()?.(), 1);
    await Promise.all(calls);
    clearInterval(answerAll);
    expect(http.stats()).toMatchObject({ connected: 2, free: 2, pending: 0, queued: 0 });
  });
});

describe("policies", () => {
  it("wrap the sending, the first one outermost, and may send again", async () => {
    const server = keep(await serveHttp((_request, response) => response.end("{}")));
    const steps: string[] = [];
    const named =
      (name: string, times: number): Policy =>
      async (request, send) => {
        steps.push(name);
        for (let index = 1; index < times; index += 1) await send(request);
        return send(request);
      };
    const policies = [named("outer", 1), named("inner", 2)];
    const http = keep(openClient({ origin: server.origin, policies }));
    await http.request({ method: "GET", path: "/" });
    expect(steps).toEqual(["outer", "inner"]);
    expect(http.stats().requests).toBe(2);
  });
});
