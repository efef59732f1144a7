import { afterEach, describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { Secret } from "../../src/core/secret.ts";
import { freshCredential } from "../../src/resilience/fresh-credential.ts";
import type { HttpClient, HttpRequest } from "../../src/resilience/http.ts";
import { retry } from "../../src/resilience/retry.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { failureOf, type Loopback, openClient, serveHttp, serveRaw, TOKEN } from "./loopback.ts";

const open: (HttpClient | Loopback)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const ORDER = { method: "POST", path: "/orders", body: "{}" } as const;

describe.each(["node", "undici"] as const)("before a request leaves over %s", (transport) => {
  async function aScene(status = 201, policies: Parameters<typeof openClient>[0]["policies"] = []) {
    const seen: string[] = [];
    const server = await serveHttp((request, response) => {
      seen.push(`${request.method} ${request.headers.authorization ?? ""}`.trim());
      response.writeHead(status).end("{}");
    });
    const http = openClient({ origin: server.origin, transport, policies });
    open.push(server, http);
    return { http, seen };
  }

  it.each(["a new", "a used"])("it is asked, once, over %s connection", async (which) => {
    const { http, seen } = await aScene();
    if (which === "a used") await http.request({ method: "GET", path: "/" });
    const before = seen.length;
    const asked: number[] = [];
    await http.request({ ...ORDER, beforeLeaving: () => asked.push(seen.length) });
    expect([asked, seen.length]).toEqual([[before], before + 1]);
  });

  it.each(["a new", "a used"])("a no keeps it back, over %s connection", async (which) => {
    const { http, seen } = await aScene(201, [retry({ clock: systemClock, random: () => 0 })]);
    if (which === "a used") await http.request({ method: "GET", path: "/" });
    const no = new Failure("TRADING_HALTED", "No.");
    let asked = 0;
    const beforeLeaving = () => {
      asked += 1;
      throw no;
    };
    expect(await failureOf(http.request({ ...ORDER, beforeLeaving }))).toBe(no);
    await http.request({ method: "GET", path: "/" });
    expect([asked, seen.filter((each) => each.startsWith("POST"))]).toEqual([1, []]);
  });

  it("it is asked only when the connection stands", async () => {
    const gone = await serveRaw((socket) => socket.destroy());
    await gone.close();
    const http = openClient({ origin: gone.origin, transport });
    open.push(http);
    let asked = 0;
    const beforeLeaving = () => {
      asked += 1;
    };
    const failure = await failureOf(http.request({ ...ORDER, beforeLeaving }));
    expect([failure.sent, asked]).toEqual([false, 0]);
  });

  it("CR-06 it isn't sent again with a fresh credential; the next one has it", async () => {
    const fresh = new Secret("canary-fresh");
    const { http, seen } = await aScene(401, [freshCredential(TOKEN, async () => fresh)]);
    const order: HttpRequest = {
      ...ORDER,
      secretHeaders: [{ name: "authorization", prefix: "Bearer ", secret: TOKEN }],
      beforeLeaving: () => undefined,
    };
    expect((await http.request(order)).status).toBe(401);
    expect(seen).toEqual([`POST Bearer ${TOKEN.reveal()}`]);
    await http.request(order);
    expect(seen[1]).toBe(`POST Bearer ${fresh.reveal()}`);
  });
});
