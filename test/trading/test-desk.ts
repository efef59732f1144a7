import { parseDistance } from "../../src/core/distance.ts";
import { Failure } from "../../src/core/failures.ts";
import { decimal } from "../../src/core/money.ts";
import type { HistoryStore } from "../../src/ports/history.ts";
import type { Journal } from "../../src/ports/journal.ts";
import type { VenueStore } from "../../src/ports/venue-store.ts";
import type { GatedBroker } from "../../src/ports/wire-gate.ts";
import type { DefaultExits, Desk } from "../../src/trading/desk.ts";
import { forwardJournal } from "../../src/trading/forward-journal.ts";
import type { GateParts } from "../../src/trading/gated-broker.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { LIMITS } from "../compliance/circumstances.ts";
import { aStore } from "../history/sqlite/support.ts";
import { NO_ORIGIN } from "../support/clear-order.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { gated, NOBODY_TOLD } from "../support/gated.ts";
import { EVERYTHING, ScriptedBroker } from "../support/scripted-broker.ts";

export const THIS_PROCESS = "desk:4711:1";

/** A desk over a real database in a temporary folder, a clock that stands still, and a broker of the test's. */
export type TestDesk = Desk & {
  readonly broker: ScriptedBroker & GatedBroker;
  readonly clock: FakeClock;
  readonly path: string;
  readonly venue: VenueStore;
  /** What its broker is gated with. */
  readonly parts: GateParts;
  readonly history: () => Promise<HistoryStore>;
};

/** The parts of a desk that a test replaces; its broker is put behind the gate. */
export type DeskChanges = Partial<Omit<Desk, "broker">> & { readonly broker?: ScriptedBroker };

export function aDesk({ broker = new ScriptedBroker(), ...changes }: DeskChanges = {}): TestDesk {
  const { journal, halts, dayBook, balances, nakedTrades, instruments, venue, ...rest } = aStore();
  const { wireGate: gate, path, history } = rest;
  const clock = new FakeClock();
  let ids = 0;
  const desk = {
    profile: {
      name: "paper",
      broker: "paper",
      environment: "paper",
      accounts: [],
      host: null,
      streamHost: null,
      credentialStore: null,
    },
    account: { id: "001", alias: null, region: "US", currency: "USD" },
    capabilities: EVERYTHING,
    journal,
    fence: null,
    halts,
    dayBook,
    balances,
    nakedTrades,
    instruments,
    clock,
    policy: {
      limits: LIMITS,
      onStopRefused: "ask",
      duplicateWindowMs: 10_000,
      exits: { pair: exits("20p", "40p"), stock: exits("2%", "4%") },
    },
    actor: { user: "trader", process: THIS_PROCESS, version: "0.0.0" },
    newId: () => `id-${++ids}`,
    isOwnerAlive: (owner: string) => owner === THIS_PROCESS,
    ...changes,
  } satisfies Omit<Desk, "broker">;
  const parts = { ...desk, gate, alerts: NOBODY_TOLD };
  return { ...desk, broker: gated(broker, parts), clock, path, venue, parts, history };
}

function exits(stop: string, target: string): DefaultExits {
  const [stopLoss, takeProfit] = [parseDistance(stop), parseDistance(target)];
  if (!stopLoss || !takeProfit) throw new Error("the test's own distances are wrong");
  return { stopLoss, takeProfit, trailingStop: stopLoss };
}

/** A buy of 1000 EUR_USD without exits, with the parts named in `changes` replaced. */
export function aDraft(changes: Partial<OrderDraft> = {}): OrderDraft {
  return {
    instrument: "EUR_USD",
    side: "buy",
    size: units("1000"),
    terms: { type: "market", timeInForce: "FOK" },
    stopLoss: null,
    isStopGuaranteed: false,
    takeProfit: null,
    trailingStop: null,
    maxSlippage: null,
    reduceOnly: false,
    clientOrderId: null,
    origin: NO_ORIGIN,
    ...changes,
  };
}

export function units(text: string): OrderDraft["size"] {
  return { kind: "units", units: decimal(text), text };
}

/** What an option such as `--sl 20p` asks for. */
export function exit(text: string): NonNullable<OrderDraft["maxSlippage"]> {
  const distance = parseDistance(text);
  if (!distance) throw new Error(`the test's own distance is wrong: ${text}`);
  return distance;
}

export function sending() {
  return {
    isDryRun: false,
    signal: new AbortController().signal,
    confirm: async () => false,
  };
}

/** The failure that `work` throws, now or later. */
export async function failureOf(work: () => unknown): Promise<Failure> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("a failure was expected");
}

/** A desk whose journal does some things its own way. */
export function withJournal(
  change: (desk: TestDesk) => Partial<Journal>,
  changes: DeskChanges = {},
): TestDesk {
  const desk = aDesk(changes);
  const { journal } = desk;
  return { ...desk, journal: { ...forwardJournal(journal), ...change(desk) } };
}
