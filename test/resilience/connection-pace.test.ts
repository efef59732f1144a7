import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { connectionPace } from "../../src/resilience/connection-pace.ts";
import { openOwnRates } from "../../src/resilience/own-guards.ts";
import { aStore } from "../history/sqlite/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { failureOf, openClient, serveHttp } from "./loopback.ts";

const HOST = "api-fxpractice.oanda.com";

describe("new connections to a broker", () => {
  it("ST-11 begin two at once at most, and two more each second, over all processes", async () => {
    const store = aStore();
    const clock = new FakeClock();
    const options = { connectionsPerSecond: 2, clock };
    const mine = connectionPace({ ...options, rates: store.rates });
    const others = connectionPace({ ...options, rates: aStore(store.path).rates });
    for (const pace of [mine, others, mine, others, mine]) await pace(HOST);
    expect(clock.sleeps).toEqual([1050, 1050]);
    await others("stream-fxpractice.oanda.com");
    expect(clock.sleeps).toHaveLength(2);
  });

  it("aren't counted to this computer", async () => {
    const clock = new FakeClock();
    const pace = connectionPace({ connectionsPerSecond: 2, rates: openOwnRates(), clock });
    for (let index = 0; index < 9; index += 1) await pace("127.0.0.1");
    expect(clock.sleeps).toEqual([]);
  });

  it("are refused when they would wait for more than five seconds", async () => {
    const clock = new FakeClock(undefined, "manual");
    const pace = connectionPace({ connectionsPerSecond: 2, rates: openOwnRates(), clock });
    for (let index = 0; index < 10; index += 1) void pace(HOST);
    await new Promise(setImmediate);
    expect(await failureOf(pace(HOST))).toMatchObject({
      code: "RATE_LIMITED",
      sent: false,
      details: { host: HOST, retryAfterMs: 5250 },
    });
  });
});

describe.each(["node", "undici"] as const)("over the %s transport", (transport) => {
  it("a request waits for its connection's turn, and is told when it gets none", async () => {
    const server = await serveHttp((_request, response) => response.end("{}"));
    const turn = Promise.withResolvers<void>();
    const hosts: string[] = [];
    const http = openClient({
      origin: server.origin,
      transport,
      beforeConnect: (host) => {
        hosts.push(host);
        return turn.promise;
      },
    });
    const request = http.request({ method: "GET", path: "/" });
    await new Promise(setImmediate);
    expect(http.stats()).toMatchObject({ connected: 0, pending: 0, queued: 1 });
    turn.resolve();
    expect((await request).status).toBe(200);
    expect(hosts).toEqual(["127.0.0.1"]);
    await http.close();

    const none = openClient({
      origin: server.origin,
      transport,
      beforeConnect: async () => {
        throw new Failure("RATE_LIMITED", "Not now. Nothing was sent.");
      },
    });
    const failure = await failureOf(none.request({ method: "POST", path: "/", body: "{}" }));
    expect(failure).toMatchObject({ code: "RATE_LIMITED", sent: false });
    await none.close();
    await server.close();
  });
});
