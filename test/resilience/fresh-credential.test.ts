import { afterAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { freshCredential } from "../../src/resilience/fresh-credential.ts";
import { type Loopback, openClient, serveHttp } from "./loopback.ts";

const OLD = new Secret("canary-old");
const NEW = new Secret("canary-new");
const servers: Loopback[] = [];

afterAll(() => Promise.all(servers.map((server) => server.close())));

/** A server that takes one credential, and a client that begins with the old one. */
async function aScene(accepted: Secret, readAnew: () => Promise<Secret>) {
  const seen: (string | undefined)[] = [];
  const server = await serveHttp((request, response) => {
    const { authorization } = request.headers;
    seen.push(authorization);
    const isAccepted = authorization === `Bearer ${accepted.reveal()}`;
    response.writeHead(isAccepted ? 201 : 401).end(`{"you":"${authorization}"}`);
  });
  servers.push(server);
  let reads = 0;
  const policy = freshCredential(OLD, () => {
    reads += 1;
    return readAnew();
  });
  const http = openClient({ origin: server.origin, secrets: [OLD], policies: [policy] });
  const post = () =>
    http.request({
      method: "POST",
      path: "/orders",
      body: "{}",
      secretHeaders: [{ name: "authorization", prefix: "Bearer ", secret: OLD }],
    });
  return { seen, post, reads: () => reads, close: () => http.close() };
}

const BOTH = [`Bearer ${OLD.reveal()}`, `Bearer ${NEW.reveal()}`];

describe("CR-06 a credential that was rotated while a process runs", () => {
  it("is read anew once after a 401, and used from then on", async () => {
    const scene = await aScene(NEW, async () => NEW);
    const first = await scene.post();
    expect([first.status, first.text]).toEqual([201, '{"you":"Bearer ***"}']);
    expect((await scene.post()).status).toBe(201);
    expect(scene.seen).toEqual([...BOTH, BOTH[1]]);
    expect(scene.reads()).toBe(1);
    await scene.close();
  });

  it("is read anew by one of many requests at once", async () => {
    const scene = await aScene(NEW, async () => NEW);
    const answers = await Promise.all(Array.from({ length: 5 }, scene.post));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(201));
    await scene.close();
  });

  it.each([
    ["the store has the same one", async () => new Secret(OLD.reveal()), 1],
    ["the store fails", () => Promise.reject(new Error("locked")), 1],
    ["the new one is refused too", async () => NEW, 2],
  ])("leaves the refusal standing when %s", async (_what, readAnew, requests) => {
    const scene = await aScene(new Secret("another"), readAnew);
    expect((await scene.post()).status).toBe(401);
    expect(scene.seen).toHaveLength(requests);
    await scene.close();
  });

  it("is not read anew for anything but a 401", async () => {
    const scene = await aScene(OLD, async () => NEW);
    expect((await scene.post()).status).toBe(201);
    expect(scene.reads()).toBe(0);
    await scene.close();
  });
});
