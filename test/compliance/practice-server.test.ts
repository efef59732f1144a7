import { describe, expect, it } from "vitest";
import { openOandaConnection } from "../../src/adapters/oanda/connection.ts";
import { openPaperConnection } from "../../src/adapters/paper/connection.ts";
import { ruleSetOn } from "../../src/compliance/rule-set.ts";
import { decimal } from "../../src/core/money.ts";
import { Secret } from "../../src/core/secret.ts";
import { openPracticeServer } from "../../src/paper/v20-server/server.ts";
import type { BrokerConnection } from "../../src/ports/broker.ts";
import { createHandClock } from "../paper/v20-server/hand-clock.ts";
import { START, TOKEN } from "../paper/v20-server/practice.ts";
import { openScriptedFeed } from "../paper/v20-server/scripted-feed.ts";
import { Random } from "../simulation/random.ts";
import { MemoryVenueStore } from "../support/memory-venue-store.ts";
import { playSession, type Step } from "./practice-session.ts";

/** `TMT_COMPLIANCE_SEED` and `TMT_COMPLIANCE_SESSIONS` choose others, and more. */
const SEED = Number(process.env.TMT_COMPLIANCE_SEED ?? "1");
const SESSIONS = Number(process.env.TMT_COMPLIANCE_SESSIONS ?? "8");
const STEPS = 40;
const TIMEOUT_MS = 60_000 + SESSIONS * 10_000;

const IDS = Array.from({ length: SESSIONS }, (_, session) => `101-001-1000001-${session + 101}`);
const BALANCE = decimal("10000000");

describe.each([
  { venue: "the practice server in US mode", open: openServer },
  { venue: "the paper broker with a US account", open: openPaper },
])("$venue", ({ open }) => {
  it(
    `refuses for FIFO what the program blocks, and nothing that it passes (BR-02), in ${SESSIONS} sessions from seed ${SEED}`,
    async () => {
      const { connection, close } = await open();
      const { capabilities: venue } = connection;
      const rules = ruleSetOn({ region: "US", broker: "oanda", changes: [] }, "2026-11-18");
      const met = new Map<string, number>();
      for (const [session, id] of IDS.entries()) {
        const broker = connection.broker(id);
        const random = new Random(SEED + session);
        for (const step of await playSession(broker, random, { steps: STEPS, rules, venue })) {
          expect(contradictionOf(step), JSON.stringify(step)).toBeNull();
          const kind = `${step.said}, ${step.did}`;
          met.set(kind, (met.get(kind) ?? 0) + 1);
        }
      }
      await close();
      // Each of them has to have happened, or nothing was shown.
      expect(met.get("pass, accepted")).toBeGreaterThan(50);
      expect(met.get("block, refused for FIFO")).toBeGreaterThan(2);
      expect(met.get("warn, accepted")).toBeGreaterThan(2);
      if (venue.fifoSafeguard) expect(met.get("warn, refused for FIFO")).toBeGreaterThan(2);
    },
    TIMEOUT_MS,
  );
});

/** How the venue contradicts the program; a warning leaves it to the venue. */
function contradictionOf({ said, did, expected, closed }: Step): string | null {
  if (said === "block" && did !== "refused for FIFO") return "blocked here, and not refused there";
  if (said === "pass" && did === "refused for FIFO") return "passed here, and refused there";
  const isSame = expected.toSorted().join(" ") === closed.toSorted().join(" ");
  return isSame ? null : "other trades were closed than expected";
}

type Opened = { readonly connection: BrokerConnection; readonly close: () => Promise<void> };

async function openServer(): Promise<Opened> {
  const clock = createHandClock(START);
  const accounts = IDS.map(
    (id) => ({ id, currency: "USD", balance: BALANCE, region: "US" }) as const,
  );
  const server = await openPracticeServer({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    feed: openFeed(),
    clock,
    accounts,
    onError: (error) => {
      throw error;
    },
  });
  const connection = openOandaConnection({
    profile: { environment: "practice", host: server.url },
    token: new Secret(TOKEN),
    clock,
    version: "0.0.0",
  });
  const close = async () => {
    await connection.close();
    await server.close();
  };
  return { connection, close };
}

async function openPaper(): Promise<Opened> {
  const accounts = IDS.map((id) => ({ id, alias: null, currency: "USD", region: "US" }) as const);
  const connection = openPaperConnection({
    profile: { accounts },
    store: new MemoryVenueStore(),
    clock: createHandClock(START),
    feed: openFeed(),
    balance: BALANCE,
  });
  return { connection, close: () => connection.close() };
}

/** Prices that stand still. */
function openFeed() {
  const feed = openScriptedFeed();
  feed.set("EUR_USD", START, { bid: "1.10000", ask: "1.10010" });
  feed.set("GBP_USD", START, { bid: "1.30000", ask: "1.30020" });
  return feed;
}
