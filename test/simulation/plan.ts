import { Random } from "./random.ts";

/** What may go wrong; each can be left out, to see which of them a failure needs. */
export const HAZARDS = [
  "network",
  "lag",
  "kills",
  "pauses",
  "disk",
  "jumps",
  "halts",
  "phone",
  "interrupts",
  "repeats",
  "computers",
  "server",
  "sessions",
  "server-clock",
] as const;
export type Hazard = (typeof HAZARDS)[number];

/** How one run goes. Everything in it follows from the seed. */
export type Plan = {
  readonly seed: number;
  /** Orders and closes that are asked for in all. */
  readonly submissions: number;
  readonly hazards: ReadonlySet<Hazard>;
  /** Processes of the user that trade one account. */
  readonly desks: number;
  /** Orders that one process works on at once. */
  readonly concurrency: number;
  readonly instruments: readonly string[];
  /** Longest pause of a trader between two orders. */
  readonly thinkMs: number;
  readonly maxOrdersPerMinute: number;
  readonly maxDailyLoss: number;
  /** Share of requests that don't go as they should. */
  readonly networkTrouble: number;
  /** Probabilities at each step of a process. */
  readonly kill: number;
  readonly pause: number;
  /** Share of the database's calls that fail. */
  readonly diskTrouble: number;
  /** Hours after noon UTC that the run begins: some begin just before a trading day ends. */
  readonly startsAtHour: number;
  /** Computers that trade the account; more than one meet at a server. */
  readonly computers: number;
  /** Whether the connection has another name on each. */
  readonly hasOwnNames: boolean;
  /** Whose clocks are set forth and back: one clock at a time may be wrong. */
  readonly wrongClocks: "computers" | "server";
  /** Share of the statements to the server that don't go as they should. */
  readonly serverTrouble: number;
  /** Longest time between two troubles of the server itself. */
  readonly serverCalmMs: number;
};

export type PlanOptions = {
  readonly submissions: number;
  readonly hazards: ReadonlySet<Hazard>;
};

const INSTRUMENTS = ["EUR_USD", "GBP_USD", "USD_JPY", "AUD_USD"];

export function planOf(seed: number, { submissions, hazards }: PlanOptions): Plan {
  const random = new Random(seed ^ 0x5eed);
  return {
    seed,
    submissions,
    hazards,
    desks: random.between(3, 5),
    concurrency: random.pick(1, 1, 2, 3),
    instruments: INSTRUMENTS.slice(0, random.between(1, INSTRUMENTS.length)),
    thinkMs: random.pick(50, 500, 3_000),
    maxOrdersPerMinute: random.pick(5, 15, 40, 1_000),
    maxDailyLoss: random.pick(10, 1_000_000, 1_000_000),
    networkTrouble: random.pick(0, 0.02, 0.1, 0.3),
    kill: random.pick(0, 0.001, 0.005, 0.02),
    pause: random.pick(0, 0.001, 0.005),
    diskTrouble: random.pick(0, 0, 0.002, 0.01),
    startsAtHour: random.pick(0, 9.9, 9.98),
    ...computersOf(random, hazards),
  };
}

type Computers = Pick<
  Plan,
  "computers" | "hasOwnNames" | "wrongClocks" | "serverTrouble" | "serverCalmMs"
>;

function computersOf(random: Random, hazards: ReadonlySet<Hazard>): Computers {
  const drawn = random.pick(1, 1, 2, 3);
  const computers = hazards.has("computers") ? drawn : 1;
  const isServers = random.chance(0.5);
  return {
    computers,
    hasOwnNames: random.chance(0.3),
    wrongClocks: isServers && computers > 1 ? "server" : "computers",
    serverTrouble: random.pick(0, 0.01, 0.05, 0.2),
    serverCalmMs: random.pick(6_000, 60_000, 3_600_000),
  };
}
