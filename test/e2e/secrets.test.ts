import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Finished, newUser, PATIENCE } from "../support/program.ts";
import { connectOanda, openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const CANARY = "canary-5f2b9c71e04d4a6f8b13-7ac9d0e2f6";
const PASSPHRASE = "canary-passphrase-93b1c55e";
/** The secrets as they are, and as they would look encoded. */
const TRACES = [CANARY, PASSPHRASE].flatMap((secret) => [
  secret,
  Buffer.from(secret).toString("base64").slice(0, -4),
  Buffer.from(secret).toString("hex"),
]);

function expectClean(text: string, where: string): void {
  for (const trace of TRACES) expect(text.includes(trace), `a secret in ${where}`).toBe(false);
}

/** A proxy at its worst: it answers with everything that it was sent. */
async function openEcho(status: number): Promise<Server> {
  const server = createServer((request, response) => {
    const said = JSON.stringify({ errorMessage: `refused: ${JSON.stringify(request.headers)}` });
    const location = `http://127.0.0.1:1/?token=${request.headers.authorization}`;
    response.writeHead(status, { "content-type": "application/json", location });
    response.end(said);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("P7 a secret", () => {
  const user = newUser({ TMT_BROKER_PASSPHRASE: PASSPHRASE });
  const echoes: Server[] = [];
  const outputs: (readonly [string, Finished])[] = [];
  let venue: Venue;

  async function run(words: string, options = {}): Promise<Finished> {
    const result = await user.run(words, options);
    outputs.push([words, result]);
    return result;
  }

  beforeAll(async () => {
    venue = await openVenue({ token: CANARY });
    await connectOanda(user, venue);
  });

  afterAll(() => {
    for (const server of echoes) server.close();
  });

  it("is in no output of what works", async () => {
    await run("order buy EUR_USD 100 --sl -c oanda --verbose");
    await run("order buy EUR_USD 101 --sl -c oanda --json --verbose");
    await run("connect list --json");
    await run("connect status --json --verbose");
    await run("connect test oanda");
    await run("config list --json");
    await run("history audit --json");
    await run("connect rotate oanda --token-stdin --verbose", { stdin: CANARY });
    for (const [words, { code, stderr }] of outputs)
      expect([words, code], stderr).toEqual([words, 0]);
    expect(ordersSent(venue)).toHaveLength(2);
  });

  it.each([401, 403, 404, 400, 500, 302, 200])(
    "CR-07 is in no failure when the other side echoes it with status %i",
    async (status) => {
      const echo = await openEcho(status);
      echoes.push(echo);
      const { port } = echo.address() as AddressInfo;
      const host = `http://127.0.0.1:${port}`;
      const name = `echo-${status}`;
      const words = `connect add oanda --name ${name} --host ${host} --token-stdin --store file`;
      const added = await run(`${words} --verbose`, { stdin: CANARY });
      expect(added.code).not.toBe(0);
      expect((await run(`${words} --json`, { stdin: CANARY })).code).not.toBe(0);
    },
  );

  it("is in no failure when a defect of the network library quotes the request", async () => {
    const preload = join(user.home, "broken-http.cjs");
    writeFileSync(
      preload,
      `const http = require("http");
       http.request = (...given) => { throw new Error("bad request " + JSON.stringify(given)); };
       http.ClientRequest.prototype.setHeader = function (name, value) {
         throw new Error("bad header " + name + ": " + value);
       };`,
    );
    const env = { NODE_OPTIONS: `--require ${preload}` };
    const failed = await run("order buy EUR_USD 100 -c oanda --verbose", { env });
    expect(failed.code).toBeGreaterThan(0);
    expect((await run("order buy EUR_USD 100 -c oanda --json", { env })).code).toBeGreaterThan(0);
  });

  it("is in no failure of the secret itself", async () => {
    const words = "connect add oanda --name two-lines --token-stdin --store file --verbose";
    expect((await run(words, { stdin: `${CANARY}\n${CANARY}` })).code).toBe(3);
    const env = { TMT_BROKER_TOKEN: `${CANARY} ${CANARY}` };
    expect((await run("order buy EUR_USD 1 -c oanda --verbose", { env })).code).toBe(3);
    expect((await run("order buy EUR_USD 1 -c oanda --json", { env })).code).toBe(3);
  });

  const hasProc = existsSync("/proc/self/cmdline");

  it.skipIf(!hasProc)("CR-08 is not in the process list while the program runs", async () => {
    const child = user.start("order buy EUR_USD 100 -c oanda");
    const isOver = once(child, "exit").then(() => true);
    const seen: string[] = [];
    while (!(await Promise.race([isOver, delay(5)]))) {
      seen.push(readFileSync(`/proc/${child.pid}/cmdline`, "utf8"));
    }
    expect(seen.length).toBeGreaterThan(0);
    expectClean(seen.join("\n"), "the process list");
  });

  it("was in none of all that the program said", () => {
    expect(outputs.length).toBeGreaterThan(20);
    for (const [words, { stdout, stderr }] of outputs) {
      expectClean(stdout, `stdout of ${words}`);
      expectClean(stderr, `stderr of ${words}`);
    }
  });

  it("is in none of the files that the program leaves", () => {
    const files = readdirSync(user.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const names = files.map((file) => file.slice(user.home.length + 1));
    expect(names).toEqual(
      expect.arrayContaining(["config.toml", "credentials.enc", "tmt-broker.db"]),
    );
    for (const file of files) expectClean(readFileSync(file, "latin1"), file);
  });
});
