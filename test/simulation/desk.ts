import { PAPER_CAPABILITIES } from "../../src/adapters/paper/connection.ts";
import { parseDistance } from "../../src/core/distance.ts";
import { decimal, wholeNumber } from "../../src/core/money.ts";
import type { Alert } from "../../src/ports/alerts.ts";
import type { InstrumentCache } from "../../src/ports/instrument-cache.ts";
import type { GatedBroker } from "../../src/ports/wire-gate.ts";
import type { DefaultExits, Desk } from "../../src/trading/desk.ts";
import { gateBroker } from "../../src/trading/gated-broker.ts";
import { LIMITS } from "../compliance/circumstances.ts";
import type { Defect, DeskParts } from "./defects.ts";
import { NetworkedBroker, type Surroundings } from "./network.ts";
import type { SimulatedProcess } from "./process.ts";
import { ACCOUNT, INSTRUMENTS } from "./venue.ts";
import type { Submission } from "./witness.ts";

export const CONNECTION = "paper";

export type Started = { readonly process: SimulatedProcess; readonly desks: DeskMaker };

export type DeskOptions = {
  readonly defect?: Defect | null;
  /** False takes the gate away, to see what it would have kept back. */
  readonly isGated?: boolean;
};

function ungated(broker: NetworkedBroker): GatedBroker {
  return broker as unknown as GatedBroker;
}

export type DeskMaker = (submission: Submission) => Desk;

/** The desk of one process: every part real, a wait at each of its calls, and a network on the way to the venue. */
export function openDesks(
  process: SimulatedProcess,
  surroundings: Surroundings & { readonly isOwnerAlive: (owner: string) => boolean },
  { defect = null, isGated = true }: DeskOptions,
): DeskMaker {
  const { world, witness, isOwnerAlive } = surroundings;
  const { store } = process;
  const parts: Omit<DeskParts, "broker"> = {
    journal: process.waitingAt("journal", store.journal, (method, given) =>
      witness.journaled(method, given),
    ),
    halts: process.waitingAt("halts", store.halts, (method) => witness.switched(method)),
    dayBook: process.waitingAt("day book", store.dayBook, (method, given, result) =>
      witness.lookedAtDay(method, given, result),
    ),
  };
  const alerts = { raise: ({ summary }: Alert) => witness.alerted(summary) };
  let ids = 0;
  const common = {
    profile: {
      name: CONNECTION,
      broker: "paper",
      environment: "paper",
      accounts: [],
      host: null,
      streamHost: null,
      credentialStore: null,
    },
    account: ACCOUNT,
    // What OANDA's adapter says of OANDA: the network of this simulation keeps to it.
    capabilities: { ...PAPER_CAPABILITIES, arrivalGraceMs: 30_000 },
    balances: store.balances,
    nakedTrades: store.nakedTrades,
    instruments: instrumentsOf(process),
    clock: process.clock(),
    policy: {
      onStopRefused: "ask",
      duplicateWindowMs: 10_000,
      limits: {
        ...LIMITS,
        maxOrdersPerMinute: world.plan.maxOrdersPerMinute,
        maxDailyLoss: { kind: "amount", amount: wholeNumber(world.plan.maxDailyLoss) },
        maxSpreadPips: decimal("50"),
      },
      exits: { pair: EXITS, stock: EXITS },
    },
    actor: { user: "trader", process: process.identity, version: "0.0.0" },
    newId: () => `${process.identity}:${++ids}`,
    isOwnerAlive,
  } as const;
  return (submission) => {
    const network = new NetworkedBroker(process, submission, surroundings);
    const broker = isGated
      ? gateBroker(network, { ...common, ...parts, gate: store.wireGate, alerts })
      : ungated(network);
    return { ...common, ...(defect ? defect({ ...parts, broker }) : { ...parts, broker }) };
  };
}

/** As if the cache were always warm: no promise rests on it, and reading it is a tenth of an order's time. */
function instrumentsOf(process: SimulatedProcess): InstrumentCache {
  return {
    read: async () => ({ instruments: INSTRUMENTS, readAt: process.clock().now() }),
    write: async () => undefined,
  };
}

const EXITS: DefaultExits = {
  stopLoss: distance("20p"),
  takeProfit: distance("40p"),
  trailingStop: distance("20p"),
};

function distance(text: string): DefaultExits["stopLoss"] {
  const parsed = parseDistance(text);
  if (!parsed) throw new RangeError(`${text} is no distance`);
  return parsed;
}
