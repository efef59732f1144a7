import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccountWitness } from "./account-witness.ts";
import { closeDown } from "./close-down.ts";
import { type Computer, computersOf } from "./computer.ts";
import { type DeskOptions, openDesks, type Started } from "./desk.ts";
import { FenceServer } from "./fence-server.ts";
import { jumpClocks, oversee, tradeByPhone } from "./others.ts";
import { type PlanOptions, planOf } from "./plan.ts";
import { SimulatedProcess } from "./process.ts";
import { troubleServer } from "./server-troubles.ts";
import { type Trading, trade } from "./traders.ts";
import { SimulatedVenue } from "./venue.ts";
import type { Violation } from "./violation.ts";
import { PROMISES, UNGATED, Witness } from "./witness.ts";
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
    return await new Simulation(seed, { ...options, folder }).run();
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
  /** One of each computer. */
  readonly #tradings: readonly Trading[];
  readonly #account: AccountWitness;
  readonly #server: FenceServer | null;
  readonly #options: DeskOptions;
  readonly #alive = new Map<string, SimulatedProcess>();
  /** Traders that aren't done yet, by their process. */
  readonly #busy = new Map<SimulatedProcess, number>();
  #restarting = 0;
  #processes = 0;
  #asked = 0;

  constructor(seed: number, options: RunOptions & { readonly folder: string }) {
    const world = new World(planOf(seed, options));
    const account = new AccountWitness(world);
    const pathOf = (name: string) => join(options.folder, name, "tmt.db");
    const computers = computersOf(world.plan, pathOf);
    const fault = options.fenceDefect?.fault ?? null;
    this.#world = world;
    this.#options = options;
    this.#account = account;
    this.#server = computers.length > 1 ? new FenceServer(world, account, fault) : null;
    account.server = this.#server;
    const shared = {
      ...{ world, account, venue: new SimulatedVenue(world), server: this.#server },
      nextNumber: () => (this.#asked < world.plan.submissions ? ++this.#asked : null),
      giveBack: () => {
        this.#asked -= 1;
      },
      uses: new Map(),
      signals: [],
    };
    const promises = options.isGated === false ? UNGATED : PROMISES;
    this.#tradings = computers.map((computer) => {
      const post = { computer, account, isOwnerAlive: this.#isAliveOn(computer) };
      return { ...shared, computer, witness: new Witness(world, post, promises) };
    });
  }

  async run(): Promise<RunResult> {
    const { plan } = this.#world;
    const [trading] = this.#tradings;
    if (!trading) throw new RangeError("a run has a computer");
    const { venue } = trading;
    await venue.now().state();
    for (let desk = 0; desk < plan.desks; desk += 1) {
      const place = this.#tradings[desk % this.#tradings.length] ?? trading;
      this.#startDesk(`desk-${desk + 1}`, place);
    }
    if (plan.hazards.has("halts")) {
      for (const each of this.#tradings) this.#startOfficer(each);
    }
    tradeByPhone(trading);
    jumpClocks(
      this.#world,
      this.#tradings.map(({ computer }) => computer),
    );
    if (this.#server) troubleServer(this.#world, this.#server);
    await this.#world.run(() => this.#isDone() || this.#isStuck());
    this.#world.isCalm = true;
    this.#server?.recover();
    for (const process of this.#alive.values()) process.die();
    const intents = await closeDown(
      this.#tradings.map((each) => ({
        trading: each,
        start: () => this.#start("last", each, () => undefined),
      })),
    );
    for (const process of this.#alive.values()) process.die();
    return {
      seed: plan.seed,
      submissions: this.#tradings.reduce((sum, { witness }) => sum + witness.submissions.size, 0),
      violations: this.#account.violations,
      hash: this.#world.hash([
        ...venue.log().map(({ body }) => body),
        ...intents.map((intent) => JSON.stringify(intent.result)),
      ]),
      trace: () => this.#world.trace(),
    };
  }

  #isAliveOn(computer: Computer): (owner: string) => boolean {
    return (owner) => this.#alive.get(owner)?.computer === computer;
  }

  #isDone(): boolean {
    return this.#busy.size === 0 && this.#restarting === 0;
  }

  #isStuck(): boolean {
    if (this.#world.nowMs < LONGEST_MS) return false;
    this.#account.accuse("P2", "the run doesn't come to an end");
    return true;
  }

  #startDesk(name: string, trading: Trading): void {
    const { process, desks, leave } = this.#start(name, trading, () => {
      this.#busy.delete(process);
      if (this.#asked >= this.#world.plan.submissions) return;
      this.#restarting += 1;
      this.#restart(() => {
        this.#restarting -= 1;
        this.#startDesk(name, trading);
      });
    });
    const { concurrency } = this.#world.plan;
    this.#busy.set(process, concurrency);
    for (let trader = 0; trader < concurrency; trader += 1) {
      this.#watch(process, trade(process, desks, trading), () => this.#finish(process, leave));
    }
  }

  #finish(process: SimulatedProcess, leave: Started["leave"]): void {
    const left = (this.#busy.get(process) ?? 1) - 1;
    if (left > 0) this.#busy.set(process, left);
    else this.#watch(process, leave(), () => this.#busy.delete(process));
  }

  #startOfficer(trading: Trading): void {
    const { process, desks } = this.#start("officer", trading, () =>
      this.#restart(() => this.#startOfficer(trading)),
    );
    this.#watch(process, oversee(process, desks, trading), () => undefined);
  }

  #start(name: string, trading: Trading, onDeath: () => void): Started {
    const { computer } = trading;
    this.#processes += 1;
    const process: SimulatedProcess = new SimulatedProcess(this.#world, {
      name,
      number: this.#processes,
      computer,
      onDeath: () => {
        this.#alive.delete(process.identity);
        this.#server?.lose(process.identity);
        onDeath();
      },
    });
    this.#alive.set(process.identity, process);
    const surroundings = { ...trading, isOwnerAlive: this.#isAliveOn(computer) };
    return { process, ...openDesks(process, surroundings, this.#options) };
  }

  #restart(start: () => void): void {
    if (this.#world.isCalm) return;
    this.#world.after(this.#world.random.between(10, 8_000), start);
  }

  /** Whatever a process throws, besides a failure that it is told of, is a fault of the program. */
  #watch(process: SimulatedProcess, work: Promise<void>, onEnd: () => void): void {
    work.then(onEnd, (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#account.accuse("told", `${process.name} breaks down: ${text}`);
      onEnd();
    });
  }
}
