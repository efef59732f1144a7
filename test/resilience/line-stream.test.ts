import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import type { HttpClient } from "../../src/resilience/http.ts";
import { failureOf, type Loopback, openClient, serveHttp, serveRaw, TOKEN } from "./loopback.ts";

const open: (HttpClient | Loopback)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<T extends HttpClient | Loopback>(value: T): T {
  open.push(value);
  return value;
}

const never = new AbortController().signal;
const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n";

describe.each(["node", "undici"] as const)("a stream over the %s client", (transport) => {
  const client = (origin: string, options = {}) =>
    keep(openClient({ origin, transport, ...options }));

  type Asked = { readonly signal?: AbortSignal; readonly silenceMs?: number };
  const linesFrom = (http: HttpClient, { signal = never, silenceMs = 5_000 }: Asked = {}) =>
    http.lines({
      method: "GET",
      path: "/stream?x=1",
      secretHeaders: [{ name: "authorization", prefix: "Bearer ", secret: TOKEN }],
      signal,
      silenceMs,
      refusal: ({ status, text }) => new Failure("ORDER_REJECTED", `${status} ${text}`),
    });

  /** Every line until the end, and how it ended. */
  const collect = async (lines: AsyncIterable<readonly string[]>) => {
    const got: string[] = [];
    const end = (async () => {
      for await (const several of lines) got.push(...several);
    })();
    const ended = await end.then(
      () => "quietly",
      (error: unknown) => error,
    );
    return { got, ended };
  };

  const serve = async (handler: RequestListener) => keep(await serveHttp(handler));
  const start = (response: ServerResponse, ...lines: readonly string[]) => {
    response.writeHead(200);
    response.flushHeaders();
    for (const line of lines) response.write(`${line}\n`);
  };

  it("gives lines as they come, over a connection of its own, uncompressed", async () => {
    const seen: IncomingMessage[] = [];
    const server = await serve((request, response) => {
      seen.push(request);
      start(response, "one", "two");
    });
    const http = client(server.origin);
    const got: string[] = [];
    for await (const lines of linesFrom(http)) {
      got.push(...lines);
      if (got.length === 2) break;
    }
    expect(got).toEqual(["one", "two"]);
    expect(seen[0]?.url).toBe("/stream?x=1");
    expect(seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN.reveal()}`,
      "accept-encoding": "identity",
      "user-agent": "tmt-broker-test",
    });
    expect(http.stats().connectionsOpened).toBe(1);
  });

  it("closes its connection when nobody reads on", async () => {
    const closed = Promise.withResolvers<void>();
    const server = await serve((request, response) => {
      request.socket.once("close", () => closed.resolve());
      start(response, "one");
    });
    for await (const _lines of linesFrom(client(server.origin))) break;
    await closed.promise;
  });

  it("leaves the client free for requests, and many streams at once", async () => {
    const server = await serve((request, response) => {
      if (request.url === "/") return response.end("{}");
      start(response, "one");
    });
    const http = client(server.origin, { connections: 4 });
    const streams = Array.from({ length: 12 }, () => linesFrom(http)[Symbol.asyncIterator]());
    for (const stream of streams) expect(await stream.next()).toMatchObject({ value: ["one"] });
    expect((await http.request({ method: "GET", path: "/" })).status).toBe(200);
    for (const stream of streams) await stream.return?.();
  });

  it.each([
    ["before it begins", AbortSignal.abort()],
    ["while it goes on", null],
  ])("ends quietly when it is aborted %s", async (_when, signal) => {
    const stop = new AbortController();
    const server = await serve((_request, response) => {
      start(response, "one");
      setImmediate(() => stop.abort());
    });
    const http = client(server.origin);
    const { ended } = await collect(linesFrom(http, { signal: signal ?? stop.signal }));
    expect(ended).toBe("quietly");
    if (signal) expect(http.stats().connectionsOpened).toBe(0);
  });

  it("ends quietly when it is aborted before the head came", async () => {
    const stop = new AbortController();
    const server = await serve(() => stop.abort());
    const { ended } = await collect(linesFrom(client(server.origin), { signal: stop.signal }));
    expect(ended).toBe("quietly");
  });

  it("NW-04 a head that doesn't come in time is a TIMEOUT, with nothing sent", async () => {
    const server = await serve(() => undefined);
    const { ended } = await collect(linesFrom(client(server.origin, { timeoutMs: 100 })));
    expect(ended).toMatchObject({ code: "TIMEOUT", sent: false, retryable: true });
  });

  it("ST-01 silence is a TIMEOUT, although the connection is open", async () => {
    const server = await serve((_request, response) => start(response, "one"));
    const { got, ended } = await collect(linesFrom(client(server.origin), { silenceMs: 100 }));
    expect(got).toEqual(["one"]);
    expect(ended).toMatchObject({ code: "TIMEOUT", sent: false, retryable: true });
    expect(String(ended)).toContain("has sent nothing for 100 ms");
  });

  it("ST-01 a byte now and then is a sign of life, also within a line", async () => {
    const server = await serve((_request, response) => {
      start(response);
      let left = 8;
      const beat = setInterval(() => {
        left -= 1;
        response.write(left === 0 ? "\nend\n" : "x");
        if (left === 0) clearInterval(beat);
      }, 40);
    });
    const got: string[] = [];
    for await (const lines of linesFrom(client(server.origin), { silenceMs: 200 })) {
      got.push(...lines);
      if (got.includes("end")) break;
    }
    expect(got).toEqual(["xxxxxxx", "end"]);
  });

  it("ST-10 a reader that takes its time isn't taken for a silent broker, nor drowned", async () => {
    let written = 0;
    const line = `${"x".repeat(64 * 1024)}\n`;
    const server = await serve((_request, response) => {
      response.writeHead(200);
      const pump = () => {
        while (!response.destroyed && written < 2_000) {
          written += 1;
          if (!response.write(line)) return void response.once("drain", pump);
        }
      };
      pump();
    });
    const stream = linesFrom(client(server.origin), { silenceMs: 100 })[Symbol.asyncIterator]();
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await stream.next()).toMatchObject({ done: false });
    expect(written).toBeLessThan(500);
    await stream.return?.();
  });

  it.each<[string, string, string]>([
    [
      "ends it in good order",
      `${HEAD}transfer-encoding: chunked\r\n\r\n4\r\none\n\r\n0\r\n\r\n`,
      "ended",
    ],
    ["closes it within a chunk", `${HEAD}transfer-encoding: chunked\r\n\r\n8\r\none\ntw`, "cut"],
    ["closes it within a line", `${HEAD}transfer-encoding: chunked\r\n\r\n6\r\none\ntw\r\n`, "cut"],
    ["ends what has no length", `${HEAD}connection: close\r\n\r\none\ntw`, "ended"],
  ])(
    "ST-03 a broker that %s ends it with a failure, and half a line is none",
    async (_how, text, words) => {
      const server = keep(
        await serveRaw((socket) => void socket.once("data", () => socket.end(text))),
      );
      const { got, ended } = await collect(linesFrom(client(server.origin)));
      expect(got).toEqual(["one"]);
      expect(ended).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: true });
      expect(String(ended)).toContain(words);
    },
  );

  it.each<
    [
      string,
      (socket: {
        resetAndDestroy(): unknown;
        write: (text: string, done: () => void) => unknown;
      }) => void,
    ]
  >([
    ["at once", (socket) => socket.resetAndDestroy()],
    ["within the head", (socket) => socket.write("HTTP/1.1 200", () => socket.resetAndDestroy())],
  ])("NW-03 a connection reset %s is a failure with nothing sent", async (_when, play) => {
    const server = keep(await serveRaw((socket) => void socket.once("data", () => play(socket))));
    const { ended } = await collect(linesFrom(client(server.origin)));
    expect(ended).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: true });
  });

  it("NW-02 a refused connection says so", async () => {
    const server = await serveRaw(() => undefined);
    await server.close();
    const { ended } = await collect(linesFrom(client(server.origin)));
    expect(String(ended)).toContain("refused the connection");
  });

  it.each<[number, string]>([
    [400, "ORDER_REJECTED"],
    [401, "ORDER_REJECTED"],
    [302, "BROKER_UNAVAILABLE"],
    [429, "RATE_LIMITED"],
    [503, "BROKER_UNAVAILABLE"],
    [204, "ORDER_REJECTED"],
  ])("HT-05 a %i instead of a stream is %s", async (status, code) => {
    const server = await serve((_request, response) => {
      response.writeHead(status, { location: "http://127.0.0.1:1/" }).end("no");
    });
    const { got, ended } = await collect(linesFrom(client(server.origin)));
    expect(got).toEqual([]);
    expect(ended).toMatchObject({ code });
  });

  it("HT-05 a refusal that never ends is given up", async () => {
    const server = await serve((_request, response) => void response.writeHead(400).write("…"));
    const { ended } = await collect(linesFrom(client(server.origin, { timeoutMs: 100 })));
    expect(ended).toMatchObject({ code: "TIMEOUT" });
  });

  it("NW-08 a refusal without bounds is cut off", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(400).end(Buffer.alloc(4096, 0x20));
    });
    const { ended } = await collect(linesFrom(client(server.origin, { maxBodyBytes: 1024 })));
    expect(String(ended)).toContain("cut off");
  });

  it("a line that is longer than what may wait comes whole", async () => {
    const long = "x".repeat(900_000);
    const server = await serve((_request, response) => start(response, long, "end"));
    const stream = linesFrom(client(server.origin))[Symbol.asyncIterator]();
    const got: string[] = [];
    while (!got.includes("end")) got.push(...((await stream.next()).value ?? []));
    expect(got).toEqual([long, "end"]);
    await stream.return?.();
  });

  it("NW-08 a line without bounds is cut off", async () => {
    const server = await serve((_request, response) => start(response, "x".repeat(5_000)));
    const { ended } = await collect(linesFrom(client(server.origin, { maxLineBytes: 4_096 })));
    expect(ended).toMatchObject({ code: "BROKER_UNAVAILABLE", retryable: false });
    expect(String(ended)).toContain("longer than anything it should send");
  });

  it("a compressed stream, which wasn't asked for, is refused", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("one\n"));
    });
    const { got, ended } = await collect(linesFrom(client(server.origin)));
    expect(got).toEqual([]);
    expect(String(ended)).toContain("isn't text");
  });

  it("is over when the client is closed, and can't be opened after", async () => {
    const server = await serve((_request, response) => {
      start(response, "one");
      void http.close();
    });
    const http = client(server.origin);
    expect((await collect(linesFrom(http))).ended).toMatchObject({ code: "BROKER_UNAVAILABLE" });
    const again = failureOf(linesFrom(http)[Symbol.asyncIterator]().next());
    expect(await again).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
  });

  it("CR-07 a token echoed by a refusal never comes back", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(401).end(`your ${TOKEN.reveal()}`);
    });
    const { ended } = await collect(linesFrom(client(server.origin)));
    expect(inspect(ended)).toContain("your ***");
    expect(inspect(ended, { depth: 9, showHidden: true })).not.toContain(TOKEN.reveal());
  });
});
