import { once } from "node:events";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpClient } from "../../src/resilience/http.ts";
import type { HttpMethod } from "../../src/resilience/transport.ts";
import { failureOf, type Loopback, openClient, serveHttp, serveRaw } from "./loopback.ts";

const TRANSPORTS = ["node", "undici"] as const;
const open: (HttpClient | Loopback)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<T extends HttpClient | Loopback>(value: T): T {
  open.push(value);
  return value;
}

/** Plays `answer` once a whole request head has come; counts the requests seen. */
async function serveScript(answer: (socket: Socket) => void) {
  const seen = { requests: 0 };
  const server = await serveRaw((socket) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      text = "";
      seen.requests += 1;
      answer(socket);
    });
  });
  return { ...keep(server), seen };
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const UNTIL_CLOSED = 3_000;

describe.each(TRANSPORTS)("over the %s transport", (transport) => {
  const client = (origin: string, options = {}) =>
    keep(openClient({ origin, transport, ...options }));

  describe("connecting", () => {
    it("NW-02 a refused connection says so, and that nothing was sent", async () => {
      const server = await serveRaw(() => undefined);
      await server.close();
      const failure = await failureOf(
        client(server.origin).request({ method: "POST", path: "/", body: "{}" }),
      );
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: true });
      expect(failure.message).toMatch(/refused the connection\. Nothing was sent\./);
    });

    it("NW-01 a name that can't be resolved is said to be that", async () => {
      const failure = await failureOf(
        client("https://no-such-host.invalid").request({ method: "POST", path: "/", body: "{}" }),
      );
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
      expect(failure.message).toMatch(/no-such-host\.invalid can't be resolved/);
    });

    it("NW-02 a connection that never comes about ends in time, with nothing sent", async () => {
      const silent = keep(await serveRaw(() => undefined));
      const failure = await failureOf(
        client(`https://127.0.0.1:${silent.port}`, { connectTimeoutMs: 100 }).request({
          method: "POST",
          path: "/",
          body: "{}",
        }),
      );
      expect(failure).toMatchObject({ code: "TIMEOUT", sent: false, retryable: true });
    });

    it("NW-02 a server that doesn't speak TLS is told apart", async () => {
      const plain = keep(await serveRaw((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n")));
      const failure = await failureOf(
        client(`https://127.0.0.1:${plain.port}`).request({ method: "GET", path: "/" }),
      );
      expect(failure.message).toMatch(/doesn't speak TLS|was cut/);
      expect(failure.sent).toBe(false);
    });
  });

  describe.each<[string, HttpMethod]>([
    ["submit", "POST"],
    ["amend", "PUT"],
    ["close", "PATCH"],
    ["cancel", "DELETE"],
  ])("NW-03 a connection reset during a %s", (_what, method) => {
    it("as soon as it is there: the request isn't sent again", async () => {
      const server = keep(await serveRaw((socket) => socket.resetAndDestroy()));
      const failure = await failureOf(
        client(server.origin).request({ method, path: "/v3", body: "{}" }),
      );
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE" });
      expect(server.sockets.length).toBe(1);
    });

    it("after half the body: it may have been carried out", async () => {
      const server = await serveScript((socket) => socket.resetAndDestroy());
      const body = JSON.stringify({ padding: "x".repeat(4_000_000) });
      const failure = await failureOf(client(server.origin).request({ method, path: "/v3", body }));
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true, retryable: false });
      expect(server.seen.requests).toBe(1);
    });

    it.each([
      ["before the answer", ""],
      ["within the headers", HEAD],
      ["within the body", `${HEAD}content-length: 100\r\n\r\n{"half":`],
      ["within a chunk", `${HEAD}transfer-encoding: chunked\r\n\r\n20\r\n{"half":`],
    ])("%s: it may have been carried out", async (_moment, answer) => {
      for (const end of ["reset", "close"] as const) {
        const server = await serveScript((socket) => {
          if (end === "close") return socket.end(answer);
          if (answer === "") return socket.resetAndDestroy();
          socket.write(answer, () => socket.resetAndDestroy());
        });
        const http = client(server.origin);
        const failure = await failureOf(http.request({ method, path: "/v3", body: "{}" }));
        expect(failure, end).toMatchObject({
          code: "BROKER_UNAVAILABLE",
          sent: true,
          retryable: false,
        });
        expect(failure.message).toContain("may have been carried out");
        expect(server.seen.requests).toBe(1);
      }
    });
  });

  it("NW-03 a read that was cut may be tried again", async () => {
    const server = await serveScript((socket) => socket.resetAndDestroy());
    const failure = await failureOf(client(server.origin).request({ method: "GET", path: "/" }));
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", retryable: true });
    expect(failure.message).toContain("Nothing was sent, and nothing changed.");
  });

  it("NW-04 silence after the request ends in time, and it may have been carried out", async () => {
    const server = await serveScript(() => undefined);
    const http = client(server.origin, { timeoutMs: 100 });
    const failure = await failureOf(http.request({ method: "POST", path: "/", body: "{}" }));
    expect(failure).toMatchObject({ code: "TIMEOUT", sent: true, retryable: false });
  });

  it("NW-05 a connection that the peer closed while idle isn't used again", async () => {
    const server = await serveScript((socket) => {
      socket.write(`${HEAD}content-length: 2\r\n\r\n{}`);
    });
    const http = client(server.origin);
    await http.request({ method: "GET", path: "/1" });
    const [first] = server.sockets;
    first?.end();
    if (first) await once(first, "close");
    const second = await http.request({ method: "POST", path: "/2", body: "{}" });
    expect(second.status).toBe(200);
    expect(http.stats().connectionsOpened).toBe(2);
  });

  it("NW-05 bytes that came unasked on an idle connection are never taken for an answer", async () => {
    let count = 0;
    const server = await serveScript((socket) => {
      count += 1;
      const body = JSON.stringify({ answer: count });
      socket.write(`${HEAD}content-length: ${body.length}\r\n\r\n${body}`);
    });
    const http = client(server.origin);
    await http.request({ method: "GET", path: "/1" });
    const stray = `${HEAD}content-length: 15\r\n\r\n{"answer":"no"}`;
    await new Promise((resolve) => server.sockets[0]?.write(stray, resolve));
    // A turn on another connection, after which the stray bytes have certainly come.
    await client(server.origin).request({ method: "GET", path: "/other" });
    const result = await http.request({ method: "POST", path: "/2", body: "{}" }).catch((e) => e);
    if (result.status === 200) expect(result.json()).toEqual({ answer: 3 });
    else expect(result).toMatchObject({ name: "Failure", sent: false });
  });

  describe("NW-08 an answer that is", () => {
    it("a byte at a time is given up when its time is over", async () => {
      const timers: NodeJS.Timeout[] = [];
      const server = await serveScript((socket) => {
        socket.write(`${HEAD}content-length: 1000\r\n\r\n`);
        timers.push(setInterval(() => socket.write(" "), 20));
      });
      const http = client(server.origin, { timeoutMs: 200 });
      const failure = await failureOf(http.request({ method: "GET", path: "/" }));
      timers.forEach(clearInterval);
      expect(failure).toMatchObject({ code: "TIMEOUT" });
      expect(failure.message).toContain("no complete answer within 200 ms");
    });

    it("200 MB long is cut off at its bound", async () => {
      let written = 0;
      const server = keep(
        await serveHttp((_request, response) => {
          const chunk = Buffer.alloc(1024 * 1024, 0x20);
          const pump = () => {
            if (response.destroyed || written >= 200) return;
            written += 1;
            response.write(chunk, pump);
          };
          pump();
        }),
      );
      const failure = await failureOf(
        client(server.origin).request({ method: "POST", path: "/", body: "{}" }),
      );
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true, retryable: false });
      expect(failure.message).toContain("cut off");
      expect(written).toBeLessThan(60);
    });

    it.each([
      [1024, 200],
      [1025, "BROKER_UNAVAILABLE"],
    ])("%i bytes long under a bound of 1024 gives %s", async (size, expected) => {
      const server = keep(
        await serveHttp((_request, response) => response.end(`[${" ".repeat(size - 2)}]`)),
      );
      const http = client(server.origin, { maxBodyBytes: 1024 });
      const result = await http.request({ method: "GET", path: "/" }).catch((error) => error);
      expect(result.status ?? result.code).toBe(expected);
    });

    it("nothing but headers without end is cut off", async () => {
      const server = await serveScript((socket) => {
        socket.write(HEAD);
        const pump = () => {
          if (!socket.destroyed) socket.write(`x-more: ${"y".repeat(4096)}\r\n`, pump);
        };
        pump();
      });
      const failure = await failureOf(client(server.origin).request({ method: "GET", path: "/" }));
      expect(failure.code).toBe("BROKER_UNAVAILABLE");
      expect(failure.message).toContain("headers");
    });

    it("a gzip bomb isn't unpacked beyond its bound", async () => {
      const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
      const server = keep(
        await serveHttp((_request, response) => {
          response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
        }),
      );
      const failure = await failureOf(
        client(server.origin).request({ method: "PUT", path: "/", body: "{}" }),
      );
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
      expect(failure.message).toContain("can't be unpacked within its bounds");
    });
  });

  it("unpacks a gzip answer", async () => {
    const server = keep(
      await serveHttp((_request, response) => {
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync('{"a":"ä"}'));
      }),
    );
    const response = await client(server.origin).request({ method: "GET", path: "/" });
    expect(response.json()).toEqual({ a: "ä" });
  });

  it.each([
    [{ method: "GET", isAnswerLarge: true }, "gzip"],
    [{ method: "GET" }, "identity"],
    [{ method: "POST", body: "{}" }, "identity"],
  ] as const)("asks for a compressed answer only where it is large: %j", async (request, asked) => {
    const server = keep(
      await serveHttp(({ headers }, response) => {
        response.end(JSON.stringify(headers["accept-encoding"]));
      }),
    );
    const response = await client(server.origin).request({ ...request, path: "/" });
    expect(response.json()).toBe(asked);
  });

  it("refuses an encoding that it didn't ask for", async () => {
    const server = keep(
      await serveHttp((_request, response) => {
        response.writeHead(200, { "content-encoding": "br" }).end("x");
      }),
    );
    const failure = await failureOf(client(server.origin).request({ method: "GET", path: "/" }));
    expect(failure.message).toContain("(br)");
  });

  it("says so when the answer isn't HTTP", async () => {
    const server = await serveScript((socket) => socket.end("220 mail ready\r\n\r\n"));
    const failure = await failureOf(
      client(server.origin, { timeoutMs: UNTIL_CLOSED }).request({ method: "GET", path: "/" }),
    );
    expect(failure.code).toBe("BROKER_UNAVAILABLE");
    expect(failure.message).toMatch(/isn't HTTP/);
  });
});
