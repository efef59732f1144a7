import { PAPER_CAPABILITIES } from "../../src/adapters/paper/connection.ts";
import { parseDistance } from "../../src/core/distance.ts";
import { decimal, wholeNumber } from "../../src/core/money.ts";
import { ServerDatabase } from "../../src/history/postgres/database.ts";
import { fencesOn } from "../../src/history/postgres/order-fence.ts";
import type { Alert } from "../../src/ports/alerts.ts";
import type { InstrumentCache } from "../../src/ports/instrument-cache.ts";
import type { FenceServer } from "../../src/ports/order-fence.ts";
import type { GatedBroker } from "../../src/ports/wire-gate.ts";
import type { DefaultExits, Desk } from "../../src/trading/desk.ts";
import { fenceJournal } from "../../src/trading/fenced-journal.ts";
import { gateBroker } from "../../src/trading/gated-broker.ts";
import { LIMITS } from "../compliance/circumstances.ts";
import type { Defect, DeskParts } from "./defects.ts";
import type { FenceDefect } from "./fence-defects.ts";
import type { FenceServer as StandIn } from "./fence-server.ts";
import { NetworkedBroker, type Surroundings } from "./network.ts";
import type { SimulatedProcess } from "./process.ts";
import { connect } from "./server-session.ts";
import { ACCOUNT, INSTRUMENTS } from "./venue.ts";
import type { Submission } from "./witness.ts";
import type { World } from "./world.ts";

export type Started = {
  readonly process: SimulatedProcess;
  readonly desks: DeskMaker;
  /** Tells the server what it has to know, and leaves it. */
  readonly leave: () => Promise<void>;
};

export type DeskOptions = {
  readonly defect?: Defect | null;
  /** False takes the gate away, to see what it would have kept back. */
  readonly isGated?: boolean;
  /** What is wrong with the fence between the computers. */
  readonly fenceDefect?: FenceDefect | null;
};

function ungated(broker: NetworkedBroker): GatedBroker {
  return broker as unknown as GatedBroker;
}

export type DeskMaker = (submission: Submission) => Desk;

/** The desk of one process: every part real, a wait at each of its calls, and a network on the way to the venue. */
export function openDesks(
  process: SimulatedProcess,
  surroundings: Surroundings & { readonly isOwnerAlive: (owner: string) => boolean },
  { defect = null, isGated = true, fenceDefect = null }: DeskOptions,
): Omit<Started, "process"> {
  const { world, witness, isOwnerAlive, computer, server } = surroundings;
  const { store } = process;
  const journal = process.waitingAt("journal", store.journal, (method, given) =>
    witness.journaled(method, given),
  );
  const parts: Omit<DeskParts, "broker" | "journal"> = {
    halts: process.waitingAt("halts", store.halts, (method) => witness.switched(method)),
    dayBook: process.waitingAt("day book", store.dayBook, (method, given, result) =>
      witness.lookedAtDay(method, given, result),
    ),
  };
  const alerts = { raise: ({ summary }: Alert) => witness.alerted(summary) };
  let ids = 0;
  const common = {
    profile: {
      name: computer.connection,
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
  const fences = server && openFences(process, { world, server });
  const fenced = fences
    ? fenceDesk({ ...common, journal, fences, change: fenceDefect?.change ?? null, world })
    : { journal, fence: null };
  const desks: DeskMaker = (submission) => {
    const network = new NetworkedBroker(process, submission, surroundings);
    const gateParts = { ...common, ...parts, ...fenced, gate: store.wireGate, alerts };
    const broker = isGated ? gateBroker(network, gateParts) : ungated(network);
    const own = { ...parts, journal: fenced.journal, broker };
    return { ...common, fence: fenced.fence, ...(defect ? defect(own) : own) };
  };
  return { desks, leave: async () => fences?.close() };
}

type Fenced = Pick<Desk, "profile" | "account" | "actor" | "newId" | "journal"> & {
  readonly fences: FenceServer;
  readonly change: FenceDefect["change"] | null;
  readonly world: World;
};

/** As `open-fence.ts` does it for an account whose history is on a server. */
function fenceDesk({ fences, change, world, ...parts }: Fenced): Pick<Desk, "journal" | "fence"> {
  const real = fences.fence(SERVER_ACCOUNT);
  const used = change ? change(real) : real;
  const fence = async () => used;
  const note = (text: string) => world.note(parts.actor.process, text);
  const aside = (work: Promise<unknown>) => void work.catch(() => undefined);
  return { journal: fenceJournal({ ...parts, fence, note, aside }), fence };
}

/** The program's own way to the server, over sessions that are simulated. */
function openFences(
  process: SimulatedProcess,
  { world, server }: { readonly world: World; readonly server: StandIn },
): FenceServer {
  const { signal } = new AbortController();
  const open = () => connect(process, { world, server });
  return fencesOn(new ServerDatabase({ name: "history", open, signal }), {
    ...{ host: process.computer.name, owner: process.identity, clock: process.clock() },
    ...{ password: async () => "", signal },
  });
}

/** The account's name at the server: the same on all computers. */
const SERVER_ACCOUNT = "the account";

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
