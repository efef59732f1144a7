import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { openOandaConnection } from "../../src/adapters/oanda/connection.ts";
import { OPEN_MS } from "../../src/core/circuit.ts";
import { Failure } from "../../src/core/failures.ts";
import { circuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import type { HttpClient, HttpOptions, HttpRequest } from "../../src/resilience/http.ts";
import { openOwnCircuits } from "../../src/resilience/own-guards.ts";
import { retry } from "../../src/resilience/retry.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  failureOf,
  type Loopback,
  openClient,
  serveHttp,
  serveRaw,
  TOKEN,
  type Transport,
} from "./loopback.ts";

/** Catalogued faults of networks that need the policies, or the adapter over them, to show. */

const GET: HttpRequest = { method: "GET", path: "/" };
const POST: HttpRequest = { method: "POST", path: "/", body: "{}" };
const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<T extends HttpClient | Loopback>(value: T): T {
  open.push(value);
  return value;
}

async function serve(handler: RequestListener) {
  const seen: string[] = [];
  const server = await serveHttp((request, response) => {
    seen.push(request.method ?? "");
    handler(request, response);
  });
  return { ...keep(server), seen };
}

/** The system's clock, with pauses that pass at once. */
const hurried = { ...systemClock, sleep: (_ms: number) => systemClock.sleep(0) };
const retrying: Pick<HttpOptions, "policies"> = {
  policies: [retry({ clock: hurried, random: () => 0 })],
};

function accountsOf(origin: string, transport: Transport) {
  const connection = openOandaConnection({
    profile: { environment: "practice", host: origin },
    token: TOKEN,
    clock: systemClock,
    version: "0.0.0",
    transport,
    limits: retrying,
  });
  open.push(connection);
  return connection.accounts();
}

describe.each(["node", "undici"] as const)("over the %s transport", (transport) => {
  const client = (origin: string, options: Partial<HttpOptions> = {}) =>
    keep(openClient({ origin, transport, ...retrying, ...options }));

  it("NW-01 a captive portal's page isn't taken for the broker's answer, however often it comes", async () => {
    const portal = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in to Wi-Fi</html>");
    });
    const failure = await failureOf(accountsOf(portal.origin, transport));
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: true });
    expect(failure.message).toContain("Sign in to Wi-Fi");
    expect(failure.hint).toMatch(/proxy|maintenance/);
    expect(portal.seen).toEqual(["GET", "GET", "GET"]);
  });

  it("NW-01 a portal that lets go after the first page is passed by the second try", async () => {
    const portal = await serve((_request, response) => {
      const isOpen = portal.seen.length > 1;
      response.writeHead(200).end(isOpen ? '{"accounts":[{"id":"1","tags":[]}]}' : "<html>Sign in");
    });
    expect(await accountsOf(portal.origin, transport)).toMatchObject([{ id: "1" }]);
  });

  it("NW-01 a name that can't be resolved is tried three times, for an order too: nothing left", async () => {
    const clock = new FakeClock();
    const policies = [retry({ clock, random: () => 0.5 })];
    const http = client("https://no-such-host.invalid", { policies });
    expect(await failureOf(http.request(POST))).toMatchObject({ sent: false });
    expect(clock.sleeps).toEqual([150, 300]);
  });

  it("NW-02 a broker that refuses connections for a moment gets the order once", async () => {
    const gone = await serve((_request, response) => response.end("{}"));
    await gone.close();
    let revived: Loopback | null = null;
    const clock = {
      ...hurried,
      sleep: async () => {
        const { createServer } = await import("node:http");
        const server = createServer((_request, response) => {
          gone.seen.push("POST");
          response.end("{}");
        });
        await new Promise<void>((resolve) => server.listen(gone.port, "127.0.0.1", resolve));
        revived = {
          ...gone,
          close: async () => {
            server.closeAllConnections();
            server.close();
          },
        };
        keep(revived);
      },
    };
    const http = client(gone.origin, { policies: [retry({ clock, random: () => 0 })] });
    expect((await http.request(POST)).status).toBe(200);
    expect(gone.seen).toEqual(["POST"]);
  });

  it("NW-03 a read that was cut is read again, and an order that was cut is not", async () => {
    const server = await serve((request, response) => {
      if (server.seen.length === 1) request.socket.resetAndDestroy();
      else response.end("{}");
    });
    expect((await client(server.origin).request(GET)).status).toBe(200);
    server.seen.length = 0;
    expect(await failureOf(client(server.origin).request(POST))).toMatchObject({ sent: true });
    expect(server.seen).toEqual(["POST"]);
  });

  it("NW-06 a proxy that strips every header and holds the answer back changes nothing", async () => {
    const proxy = keep(
      await serveRaw((socket) => {
        socket.on("data", () => {
          setTimeout(() => socket.end('HTTP/1.1 200 OK\r\n\r\n{"accounts":[]}'), 20);
        });
      }),
    );
    expect(await accountsOf(proxy.origin, transport)).toEqual([]);
  });

  it.each([502, 504])(
    "NW-06 a proxy's own %i page ends a read's three tries, and an order's one",
    async (status) => {
      const proxy = await serve((_request, response) => {
        response.writeHead(status, { "content-type": "text/html" }).end("<h1>Proxy error</h1>");
      });
      const http = client(proxy.origin);
      expect(await failureOf(http.request(GET))).toMatchObject({ code: "BROKER_UNAVAILABLE" });
      expect(await failureOf(http.request(POST))).toMatchObject({ sent: true, retryable: false });
      expect(proxy.seen).toEqual(["GET", "GET", "GET", "POST"]);
    },
  );

  it("NW-07 an IPv6 address where nobody answers is passed over for the IPv4 one", async () => {
    const server = await serve((_request, response) => response.end("{}"));
    const http = client(`http://localhost:${server.port}`);
    expect((await http.request(GET)).status).toBe(200);
  });

  it("NW-07 a connection that died while the computer slept: a read takes a new one, an order isn't resent", async () => {
    const server = keep(
      await serveRaw((socket) => {
        let requests = 0;
        socket.on("data", () => {
          requests += 1;
          if (requests === 1) socket.write(`${HEAD}content-length: 2\r\n\r\n{}`);
          else socket.resetAndDestroy();
        });
      }),
    );
    const http = client(server.origin);
    await http.request(GET);
    expect((await http.request(GET)).status).toBe(200);
    expect(server.sockets).toHaveLength(2);
    expect(await failureOf(http.request(POST))).toMatchObject({ sent: true, retryable: false });
    expect(server.sockets).toHaveLength(2);
  });

  it("HT-01 a read whose JSON is cut is read again; an order's cut answer leaves its fate open", async () => {
    const server = await serve((_request, response) => {
      response.end(server.seen.length === 1 ? '{"accounts":[{"id"' : '{"accounts":[]}');
    });
    expect(await accountsOf(server.origin, transport)).toEqual([]);
    expect(server.seen).toEqual(["GET", "GET"]);
    server.seen.length = 0;
    const answer = await client(server.origin).request(POST);
    expect(() => answer.json()).toThrow(expect.objectContaining({ sent: true, retryable: false }));
  });

  it("HT-04 a 401 or a 403 is an answer: it is asked for once, and counts as none of the failures", async () => {
    const circuits = openOwnCircuits();
    const me = { owner: "host:1:1", isAlive: () => true };
    const policies = [
      circuitBreaker({ connection: "oanda", circuits, clock: systemClock, ...me }),
      retry({ clock: hurried, random: () => 0 }),
    ];
    const server = await serve(({ url }, response) => {
      response.writeHead(url === "/open" ? 200 : Number(url?.slice(1))).end("{}");
    });
    const http = client(server.origin, { policies });
    const statuses: number[] = [];
    for (const path of ["/401", "/401", "/401", "/403", "/403", "/403", "/open"]) {
      statuses.push((await http.request({ method: "GET", path })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 403, 403, 403, 200]);
    expect(server.seen).toHaveLength(7);
  });
});

it("NW-07 after eight hours of sleep the breaker tries at once, and isn't fooled by a clock set right", async () => {
  const circuits = openOwnCircuits();
  const clock = new FakeClock();
  const me = { owner: "host:1:1", isAlive: () => true };
  const breaker = circuitBreaker({ connection: "oanda", circuits, clock, ...me });
  const down = async () => {
    throw new Failure("TIMEOUT", "no answer");
  };
  for (let index = 0; index < 5; index += 1) await breaker(GET, down).catch(() => undefined);
  // Asleep, the computer's own count of time stands still, and only the wall clock tells how long it was.
  clock.jump(8 * 3_600_000);
  const answer = { status: 200, headers: {}, text: "{}", json: () => ({}) };
  expect((await breaker(GET, async () => answer)).status).toBe(200);
  expect(OPEN_MS).toBeLessThan(8 * 3_600_000);
});
