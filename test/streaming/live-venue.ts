import { onTestFinished, vi } from "vitest";
import { openOandaConnection } from "../../src/adapters/oanda/connection.ts";
import { decimal } from "../../src/core/money.ts";
import { Secret } from "../../src/core/secret.ts";
import { addMs, type Instant, instantFromMs } from "../../src/core/time.ts";
import { openPracticeServer } from "../../src/paper/v20-server/server.ts";
import { createRunningClock } from "../contract/running-clock.ts";
import { openScriptedFeed } from "../paper/v20-server/scripted-feed.ts";
import { openStreamRelay } from "../support/stream-relay.ts";

export const ACCOUNT = "101-001-1234567-001";
export const SECOND_ACCOUNT = "101-001-1234567-002";
const TOKEN = "0123456789abcdef-practice";
/** A Wednesday morning in New York. */
const WEDNESDAY: Instant = instantFromMs(Date.UTC(2026, 10, 18, 14));
/** Everybody's time runs so many times as fast as ours: heartbeats come each half second. */
const SPEED = 10;

export type VenueOptions = { readonly start?: Instant; readonly currency?: string };

/** A practice server behind a relay, prices that a test moves, and a connection through the relay. */
export async function openLiveVenue({ start = WEDNESDAY, currency = "USD" }: VenueOptions = {}) {
  const clock = createRunningClock(start, SPEED);
  const feed = openScriptedFeed();
  const account = { currency, balance: decimal("500000"), region: "NONE" } as const;
  const set = (instrument: string, bid: string, ask: string) =>
    feed.set(instrument, clock.now(), { bid, ask });
  const halt = (instrument: string, bid: string, ask: string) =>
    feed.set(instrument, clock.now(), { bid, ask, tradeable: false });
  set("EUR_USD", "1.10000", "1.10010");
  set("GBP_USD", "1.30000", "1.30020");
  set("USD_JPY", "150.000", "150.010");
  const server = await openPracticeServer({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    feed,
    clock,
    openedAt: addMs(start, -60_000),
    accounts: [
      { ...account, id: ACCOUNT, alias: "first" },
      { ...account, id: SECOND_ACCOUNT, alias: "second" },
    ],
  });
  const relay = await openStreamRelay(server.url);
  const connection = openOandaConnection({
    profile: { environment: "practice", host: relay.url },
    token: new Secret(TOKEN),
    clock,
    version: "0.0.0",
    limits: { timeoutMs: 60_000, connectTimeoutMs: 30_000 },
  });
  onTestFinished(async () => {
    await connection.close();
    await relay.close();
    await server.close();
  });
  return { clock, set, halt, server, relay, connection, broker: connection.broker(ACCOUNT) };
}

export type LiveVenue = Awaited<ReturnType<typeof openLiveVenue>>;

/** A busy computer takes its time: `vi.setConfig(LIVE_PATIENCE)`. */
export const LIVE_PATIENCE = { testTimeout: 60_000 } as const;

/** Waits until the check holds. */
export function until(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 40_000, interval: 5 });
}
