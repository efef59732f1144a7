import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE } from "../support/program.ts";
import { connectOanda, openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const OLD = "token-before";
const NEW = "token-after";
const PASSPHRASE = { TMT_BROKER_PASSPHRASE: "a passphrase" };

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** The way to a venue that takes `token`; `onRefused` is waited for before a wrong one is refused. */
async function openGate(venue: Venue, gate: { token: string; onRefused: () => Promise<void> }) {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.headers.authorization !== `Bearer ${gate.token}`) {
      await gate.onRefused();
      response.writeHead(401, { "content-type": "application/json" });
      response.end('{"errorMessage":"Insufficient authorization to perform request."}');
      return;
    }
    const answer = await fetch(venue.url + request.url, {
      method: request.method ?? "GET",
      headers: { authorization: `Bearer ${venue.token}`, "content-type": "application/json" },
      ...(body === "" ? {} : { body }),
    });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a credential that changes", () => {
  it("CR-06 by connect rotate while an order is on its way: the order is placed, once", async () => {
    const user = newUser(PASSPHRASE);
    const venue = await openVenue();
    const gate = { token: OLD, onRefused: async () => undefined };
    const url = await openGate(venue, {
      get token() {
        return gate.token;
      },
      onRefused: () => gate.onRefused(),
    });
    await connectOanda(user, { url, token: OLD });
    gate.token = NEW;
    let rotations = 0;
    gate.onRefused = async () => {
      rotations += 1;
      if (rotations > 1) return;
      const rotated = await user.run("connect rotate oanda --token-stdin", { stdin: NEW });
      expect(rotated.code, rotated.stderr).toBe(0);
    };
    const placed = await user.run("order buy EUR_USD 100 -c oanda --json");
    expect(placed.code, placed.stderr).toBe(0);
    expect(placed.json()).toMatchObject({ status: "filled" });
    expect(ordersSent(venue)).toHaveLength(1);
    expect(rotations).toBeGreaterThan(0);
  });

  it("CR-05 that can't be stored changes nothing: the one before still works, and it is told", async () => {
    const user = newUser(PASSPHRASE);
    const venue = await openVenue();
    await connectOanda(user, venue);
    const store = join(user.home, "credentials.enc");
    const lock = `${store}.lock`;
    rmSync(lock, { force: true, recursive: true });
    // Nobody, not even root, makes a file where a folder stands.
    mkdirSync(lock);
    chmodSync(lock, 0o500);
    const rotated = await user.run("connect rotate oanda --token-stdin --json", {
      stdin: venue.token,
    });
    rmSync(lock, { recursive: true });
    expect(rotated.code).toBeGreaterThan(0);
    expect(rotated.error().message).toContain(store);
    expect((await user.run("connect test oanda")).code).toBe(0);
  });
});
