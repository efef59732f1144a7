import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { killedAt } from "../support/killed-steps.ts";
import { movedClock } from "../support/moved-clock.ts";
import { type JournalIntent, readJournal } from "./journal.ts";
import { type Facts, type Taken, violationsIn } from "./oracles.ts";
import { LANES, type Plan, type Prices, RATES, type Step, type Torture, wordsOf } from "./plan.ts";
import {
  type Ended,
  type Program,
  runProgram,
  type Server,
  startServer,
  TOKEN,
} from "./program.ts";
import { openVenue } from "./venue.ts";

export type TortureOptions = {
  /** `bin/tmt-broker.js`, or a copy with a known defect. */
  readonly path?: string;
  /** Waits in the end as long as a trader would, instead of moving the last command's clock. */
  readonly isPatient: boolean;
  readonly lanes?: number;
  /** Where compiled code is kept for several runs: it is the same for all of them. */
  readonly cache?: string;
};

export type TortureResult = {
  readonly torture: Torture;
  readonly seed: number;
  readonly orders: number;
  readonly killed: number;
  /** How many ended with each exit code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Intents in the journal, those that a later command settled, and fills at the venue. */
  readonly intents: number;
  readonly settledLater: number;
  readonly fills: number;
  /** Orders that weren't sent because the fate of another one wasn't known. */
  readonly fenced: number;
  readonly maxPerSecond: number;
  readonly violations: readonly string[];
  readonly seconds: number;
};

const PROGRAM = resolve("bin/tmt-broker.js");
/** Nothing of a killed process is under way at a server of this computer after this, and its latency. */
const QUIET_MS = 400;
/** After that long nothing of an order can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;
/** A single order that had to wait for a timeout says nothing about the next one. */
const LONGEST_PACE_MS = 2000;
const CONNECTION = "oanda";

/** One user, one practice server, one kind of fault. */
export async function torture(plan: Plan, options: TortureOptions): Promise<TortureResult> {
  const startedMs = performance.now();
  const home = mkdtempSync(join(tmpdir(), "tmt-torture-"));
  const program = { path: options.path ?? PROGRAM, home };
  if (options.cache !== undefined) symlinkSync(options.cache, join(home, "cache"));
  const words = ["--accounts", String(plan.accounts), "--seed", String(plan.seed)];
  const server = await startServer(program, words);
  try {
    const scene = await prepare({ plan, program, server, options });
    await placeAll(scene);
    const facts = await gather(scene);
    const seconds = (performance.now() - startedMs) / 1000;
    return { ...summary(scene, facts), violations: violationsIn(facts), seconds };
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

type Setup = {
  readonly plan: Plan;
  readonly program: Program;
  readonly server: Server;
  readonly options: TortureOptions;
};

type Scene = Setup & {
  readonly venue: ReturnType<typeof openVenue>;
  readonly prices: Prices;
  /** How long orders took of late: the more lanes, the longer. */
  readonly pace: { usualMs: number };
  readonly taken: Taken[];
};

async function prepare(setup: Setup): Promise<Scene> {
  const { program, server } = setup;
  const venue = openVenue(server);
  const add = ["connect", "add", CONNECTION, "--host", server.url, "--token-stdin"];
  await must(program, [...add, "--store", "file"], { stdin: TOKEN });
  await must(program, ["config", "set", "risk.maxOrdersPerMinute", "6000"]);
  const prices = await venue.prices(server.accounts[0] ?? "");
  const first = ["order", "buy", "EUR_USD", "1", "-c", CONNECTION, "-a", server.accounts[0] ?? ""];
  // The program is compiled by the first one.
  await must(program, first);
  const pace = { usualMs: (await must(program, first)).ms };
  for (let lane = 0; lane < LANES; lane += 1) mkdirSync(laneFolder(program, lane));
  return { ...setup, venue, prices, pace, taken: [] };
}

async function must(program: Program, words: readonly string[], options = {}): Promise<Ended> {
  const ended = await runProgram(program, words, options);
  if (ended.code === 0) return ended;
  throw new Error(`${words.slice(0, 3).join(" ")} ended with ${ended.code}: ${ended.stderr}`);
}

async function placeAll(scene: Scene): Promise<void> {
  const { venue, plan, server } = scene;
  const isStream = plan.torture.startsWith("stream-");
  const stops = isStream ? server.accounts.map((account) => venue.listen(account)) : [];
  for (const round of plan.rounds) {
    await venue.setFaults(plan.torture === "none" ? {} : { [plan.torture]: RATES[plan.torture] });
    await placeRound(scene, round);
    const isLast = round === plan.rounds.at(-1);
    if (!isLast) await settle(scene);
  }
  await Promise.all(stops.map((stop) => stop()));
  await venue.setFaults({});
  await settle(scene, { isLast: true });
}

/** Every lane takes the next step as soon as its last process has ended. */
async function placeRound(scene: Scene, round: readonly Step[]): Promise<void> {
  const queue = [...round];
  const lane = async (index: number) => {
    for (let step = queue.shift(); step; step = queue.shift()) await take(scene, step, index);
  };
  const { lanes = LANES } = scene.options;
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
}

async function take(scene: Scene, step: Step, lane: number): Promise<void> {
  const { program, server, prices, pace, taken } = scene;
  const account = server.accounts[step.account] ?? "";
  const words = [...wordsOf(step, prices), "-c", CONNECTION, "-a", account, "--json"];
  const { kill } = step;
  const env = kill?.at === "step" ? killedAt({ home: laneFolder(program, lane) }, kill.step) : {};
  const death = kill?.at === "share" ? { killAfterMs: kill.share * pace.usualMs } : {};
  const ended = await runProgram(program, words, { env, ...death });
  if (kill === null) pace.usualMs = pace.usualMs * 0.8 + Math.min(ended.ms, LONGEST_PACE_MS) * 0.2;
  taken.push({ step, words, ended });
}

function laneFolder({ home }: Program, lane: number): string {
  return join(home, `lane-${lane}`);
}

/** What a trader does who sees that something isn't settled: asks for it, account by account. */
async function settle(
  { program, server, plan, venue, options, taken }: Scene,
  { isLast = false } = {},
): Promise<void> {
  const latencyMs = plan.torture === "latency" ? RATES.latency : 0;
  await delay(QUIET_MS + latencyMs);
  const isPaused = taken.some(({ ended }) => ended.stderr.includes("CIRCUIT_OPEN"));
  if (isPaused || isLast) await runProgram(program, ["connect", "reset", CONNECTION]);
  const open = new Set(unsettled(program).map(({ account }) => account));
  const env = isLast && options.isPatient ? {} : movedClock(program.home, ARRIVAL_MS);
  for (const account of server.accounts.filter((each) => isLast || open.has(each))) {
    const words = ["order", "reconcile", "-c", CONNECTION, "-a", account, "--json"];
    if (isLast) await must(program, words, { env });
    // A broker that still fails answers some of them only: the next round's orders may be held back.
    else await runProgram(program, words, { env, killAfterMs: 20_000 });
  }
  if (isLast) await venue.setFaults({});
}

function unsettled({ home }: Program): readonly JournalIntent[] {
  return readJournal(home).filter(({ state }) => state !== "settled");
}

/** All that is known in the end: the venue's word, the journal's, and what the program told its user. */
async function gather({ program, server, venue, taken }: Scene): Promise<Facts> {
  const maxPerSecond = await venue.maxPerSecond();
  const venueAccounts = await Promise.all(server.accounts.map((id) => venue.account(id)));
  const shown = await must(program, ["accounts", "-c", CONNECTION, "--json"]);
  const positions = await Promise.all(
    server.accounts.map((account) =>
      must(program, ["positions", "-c", CONNECTION, "-a", account, "--json"]),
    ),
  );
  const verified = await must(program, ["history", "verify", "--json"]);
  return {
    taken,
    accounts: venueAccounts,
    intents: readJournal(program.home),
    shown: JSON.parse(shown.stdout),
    maxPerSecond,
    positions: positions.flatMap(({ stdout }) => JSON.parse(stdout)),
    isAuditWhole: JSON.parse(verified.stdout).ok === true,
  };
}

function summary({ plan, taken }: Scene, { intents, accounts, maxPerSecond }: Facts) {
  const codes = Object.groupBy(taken, ({ ended }) => String(ended.code ?? "killed"));
  const counted = Object.fromEntries(
    Object.entries(codes).map(([code, all]) => [code, all?.length ?? 0]),
  );
  const isFenced = ({ ended }: Taken) => ended.code === 7 && ended.stdout === "";
  const entries = accounts.flatMap(({ log }) => log);
  return {
    torture: plan.torture,
    seed: plan.seed,
    orders: taken.length,
    killed: counted.killed ?? 0,
    codes: counted,
    intents: intents.length,
    settledLater: intents.filter(({ isSettledLater }) => isSettledLater === 1).length,
    fills: entries.filter(({ type }) => type === "ORDER_FILL").length,
    fenced: taken.filter(isFenced).length,
    maxPerSecond,
  };
}
