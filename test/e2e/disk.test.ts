import { once } from "node:events";
import { copyFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { auditChain } from "../../src/compliance/audit/chain.ts";
import { instantFromMs } from "../../src/core/time.ts";
import { openStore } from "../../src/history/sqlite/store.ts";
import { clockAhead, fillsByClientId, newUser, PATIENCE, type User } from "../support/program.ts";
import { type SmallDisk, smallDisks } from "../support/small-disk.ts";
import { connectOanda, openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "a passphrase", TMT_BROKER_TOKEN: TOKEN };
/** Quiet: nothing but the error is on stderr then. */
const ORDER = "order buy EUR_USD 100 -c oanda --json --quiet";
/** After that long nothing of an order can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** The way to a venue; `onOrder` happens before an order is passed on. */
async function openWay(venue: Venue, onOrder: () => void): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === "POST") onOrder();
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

async function expectRefused(user: User, venue: Venue, code: string): Promise<void> {
  const before = ordersSent(venue).length;
  const refused = await user.run(ORDER);
  expect(refused.code, refused.stderr).toBe(9);
  expect(refused.error().code).toBe(code);
  expect(refused.error().message).toMatch(/nothing was sent/i);
  expect(refused.error().hint).toBeTruthy();
  expect(ordersSent(venue)).toHaveLength(before);
}

describe.each(smallDisks())("a user's disk %s", (_name, openDisk) => {
  let disk: SmallDisk;
  let user: User;
  let venue: Venue;
  let onOrder: () => void = () => undefined;

  beforeAll(async () => {
    disk = openDisk();
    closing.push(() => disk.remove());
    user = newUser({ ...SECRETS, TMT_BROKER_HOME: disk.path }, disk.identity);
    venue = await openVenue({ token: TOKEN });
    const url = await openWay(venue, () => onOrder());
    await connectOanda(user, { url, token: TOKEN });
    expect((await user.run(ORDER)).code).toBe(0);
  });

  it("DB-01 that is full takes no order, and takes them again with room", async () => {
    disk.fill();
    try {
      await expectRefused(user, venue, "STORAGE_FULL");
    } finally {
      disk.free();
    }
    expect((await user.run(ORDER)).code).toBe(0);
  });

  it("DB-01 that may only be read takes no order", async () => {
    disk.setReadOnly(true);
    try {
      await expectRefused(user, venue, "STORAGE_FULL");
    } finally {
      disk.setReadOnly(false);
    }
    expect((await user.run(ORDER)).code).toBe(0);
  });

  it("DB-01 that is full before the outcome is stored: it is told, and settled with room", async () => {
    onOrder = () => disk.fill();
    const placed = await user.run(`${ORDER} --client-id full-1`);
    onOrder = () => undefined;
    disk.free();
    expect(placed.code, placed.stderr).toBe(9);
    expect(placed.error().code).toBe("STORAGE_FULL");
    expect(placed.error().message).toMatch(/full-1 is filled \(100 of 100 units\).*not be stored/);
    const settled = await user.run("order reconcile -c oanda --json", {
      env: clockAhead(user, ARRIVAL_MS),
    });
    expect(settled.code, settled.stderr).toBe(0);
    const { settled: reports } = settled.json<{ settled: { clientOrderId: string }[] }>();
    expect(reports.map(({ clientOrderId }) => clientOrderId)).toEqual(["full-1"]);
    expect(fillsByClientId(await venue.log()).get("full-1")).toBe(1);
    expect((await user.run("history verify --json")).json()).toMatchObject({ ok: true });
  });
});

describe("an audit log that is long", () => {
  it.each([
    ["whole", "", 0],
    ["changed near its end", "UPDATE audit SET kind = 'x' WHERE sequence = 24999", 9],
  ])("DB-07 is proven by the built program too: %s", async (_what, sql, code) => {
    const user = newUser();
    const file = join(user.home, "tmt-broker.db");
    const store = openStore(file, { chain: auditChain });
    const record = { at: instantFromMs(0), kind: "note", data: { text: "größer" } };
    await store.journal.record(Array.from({ length: 25_000 }, () => record));
    store.close();
    const other = new Database(file);
    other.exec(`DROP TRIGGER audit_is_never_changed; ${sql}`);
    other.close();
    const verified = await user.run("history verify --json");
    expect(verified.code, verified.stderr).toBe(code);
    if (code === 0) expect(verified.json()).toMatchObject({ entries: 25_000, anchored: 25_000 });
    else expect(verified.error()).toMatchObject({ details: { sequence: 24_999 } });
  });
});

describe("a database that others hold or change", () => {
  let user: User;
  let venue: Venue;
  let file: string;

  beforeAll(async () => {
    user = newUser(SECRETS);
    venue = await openVenue({ token: TOKEN });
    await connectOanda(user, venue);
    file = join(user.home, "tmt-broker.db");
    expect((await user.run(ORDER)).code).toBe(0);
  });

  it("DB-03 locked for longer than anybody waits: the order isn't sent", async () => {
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    try {
      await expectRefused(user, venue, "STORAGE_BUSY");
    } finally {
      other.close();
    }
  });

  it("DB-03 a reader that holds an old snapshot stops no order", async () => {
    const reader = new Database(file, { readonly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM audit").get();
    expect((await user.run(ORDER)).code).toBe(0);
    reader.close();
  });

  it("DB-05 of a newer version takes no order, and says to upgrade", async () => {
    const other = new Database(file);
    const version = other.pragma("user_version", { simple: true });
    other.pragma("user_version = 999");
    try {
      await expectRefused(user, venue, "STORAGE_CORRUPT");
    } finally {
      other.pragma(`user_version = ${version}`);
      other.close();
    }
  });

  it("DB-09 restored from yesterday: nothing of then is sent again, and new orders wait for a word", async () => {
    venue.faultNext("http-500", { method: "POST", path: /\/orders$/ });
    expect((await user.run(`${ORDER} --client-id open-1`)).code).toBe(7);
    copyFileSync(file, `${file}.yesterday`);
    const env = clockAhead(user, ARRIVAL_MS);
    await user.run("order reconcile -c oanda", { env });
    expect((await user.run(ORDER)).code).toBe(0);
    const sent = ordersSent(venue).length;
    for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
    copyFileSync(`${file}.yesterday`, file);

    const refused = await user.run(ORDER, { env });
    expect(refused.code, refused.stderr).toBe(9);
    expect(refused.error()).toMatchObject({ code: "AUDIT_BROKEN" });
    expect(refused.error().message).toMatch(/the database is an older copy\..*nothing was sent/);
    expect((await user.run("history verify --json")).code).toBe(9);
    expect((await user.run("positions close EUR_USD --units 50 -c oanda", { env })).code).toBe(0);
    expect((await user.run("order reconcile -c oanda", { env })).code).toBe(0);
    expect((await user.run("history verify --reanchor --json")).error().code).toBe(
      "CONFIRMATION_REQUIRED",
    );
    const reanchored = await user.run("history verify --reanchor --yes --json");
    expect(reanchored.json()).toMatchObject({ ok: true });
    expect((await user.run("history verify --json")).json()).toMatchObject({ ok: true });
    expect((await user.run(ORDER)).code).toBe(0);
    expect(ordersSent(venue)).toHaveLength(sent + 2);
    expect(fillsByClientId(await venue.log()).get("open-1") ?? 0).toBeLessThanOrEqual(1);
  });
});
