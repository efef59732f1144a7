import { openOandaConnection } from "../../src/adapters/oanda/connection.ts";
import { openPaperConnection } from "../../src/adapters/paper/connection.ts";
import type { Region } from "../../src/core/account.ts";
import { decimal } from "../../src/core/money.ts";
import { Secret } from "../../src/core/secret.ts";
import { type Instant, instantFromMs, instantToMs } from "../../src/core/time.ts";
import { openPracticeServer, type PracticeServer } from "../../src/paper/v20-server/server.ts";
import type { VenueStore } from "../../src/ports/venue-store.ts";
import { aStore } from "../history/sqlite/support.ts";
import { openScriptedFeed, type ScriptedFeed } from "../paper/v20-server/scripted-feed.ts";
import { MemoryVenueStore } from "../support/memory-venue-store.ts";
import { createRunningClock, type RunningClock } from "./running-clock.ts";
import { closeWhole } from "./steps.ts";
import type { BrokerUnderTest, VenueControls } from "./subject.ts";

/** A Wednesday morning in New York. */
const START: Instant = instantFromMs(Date.UTC(2026, 10, 18, 14));
/** The venue's time runs so many times as fast as ours: its heartbeats come soon. */
const SPEED = 50;
const ACCOUNT = "101-001-1234567-001";
const TOKEN = "0123456789abcdef-practice";
const BALANCE = decimal("500000");

const TERMS = {
  instrument: "EUR_USD",
  otherInstrument: "GBP_USD",
  largeUnits: "9000000",
  unfillableUnits: "11000000",
} as const;

/** A broker that the suite tries, as a column of the table in docs/adapters.md. */
export type Subject = {
  readonly name: string;
  readonly make: () => Promise<BrokerUnderTest>;
};

export const PAPER_SUBJECTS: readonly Subject[] = [
  {
    name: "paper in memory",
    make: () => makePaper({ store: new MemoryVenueStore(), region: "EU" }),
  },
  {
    name: "paper in SQLite",
    make: () => makePaper({ store: aStore().venue, region: "US" }),
  },
];

export const OANDA_SUBJECTS: readonly Subject[] = [
  { name: "OANDA over node", make: () => makeOanda("node", "NONE") },
  { name: "OANDA over undici", make: () => makeOanda("undici", "EU") },
];

type PaperTerms = { readonly store: VenueStore; readonly region: Region };

async function makePaper({ store, region }: PaperTerms): Promise<BrokerUnderTest> {
  const { feed, clock, controls } = openVenue();
  const account = { id: "paper-001", alias: null, region, currency: "USD" } as const;
  const connection = openPaperConnection({
    profile: { accounts: [account] },
    store,
    clock,
    feed,
    balance: BALANCE,
  });
  const broker = connection.broker(account.id);
  const subject: BrokerUnderTest = {
    ...TERMS,
    connection,
    broker,
    hasGuaranteedStops: region === "EU",
    venue: { ...controls, faults: {} },
    async cleanup() {
      await closeWhole(subject, (await broker.state()).trades);
      await connection.close();
    },
  };
  return subject;
}

async function makeOanda(transport: "node" | "undici", region: Region): Promise<BrokerUnderTest> {
  const { feed, clock, controls } = openVenue();
  const server = await openPracticeServer({
    host: "127.0.0.1",
    port: 0,
    token: TOKEN,
    feed,
    clock,
    onError(error) {
      throw error;
    },
    accounts: [{ id: ACCOUNT, alias: "test", currency: "USD", balance: BALANCE, region }],
  });
  const ownClock = createRunningClock(START, 1);
  const connection = openOandaConnection({
    profile: { environment: "practice", host: server.url },
    token: new Secret(TOKEN),
    clock: ownClock,
    version: "0.0.0",
    transport,
    limits: { timeoutMs: 5_000 },
  });
  return {
    ...TERMS,
    connection,
    broker: connection.broker(ACCOUNT),
    hasGuaranteedStops: region === "EU",
    venue: { ...controls, faults: faultsOf(server, ownClock) },
    async cleanup() {
      await connection.close();
      await server.close();
    },
  };
}

/** Prices that stand until a test moves them, later than everything before. */
function openVenue() {
  const feed = openScriptedFeed();
  feed.set("EUR_USD", START, { bid: "1.10000", ask: "1.10010" });
  feed.set("GBP_USD", START, { bid: "1.30000", ask: "1.30020" });
  feed.set("USD_JPY", START, { bid: "150.000", ask: "150.010" });
  const clock = createRunningClock(START, SPEED);
  return { feed, clock, controls: controlsOf(feed, clock) };
}

const STEP_MS = 1_000;

function controlsOf(feed: ScriptedFeed, clock: RunningClock): Omit<VenueControls, "faults"> {
  return {
    async price(instrument, { bid, ask }) {
      clock.jump(STEP_MS);
      feed.set(instrument, clock.now(), { bid: `${bid}`, ask: `${ask}` });
      clock.jump(STEP_MS);
    },
    async halt(instrument) {
      clock.jump(STEP_MS);
      const last = feed.quoteAt(instrument, instantToMs(clock.now()));
      if (!last) throw new Error(`no price of ${instrument}`);
      const prices = { bid: `${last.bid}`, ask: `${last.ask}`, tradeable: false };
      feed.set(instrument, clock.now(), prices);
      clock.jump(STEP_MS);
    },
    async pass(ms) {
      clock.jump(ms);
    },
  };
}

const CHANGES = ["POST", "PUT"] as const;
const STREAM = /\/stream$/;
const LONG_SILENCE_MS = 60_000;
const MOST_STREAMS = 20;

function faultsOf(server: PracticeServer, ownClock: RunningClock): VenueControls["faults"] {
  const next = (kind: "lost-response" | "http-500") => () => {
    for (const method of CHANGES) server.faultNext(kind, { method });
  };
  return {
    loseAnswer: next("lost-response"),
    loseRequest: next("http-500"),
    dropStreams: () => server.faultNext("stream-drop", { path: STREAM }),
    silenceStreams() {
      server.faultNext("stream-silent", { path: STREAM, times: MOST_STREAMS });
      ownClock.jump(LONG_SILENCE_MS);
    },
  };
}
