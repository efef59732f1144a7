import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeDown } from "./close-down.ts";
import { type DeskOptions, openDesks, type Started } from "./desk.ts";
import { jumpClocks, oversee, tradeByPhone } from "./others.ts";
import { type PlanOptions, planOf } from "./plan.ts";
import { SimulatedProcess } from "./process.ts";
import { type Trading, trade } from "./traders.ts";
import { SimulatedVenue } from "./venue.ts";
import { PROMISES, UNGATED, type Violation, Witness } from "./witness.ts";
import { World } from "./world.ts";

export type RunOptions = PlanOptions & DeskOptions;

export type RunResult = {
  readonly seed: number;
  readonly submissions: number;
  readonly violations: readonly Violation[];
  /** The same for every run of the seed. */
  readonly hash: string;
  /** What happened, line by line. */
  readonly trace: () => readonly string[];
};

/** Simulated time after which a run is said to hang. */
const LONGEST_MS = 24 * 3_600_000;

/** Everything random in a run comes from its seed. */
export async function simulate(seed: number, options: RunOptions): Promise<RunResult> {
  const folder = mkdtempSync(join(fastFolder(), "tmt-simulation-"));
  try {
    return await new Simulation(seed, { ...options, path: join(folder, "data", "tmt.db") }).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processes die here without a power cut, so memory keeps what a disk would: that is proven elsewhere. */
function fastFolder(): string {
  return existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
}

class Simulation {
  readonly #world: World;
  readonly #trading: Trading;
  readonly #path: string;
  readonly #options: DeskOptions;
  readonly #alive = new Map<string, SimulatedProcess>();
  /** Traders that aren't done yet, by their process. */
  readonly #busy = new Map<SimulatedProcess, number>();
  #restarting = 0;
  #processes = 0;
  #asked = 0;

  constructor(seed: number, options: RunOptions & { readonly path: string }) {
    const world = new World(planOf(seed, options));
    this.#world = world;
    this.#path = options.path;
    this.#options = options;
    this.#trading = {
      world,
      venue: new SimulatedVenue(world),
      witness: new Witness(
        world,
        this.#isOwnerAlive,
        options.isGated === false ? UNGATED : PROMISES,
      ),
      nextNumber: () => (this.#asked < world.plan.submissions ? ++this.#asked : null),
      giveBack: () => {
        this.#asked -= 1;
      },
      uses: new Map(),
    };
  }

  async run(): Promise<RunResult> {
    const { plan } = this.#world;
    const { venue, witness } = this.#trading;
    await venue.now().state();
    for (let desk = 1; desk <= plan.desks; desk += 1) this.#startDesk(`desk-${desk}`);
    if (plan.hazards.has("halts")) this.#startOfficer();
    tradeByPhone(this.#trading);
    jumpClocks(this.#world);
    await this.#world.run(() => this.#isDone() || this.#isStuck());
    this.#world.isCalm = true;
    for (const process of this.#alive.values()) process.die();
    const intents = await closeDown(this.#trading, () => this.#start("last", () => undefined));
    for (const process of this.#alive.values()) process.die();
    return {
      seed: plan.seed,
      submissions: witness.submissions.size,
      violations: witness.violations,
      hash: this.#world.hash([
        ...venue.log().map(({ body }) => body),
        ...intents.map((intent) => JSON.stringify(intent.result)),
      ]),
      trace: () => this.#world.trace(),
    };
  }

  readonly #isOwnerAlive = (owner: string): boolean => this.#alive.has(owner);

  #isDone(): boolean {
    return this.#busy.size === 0 && this.#restarting === 0;
  }

  #isStuck(): boolean {
    if (this.#world.nowMs < LONGEST_MS) return false;
    this.#trading.witness.accuse("P2", "the run doesn't come to an end");
    return true;
  }

  #startDesk(name: string): void {
    const { process, desks } = this.#start(name, () => {
      this.#busy.delete(process);
      if (this.#asked >= this.#world.plan.submissions) return;
      this.#restarting += 1;
      this.#restart(() => {
        this.#restarting -= 1;
        this.#startDesk(name);
      });
    });
    const { concurrency } = this.#world.plan;
    this.#busy.set(process, concurrency);
    for (let trader = 0; trader < concurrency; trader += 1) {
      this.#watch(process, trade(process, desks, this.#trading), () => this.#finish(process));
    }
  }

  #finish(process: SimulatedProcess): void {
    const left = (this.#busy.get(process) ?? 1) - 1;
    if (left > 0) this.#busy.set(process, left);
    else this.#busy.delete(process);
  }

  #startOfficer(): void {
    const { process, desks } = this.#start("officer", () =>
      this.#restart(() => this.#startOfficer()),
    );
    this.#watch(process, oversee(process, desks, this.#trading), () => undefined);
  }

  #start(name: string, onDeath: () => void): Started {
    this.#processes += 1;
    const process: SimulatedProcess = new SimulatedProcess(this.#world, {
      name,
      number: this.#processes,
      path: this.#path,
      onDeath: () => {
        this.#alive.delete(process.identity);
        onDeath();
      },
    });
    this.#alive.set(process.identity, process);
    const surroundings = { ...this.#trading, isOwnerAlive: this.#isOwnerAlive };
    return { process, desks: openDesks(process, surroundings, this.#options) };
  }

  #restart(start: () => void): void {
    if (this.#world.isCalm) return;
    this.#world.after(this.#world.random.between(10, 8_000), start);
  }

  /** Whatever a process throws, besides a failure that it is told of, is a fault of the program. */
  #watch(process: SimulatedProcess, work: Promise<void>, onEnd: () => void): void {
    work.then(onEnd, (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#trading.witness.accuse("told", `${process.name} breaks down: ${text}`);
      onEnd();
    });
  }
}
