import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { clockAhead, newUser, PATIENCE, type User } from "../support/program.ts";
import { connectOanda, openVenue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const CANARY = "canary-4b1d-token";
/** After that long nothing of an order can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;
const ROUTING_KEY = "canary-routing-key";

type Told = { readonly body: Record<string, unknown>; readonly path: string | undefined };
const told: Told[] = [];
const receiver = createServer(async (request, response) => {
  const body = (await json(request)) as Record<string, unknown>;
  told.push({ body, path: request.url });
  response.writeHead(202).end("{}");
});
let url = "";

beforeAll(async () => {
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});

afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

async function aUserWhoIsTold(): Promise<User> {
  const user = newUser({
    TMT_BROKER_PASSPHRASE: "a passphrase",
    TMT_BROKER_PAGERDUTY_URL: `${url}/v2/enqueue`,
  });
  expect((await user.run(`config set notify.webhook ${url}/canary-hook`)).code).toBe(0);
  const stored = await user.run("config set notify.pagerduty file --token-stdin", {
    stdin: ROUTING_KEY,
  });
  expect(stored.code, stored.stderr).toBe(0);
  return user;
}

function logOf({ home }: User): readonly Record<string, unknown>[] {
  const file = join(home, "tmt-broker.log");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

describe("a trouble that can't wait", () => {
  it("HT-07 an order whose fate is unknown is told of by every way, and when it is settled", async () => {
    const user = await aUserWhoIsTold();
    const venue = await openVenue({ token: CANARY });
    await connectOanda(user, venue);
    told.length = 0;
    venue.faultNext("http-500", { method: "POST", path: /\/orders$/ });
    const lost = await user.run("order buy EUR_USD 100 --client-id gone-1 -c oanda --json");
    expect(lost.code, lost.stderr).toBe(7);
    expect(new Set(told.map(({ path }) => path))).toEqual(new Set(["/canary-hook", "/v2/enqueue"]));
    expect((await user.run("positions -c oanda")).code).toBe(0);
    expect((await user.run("order buy EUR_USD 100 -c oanda")).code).toBe(7);
    const env = clockAhead(user, ARRIVAL_MS);
    expect((await user.run("order reconcile -c oanda", { env })).code).toBe(0);
    const events = told.filter(({ path }) => path === "/v2/enqueue").map(({ body }) => body);
    expect(events.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ["trigger", "tmt-broker:outcome_unknown:gone-1"],
      ["resolve", "tmt-broker:outcome_unknown:gone-1"],
    ]);
  });

  it("DB-05 a damaged database is told of, in a shell without a terminal, and the order isn't sent", async () => {
    const user = await aUserWhoIsTold();
    told.length = 0;
    writeFileSync(join(user.home, "tmt-broker.db"), "no database ".repeat(1_000));
    for (let run = 0; run < 3; run += 1) {
      const refused = await user.run("order buy EUR_USD 100 --json");
      expect(refused.code).toBe(9);
      expect(refused.error()).toMatchObject({ code: "STORAGE_CORRUPT" });
      expect(refused.error().message).toContain("Nothing was sent.");
    }
    const [webhook] = told.filter(({ path }) => path === "/canary-hook");
    expect(webhook?.body).toMatchObject({
      event: "trigger",
      alert: { kind: "storage", code: "STORAGE_CORRUPT" },
    });
    const [incident, ...more] = told.filter(({ path }) => path === "/v2/enqueue");
    expect(more).toEqual([]);
    expect(incident?.body).toMatchObject({ routing_key: ROUTING_KEY, event_action: "trigger" });
    expect(logOf(user)).toHaveLength(3);
    expect(logOf(user)[0]).toMatchObject({
      "log.level": "error",
      event: { action: "order buy", outcome: "failure" },
      error: { code: "STORAGE_CORRUPT" },
    });
  });

  it("DB-07 a broken audit log is told of, and when it is whole again", async () => {
    const user = await aUserWhoIsTold();
    const anchor = join(user.home, "tmt-broker.db.anchor");
    const before = readFileSync(anchor);
    told.length = 0;
    writeFileSync(anchor, "");
    const broken = await user.run("history verify --json");
    expect([broken.code, broken.error().code]).toEqual([9, "AUDIT_BROKEN"]);
    writeFileSync(anchor, before);
    const whole = await user.run("history verify --json");
    expect(whole.json()).toMatchObject({ ok: true, anchored: expect.any(Number) });
    const events = told.filter(({ path }) => path === "/v2/enqueue").map(({ body }) => body);
    expect(events.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ["trigger", "tmt-broker:audit_broken:database"],
      ["resolve", "tmt-broker:audit_broken:database"],
    ]);
  });

  it("a receiver that is away delays nothing but the end, and fails nothing", async () => {
    const user = newUser();
    await user.run("config set notify.webhook http://127.0.0.1:9/");
    writeFileSync(join(user.home, "tmt-broker.db.anchor"), "damaged");
    const bought = await user.run("order buy EUR_USD 100 --json");
    expect(bought.code).toBe(0);
    expect(bought.json()).toMatchObject({ status: "filled" });
    const messages = logOf(user).map(({ message }) => message);
    expect(messages.join()).toContain("notify.webhook could not be told");
  });
});

describe("P7 the log at its most talkative", () => {
  it("holds the requests and their context, and no secret", async () => {
    const user = await aUserWhoIsTold();
    const venue = await openVenue({ token: CANARY });
    const env = { TMT_BROKER_LOG: "debug" };
    await connectOanda(user, venue);
    for (const words of [
      "order buy EUR_USD 100 --sl -c oanda",
      "order buy EUR_USD 999999999 -c oanda",
      "order buy NO_SUCH 1 -c oanda",
      "connect test oanda",
      "accounts -c oanda",
    ]) {
      await user.run(words, { env });
    }
    await user.run("connect rotate oanda --token-stdin", { env, stdin: `${CANARY}-wrong` });
    const lines = logOf(user);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: expect.objectContaining({ action: "request", outcome: "success" }),
        http: { request: { method: "POST" }, response: { status_code: 201 } },
        tmt: expect.objectContaining({ connection: "oanda", requestId: expect.any(String) }),
      }),
    );
    const files = readdirSync(user.home, { recursive: true, withFileTypes: true });
    for (const entry of files.filter((file) => file.isFile())) {
      const text = readFileSync(join(entry.parentPath, entry.name), "latin1");
      expect(text.includes(CANARY), entry.name).toBe(false);
      expect(text.includes(ROUTING_KEY), entry.name).toBe(false);
      if (entry.name !== "config.toml")
        expect(text.includes("canary-hook"), entry.name).toBe(false);
    }
  });
});
