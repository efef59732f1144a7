import { once } from "node:events";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Gateway, openGateway } from "../support/gateway.ts";
import { clockAhead, type Finished, newUser, PATIENCE, type User } from "../support/program.ts";
import { kindsInAudit } from "../support/refusals.ts";
import { connectOanda, openVenue, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const PASSPHRASE = { TMT_BROKER_PASSPHRASE: "correct horse battery" };
const TOKEN = "token-of-the-test";
/** The token in the environment is quicker than opening the encrypted file for every command. */
const SECRETS = { ...PASSPHRASE, TMT_BROKER_TOKEN: TOKEN };
/** A read that has no last answer to fall back to. */
const READ = "order list --state filled -c oanda --json";
const MINUTE = 61_000;

type Status = {
  readonly status: string;
  readonly breaker: { readonly state: string; readonly consecutiveFailures: number };
  readonly error: { readonly code: string } | null;
};

describe("a broker that fails", () => {
  let user: User;
  let venue: Venue;
  let gateway: Gateway;

  const run = (words: string, aheadMs = 0) =>
    user.run(words, aheadMs > 0 ? { env: clockAhead(user, aheadMs) } : {});
  const status = async (): Promise<Status> => {
    const result = await run("connect status oanda --json");
    expect(result.code, result.stderr).toBe(0);
    return result.json<readonly Status[]>()[0] as Status;
  };
  const breakIt = async () => {
    gateway.mode = 502;
    const failures: Finished[] = [];
    for (let index = 0; index < 5; index += 1) failures.push(await run(READ));
    return failures;
  };

  beforeEach(async () => {
    user = newUser(SECRETS);
    venue = await openVenue({ token: TOKEN });
    gateway = await openGateway(venue.url);
    await connectOanda(user, { url: gateway.url, token: TOKEN });
    expect((await run("order buy EUR_USD 1000 --sl 20p -c oanda")).code).toBe(0);
  });

  it("is asked three times by each read, and after five reads without an answer not at all", async () => {
    const before = gateway.requests.length;
    const failures = await breakIt();
    expect(failures.map((each) => each.error().code)).toEqual(Array(5).fill("BROKER_UNAVAILABLE"));
    expect(gateway.requests.length - before).toBe(15);
    const paused = await run(READ);
    expect(paused.code).toBe(6);
    expect(paused.error()).toMatchObject({ code: "CIRCUIT_OPEN", retryable: true });
    expect(paused.error().message).toMatch(/5 times in a row.*Nothing was sent.*again in \d+ s/);
    expect(paused.error().hint).toContain("tmt-broker connect reset oanda");
    const order = await run("order buy EUR_USD 1000 -c oanda --json");
    expect([order.code, order.error().code]).toEqual([6, "CIRCUIT_OPEN"]);
    expect(gateway.requests.length - before).toBe(15);
    expect(await status()).toMatchObject({
      status: "disconnected",
      breaker: { state: "open", consecutiveFailures: 5 },
      error: { code: "CIRCUIT_OPEN" },
    });
    expect(gateway.requests.length - before).toBe(15);
    expect((await venue.log()).filter(({ type }) => type === "MARKET_ORDER")).toHaveLength(1);
  });

  it("is tried by one read after a minute; an order's own read lets the order go", async () => {
    await breakIt();
    gateway.mode = "pass";
    const order = await run("order buy EUR_USD 500 -c oanda --json", MINUTE);
    expect(order.code, order.stderr).toBe(0);
    expect(await status()).toMatchObject({ status: "connected", breaker: { state: "closed" } });
  });

  it("is given another minute when that read fails as well", async () => {
    await breakIt();
    const before = gateway.requests.length;
    expect((await run(READ, MINUTE)).error().code).toBe("BROKER_UNAVAILABLE");
    expect((await run(READ, MINUTE)).error().code).toBe("CIRCUIT_OPEN");
    expect(gateway.requests.length - before).toBe(3);
  });

  it("PR-06 is tried by another process when the one that tries is killed while it waits", async () => {
    await breakIt();
    gateway.mode = "stall";
    const before = gateway.requests.length;
    const prober = user.start(READ, { env: clockAhead(user, MINUTE) });
    await vi.waitFor(() => expect(gateway.requests.length).toBe(before + 1), { timeout: 30_000 });
    const other = await run(READ, MINUTE);
    expect([other.code, other.error().code]).toEqual([6, "CIRCUIT_OPEN"]);
    expect(other.error().message).toContain("A read has to show first that the broker is back");
    expect(gateway.requests.length).toBe(before + 1);
    const exit = once(prober, "exit");
    prober.kill("SIGKILL");
    await exit;
    gateway.mode = "pass";
    const next = await run(READ, MINUTE);
    expect(next.code, next.stderr).toBe(0);
    expect(await status()).toMatchObject({ status: "connected", breaker: { state: "closed" } });
  });

  it("is asked again at once after connect reset, which is audited", async () => {
    await breakIt();
    gateway.mode = "pass";
    const reset = await run("connect reset oanda --json");
    expect(reset.json()).toEqual({ connection: "oanda", closed: ["oanda"] });
    expect(await kindsInAudit(user)).toContain("circuit.reset");
    expect((await run(READ)).code).toBe(0);
    expect((await run("connect reset")).stdout).toBe("No breaker of any connection was open.\n");
    expect((await run("connect reset no-such")).code).toBe(8);
  });

  it("can be tested by hand while it is paused, and that it works again ends the pause", async () => {
    await breakIt();
    expect((await run("connect test oanda --json")).error().code).toBe("BROKER_UNAVAILABLE");
    expect((await run(READ)).error().code).toBe("CIRCUIT_OPEN");
    gateway.mode = "pass";
    expect((await run("connect test oanda")).code).toBe(0);
    expect((await run(READ)).code).toBe(0);
  });

  it("HT-12 on a maintenance page for two hours shows what it last said, with its age, and never less", async () => {
    const fresh = await run("accounts -c oanda --json");
    expect(fresh.json()).toMatchObject([{ stale: false, openPositions: 1 }]);
    const position = (await run("positions -c oanda --json")).json<readonly object[]>()[0];
    await breakIt();
    const later = 2 * 3_600_000;
    for (const ahead of [0, later]) {
      const accounts = await run("accounts -c oanda --json", ahead);
      expect(accounts.code, accounts.stderr).toBe(0);
      const [account] = accounts.json<readonly { asOf: string; stale: boolean }[]>();
      expect(account).toMatchObject({ stale: true, openPositions: 1, balance: "100000" });
      expect(Date.parse(account?.asOf ?? "")).toBeLessThanOrEqual(Date.now());
      expect(accounts.stderr).toMatch(
        /oanda can't be reached \((CIRCUIT_OPEN|BROKER_UNAVAILABLE)\)/,
      );
    }
    expect((await run("accounts -c oanda", later)).stderr).toMatch(/2h \d+m old/);
    const shown = await run("positions -c oanda --json");
    const { instrument, units, currentPrice } = Object(position);
    expect(shown.json()).toMatchObject([{ instrument, units, currentPrice, stale: true }]);
    expect((await run("positions show EUR_USD -c oanda")).stdout).toMatch(/as of .* old/);
    expect((await run("order list -c oanda --json")).json()).toMatchObject([{ stale: true }]);
  });

  it("HT-06 that asks for a day of patience is believed to the hour, and told", async () => {
    gateway.mode = 429;
    gateway.headers = { "retry-after": "86400" };
    const before = gateway.requests.length;
    const result = await run(READ);
    expect([result.code, result.error().code]).toEqual([6, "RATE_LIMITED"]);
    expect(result.error().hint).toContain("3600 s");
    expect(gateway.requests.length - before).toBe(1);
    expect(await status()).toMatchObject({ breaker: { state: "closed", consecutiveFailures: 0 } });
  });
});

describe("connect status", () => {
  it("shows breaker, limit and pool of each connection; paper has no limit and no pool", async () => {
    const user = newUser(SECRETS);
    const venue = await openVenue({ token: TOKEN });
    await connectOanda(user, { url: venue.url, token: TOKEN });
    const result = await user.run("connect status --json");
    const closed = { state: "closed", consecutiveFailures: 0, openedAt: null, retryAt: null };
    expect(result.json()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "paper", breaker: closed, rateLimit: null, pool: null }),
        expect.objectContaining({
          name: "oanda",
          status: "connected",
          breaker: closed,
          rateLimit: { limitPerSecond: 100, remaining: expect.any(Number) },
          pool: { connected: 1, free: 1, pending: 0, queued: 0 },
        }),
      ]),
    );
  });
});
