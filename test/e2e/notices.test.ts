import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { openGateway } from "../support/gateway.ts";
import { killedAt } from "../support/killed-steps.ts";
import { clockAhead, newUser, PATIENCE, type User } from "../support/program.ts";
import { openReceiver } from "../support/receiver.ts";
import { openScreen } from "../support/screen.ts";
import { connectOanda, openVenue, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: "token-of-the-test" };
const HOSTILE = `$(touch hacked)${String.fromCharCode(27)}[2J\r\n\u202E\u2028`;
const HOUR_MS = 3_600_000;
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** A user on paper with an order that expires within the hour. */
async function aWaitingUser(config: readonly string[] = []): Promise<User> {
  const user = newUser();
  for (const line of config) {
    const set = await user.run(["config", "set", ...line.split("=", 2)]);
    expect(set.code, set.stderr).toBe(0);
  }
  const { code, stderr } = await user.run(
    "order buy EUR_USD 100 --type limit --price 1.12 --expires 30m",
  );
  expect(code, stderr).toBe(0);
  expect((await user.run("positions")).stderr).toBe("");
  return user;
}

const later = (user: User) => ({ env: clockAhead(user, HOUR_MS) });

describe("the next command tells what happened to an order meanwhile", () => {
  it("in a note on stderr, once", async () => {
    const user = await aWaitingUser();
    const env = later(user);
    const list = await user.run("order list", env);
    expect(list.code).toBe(0);
    expect(list.stderr).toMatch(
      /paper\/paper-001: Order \d+ \(buy 100 EUR_USD\) expired unfilled\. \(/,
    );
    expect(list.stdout).not.toContain("expired");
    expect((await user.run("order list", env)).stderr).toBe("");
  });

  it("never with -q, and later without; with --json as other notes", async () => {
    const user = await aWaitingUser();
    const env = later(user);
    expect((await user.run("positions -q", env)).stderr).toBe("");
    const listed = await user.run("order list --json", env);
    expect(listed.json()).toEqual([]);
    expect(listed.stderr).toContain("expired unfilled");
  });

  it("not at all where notify.orders is off", async () => {
    const user = await aWaitingUser(["notify.orders=off"]);
    expect((await user.run("order list", later(user))).stderr).toBe("");
  });

  it("many as a few, and how to see the others", async () => {
    const user = newUser();
    await user.run("positions");
    const lines = Array.from({ length: 12 }, (_, at) => {
      const signal = { signalId: `s${at}`, agent: "me", instrument: "EUR_USD", side: "buy" };
      const terms = {
        type: "limit",
        price: "1.12",
        expiresAt: new Date(Date.now() + 600_000).toISOString(),
      };
      return JSON.stringify({ ...signal, ...terms, units: "100" });
    });
    const sent = await user.run("order submit", { stdin: lines.join("\n") });
    expect(sent.code, sent.stderr).toBe(0);
    const { stderr } = await user.run("positions", later(user));
    expect(stderr.match(/expired unfilled/g)).toHaveLength(5);
    expect(stderr).toContain(
      "and 7 more: tmt-broker history sync -c paper, then tmt-broker history list -c paper",
    );
  });

  it("by the user's command and webhook as well, and the mark moves with -q too", async () => {
    const { url, told } = await openReceiver();
    const user = await aWaitingUser([`notify.webhook=${url}`]);
    const file = join(user.home, "told.txt");
    await user.run([
      "config",
      "set",
      "notify.command",
      `cat >> ${file}; echo "$TMT_ALERT_KIND" >> ${file}`,
    ]);
    const env = later(user);
    expect((await user.run("positions -q", env)).stderr).toBe("");
    expect((await user.run("positions", env)).stderr).toBe("");
    expect(told).toMatchObject([
      {
        event: "order",
        key: expect.stringMatching(/^tmt-broker:order:paper paper-001 \d+$/),
        alert: { kind: "order_expired", connection: "paper", account: "paper-001" },
      },
    ]);
    expect(readFileSync(file, "utf8")).toContain("order_expired\n");
  });

  it("a webhook that is away fails nothing, and the note is told", async () => {
    const user = await aWaitingUser(["notify.webhook=http://127.0.0.1:9/"]);
    const env = later(user);
    const first = await user.run("positions", env);
    expect([first.code, first.stderr.includes("expired unfilled")]).toEqual([0, true]);
    expect((await user.run("positions", env)).stderr).toBe("");
  });

  it("PR-01 kill -9 at any step loses nothing, and doubles at the most the one it hit", async () => {
    const user = await aWaitingUser();
    const moved = clockAhead(user, HOUR_MS);
    const tellings = (text: string) => text.match(/expired unfilled/g)?.length ?? 0;
    for (let step = 1; ; step += 1) {
      const killed = killedAt(user, step);
      const NODE_OPTIONS = `${moved.NODE_OPTIONS} ${killed.NODE_OPTIONS}`;
      const died = await user.run("positions", { env: { ...killed, NODE_OPTIONS } });
      expect(died.code, "no step is left after the telling").toBeNull();
      if (tellings(died.stderr) === 0) continue;
      const next = await user.run("positions", { env: moved });
      expect(tellings(next.stderr)).toBeLessThanOrEqual(1);
      expect((await user.run("positions", { env: moved })).stderr).toBe("");
      return;
    }
  });
});

describe("CI-17 SE-01 the desktop", () => {
  it("is told by notify-send without a shell between, whatever a broker calls its orders", async () => {
    const user = await aWaitingUser(["notify.desktop=on"]);
    const bin = join(user.home, "bin");
    const file = join(user.home, "shown.txt");
    mkdirSync(bin);
    writeFileSync(join(bin, "notify-send"), `#!/bin/sh\nprintf '%s\\0' "$@" >> "${file}"\n`);
    chmodSync(join(bin, "notify-send"), 0o755);
    const path = { PATH: `${bin}:${user.env.PATH}` };
    const env = { ...later(user).env, ...path, TMT_BROKER_SECRET: "canary" };
    await user.run("positions", { env });
    const words = readFileSync(file, "utf8").split("\0");
    expect(words.slice(0, 4)).toEqual([
      ...["--app-name=tmt-broker", "--urgency=normal", "--", "tmt-broker: paper"],
    ]);
    expect(words[4]).toMatch(
      /^paper\/paper-001: Order \d+ \(buy 100 EUR_USD\) expired unfilled\.$/,
    );
  });

  it("that isn't there fails nothing", async () => {
    const user = await aWaitingUser(["notify.desktop=on"]);
    const { code, stderr } = await user.run("positions", later(user));
    expect([code, stderr.includes("expired unfilled")]).toEqual([0, true]);
    expect(readFileSync(join(user.home, "tmt-broker.log"), "utf8")).toContain("notify.desktop");
  });
});

describe("at a broker over the network", () => {
  const reads = ({ requests }: Venue) => requests.filter((one) => one.includes("sinceid"));

  it("CI-17 orders of our own cost no request more, and what others did is read once, whatever it is called", async () => {
    const user = newUser(SECRETS);
    const venue = await openVenue();
    const gateway = await openGateway(venue.url);
    await connectOanda(user, { ...venue, url: gateway.url });
    for (const words of [
      ...["order buy EUR_USD 100 --sl 50p", "order buy EUR_USD 101", "positions"],
      ...["order buy EUR_USD 102", "order buy EUR_USD 103", "positions"],
    ]) {
      const done = await user.run(`${words} -c oanda`);
      expect([done.code, done.stderr]).toEqual([0, ""]);
    }
    expect(reads(venue)).toEqual([]);
    const order = { type: "MARKET", instrument: "EUR_USD", units: "7", timeInForce: "FOK" };
    gateway.rewrite = (request, document) =>
      request.includes("sinceid")
        ? JSON.parse(JSON.stringify(document).replaceAll('"EUR_USD"', JSON.stringify(HOSTILE)))
        : undefined;
    await fetch(`${venue.url}/v3/accounts/${venue.account}/orders`, {
      method: "POST",
      headers: { authorization: `Bearer ${venue.token}`, "content-type": "application/json" },
      body: JSON.stringify({ order }),
    });
    const { stderr } = await user.run("positions -c oanda");
    expect(stderr).toContain("Not sent from here: bought 7 ");
    expect(stderr.trimEnd()).not.toMatch(CONTROL);
    expect((await user.run("accounts -c oanda")).stderr).toBe("");
    expect(reads(venue)).toHaveLength(1);
    expect(existsSync(join(user.home, "hacked"))).toBe(false);
  });

  it("BR-05 a stop refused in a process that died is told by the next command", async () => {
    const user = newUser(SECRETS);
    const venue = await openVenue();
    await connectOanda(user, venue);
    await user.run("positions -c oanda");
    venue.faultNext("stop-refused", { method: "POST", path: /\/orders$/ });
    const bought = await user.run("order buy EUR_USD 100 --sl 50p -c oanda --json");
    expect(bought.code).toBe(5);
    const { stderr } = await user.run("positions -c oanda");
    expect(stderr).toMatch(/Trade \d+ of EUR_USD is OPEN WITHOUT A STOP/);
    expect((await user.run("positions -c oanda")).stderr).not.toContain("WITHOUT A STOP");
  });
});

describe("watch", () => {
  it("rings, and says what happened, while it runs; the next command says nothing", async () => {
    const user = await aWaitingUser();
    const env = { ...user.env, ...clockAhead(user, 30 * 60_000 - 5_000) };
    const screen = openScreen({ ...user, env }, "watch EUR_USD");
    await screen.until("told", (text) => text.includes("expired unfilled"));
    expect(screen.written()).toContain("\u0007");
    await screen.press("q");
    expect((await user.run("positions", later(user))).stderr).toBe("");
  });

  it("--plain tells it on stderr, and rings for nobody in a pipe", async () => {
    const user = await aWaitingUser();
    const env = clockAhead(user, 30 * 60_000 - 5_000);
    const child = user.start("watch EUR_USD --plain", { env });
    let stderr = "";
    await new Promise<void>((resolve) => {
      child.stderr.on("data", (chunk) => {
        stderr += chunk;
        if (stderr.includes("expired unfilled")) resolve();
      });
    });
    child.kill("SIGINT");
    expect(stderr).not.toContain("\u0007");
  });
});
