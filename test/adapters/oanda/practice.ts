import { openOandaConnection } from "../../../src/adapters/oanda/connection.ts";
import { decimal } from "../../../src/core/money.ts";
import { Secret } from "../../../src/core/secret.ts";
import { instantFromMs } from "../../../src/core/time.ts";
import { openSyntheticFeed } from "../../../src/paper/feed/synthetic-feed.ts";
import { openPracticeServer } from "../../../src/paper/v20-server/server.ts";
import { systemClock } from "../../../src/resilience/system-clock.ts";
import type { Transport } from "../../resilience/loopback.ts";

export const ACCOUNT = "101-001-1234567-001";
const TOKEN = "0123456789abcdef-practice";
const START_MS = Date.UTC(2026, 10, 18, 14);

/** The server's own time stands still, so its prices do. */
const standingClock = { ...systemClock, now: () => instantFromMs(START_MS) };

/** A practice server whose prices stand still, and a connection to it. */
export async function openPractice(transport: Transport, timeoutMs = 5_000) {
  const server = await openPracticeServer({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    feed: openSyntheticFeed({ seed: 7, hours: "always" }),
    clock: standingClock,
    onError(error) {
      throw error;
    },
    accounts: [
      { id: ACCOUNT, alias: "test", currency: "USD", balance: decimal("500000"), region: "NONE" },
    ],
  });
  const connection = openOandaConnection({
    profile: { environment: "practice", host: server.url },
    token: new Secret(TOKEN),
    clock: systemClock,
    version: "0.0.0",
    transport,
    limits: { timeoutMs },
  });
  const close = async () => {
    await connection.close();
    await server.close();
  };
  return { server, connection, broker: connection.broker(ACCOUNT), close };
}
