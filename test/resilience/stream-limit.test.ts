import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { NO_STREAM_PLACE } from "../../src/ports/stream-places.ts";
import { openOwnPlaces, steadyGuards } from "../../src/resilience/own-guards.ts";
import { isProcessAlive, processIdentity } from "../../src/resilience/process-identity.ts";
import { streamLimit } from "../../src/resilience/stream-limit.ts";
import { aStore, bareConnection } from "../history/sqlite/support.ts";
import { failureOf } from "./loopback.ts";

const HOST = "stream-fxpractice.oanda.com";
const CHILD = new URL("stream-places-child.ts", import.meta.url).pathname;
const own = { owner: processIdentity(), isAlive: isProcessAlive };

describe("streams to a broker", () => {
  it("ST-11 are twenty at most, over all processes, and the next one has the place of one that ends", async () => {
    const store = aStore();
    const mine = streamLimit({ ...own, places: store.streamPlaces, streams: 20 });
    const others = streamLimit({ ...own, places: aStore(store.path).streamPlaces, streams: 20 });
    const leaves = [];
    for (let index = 0; index < 20; index += 1)
      leaves.push(await (index % 2 ? mine : others)(HOST));
    expect(await failureOf(mine(HOST))).toMatchObject({
      code: "RATE_LIMITED",
      sent: false,
      retryable: true,
      details: { host: HOST, reason: NO_STREAM_PLACE },
    });
    expect(await failureOf(others(HOST))).toMatchObject({ code: "RATE_LIMITED" });
    await mine("stream-fxtrade.oanda.com");
    await leaves[7]?.();
    await others(HOST);
    expect(await failureOf(mine(HOST))).toMatchObject({ code: "RATE_LIMITED" });
  });

  it("ST-11 of a process that was killed leave their places to the others", async () => {
    const store = aStore();
    const child = spawn(process.execPath, [CHILD, store.path, HOST, "3"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(createInterface(child.stdout), "line");
    const mine = streamLimit({ ...own, places: store.streamPlaces, streams: 3 });
    expect(await failureOf(mine(HOST))).toMatchObject({ code: "RATE_LIMITED" });
    child.kill("SIGKILL");
    await once(child, "exit");
    for (let index = 0; index < 3; index += 1) await mine(HOST);
    expect(await failureOf(mine(HOST))).toMatchObject({ code: "RATE_LIMITED" });
  });

  it("aren't counted to this computer", async () => {
    const limit = streamLimit({ ...own, places: openOwnPlaces(), streams: 1 });
    for (let index = 0; index < 3; index += 1) await limit("127.0.0.1");
  });

  it("DB-01 are counted by this process alone while the database fails", async () => {
    const store = aStore();
    const notes: string[] = [];
    const { streamPlaces: places } = steadyGuards(store, (text) => notes.push(text));
    bareConnection(store.path).exec("BEGIN IMMEDIATE");
    const limit = streamLimit({ ...own, places, streams: 2 });
    const leave = await limit(HOST);
    await limit(HOST);
    expect(await failureOf(limit(HOST))).toMatchObject({ code: "RATE_LIMITED" });
    await leave();
    await limit(HOST);
    expect(notes).toEqual([expect.stringContaining("STORAGE_BUSY")]);
  });
});
