import { auditChain } from "../../src/compliance/audit/chain.ts";
import { Failure } from "../../src/core/failures.ts";
import { addMs } from "../../src/core/time.ts";
import { type LocalStore, openStore } from "../../src/history/sqlite/store.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Computer } from "./computer.ts";
import type { World } from "./world.ts";

/** One process of the user: it waits at every step, may be stopped for a while at each, and may die there. */
export class SimulatedProcess {
  readonly name: string;
  readonly computer: Computer;
  /** As a journal's intents name it: no two processes have the same. */
  readonly identity: string;
  readonly store: LocalStore;
  readonly #world: World;
  readonly #onDeath: () => void;
  #isAlive: boolean = true;
  #runsFromMs = 0;

  constructor(
    world: World,
    { name, number, computer, onDeath }: ProcessOptions & { readonly onDeath: () => void },
  ) {
    this.name = name;
    this.computer = computer;
    this.identity = `${computer.name}:${number}:${name}`;
    this.store = openStore(computer.path, { chain: auditChain });
    this.#world = world;
    this.#onDeath = onDeath;
    world.note(name, `starts as ${this.identity}`);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** What waits in a dead process waits for ever. */
  die(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.store.close();
    this.#world.note(this.name, "is killed");
    this.#onDeath();
  }

  /**
   * One wait of the program: others go on meanwhile, then `effect` happens and the waiting goes on. The process may die
   * just before the effect and just after it.
   */
  step<T>(what: string, effect: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.later(this.#paceMs(), what, async () => {
      if (this.#isFatal()) return;
      const [result] = await Promise.allSettled([effect()]);
      if (this.#isFatal()) return;
      if (result.status === "fulfilled") resolve(result.value);
      else reject(result.reason);
    });
    return promise;
  }

  /** Lets `work` happen in this process after a while, unless it is dead by then; later when it is stopped then. */
  later(delayMs: number, what: string, work: () => void | Promise<void>): void {
    this.#world.after(delayMs, () => {
      if (!this.#isAlive) return;
      const { nowMs } = this.#world;
      if (nowMs < this.#runsFromMs) return this.later(this.#runsFromMs - nowMs, what, work);
      this.#world.note(this.name, what);
      return work();
    });
  }

  /** The computer's clock, as this process sees it. */
  clock(): Clock {
    const world = this.#world;
    const { computer } = this;
    return {
      now: () => addMs(world.time(), computer.wallOffsetMs),
      monotonicMs: () => computer.monotonicStartMs + world.nowMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  /** `target` with a wait at every call of a method; `after` hears of each that was carried out. */
  waitingAt<T extends object>(part: string, target: T, after: AfterCall = NOBODY): T {
    return new Proxy(target, {
      get: (_target, name) => {
        const member = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...given: readonly unknown[]) =>
          this.step(`${part}.${String(name)}`, async () => {
            this.#requireDisk();
            const result = await Reflect.apply(member, target, given);
            after(String(name), given, result);
            return result;
          });
      },
    });
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    this.later(ms, "wakes up", resolve);
    return promise;
  }

  #requireDisk(): void {
    if (!this.#world.strikes("disk", this.#world.plan.diskTrouble)) return;
    throw new Failure("STORAGE_BUSY", "Another program holds the database.", { retryable: true });
  }

  #isFatal(): boolean {
    if (this.#world.strikes("kills", this.#world.plan.kill)) this.die();
    return !this.#isAlive;
  }

  /** How long it takes until the program gets to the next step: mostly nothing, sometimes as long as a closed lid. */
  #paceMs(): number {
    const { random, plan } = this.#world;
    if (this.#world.strikes("pauses", plan.pause)) {
      const pauseMs = random.pick(1_000, 20_000, 600_000);
      this.#runsFromMs = this.#world.nowMs + pauseMs;
      this.#world.note(this.name, `is stopped for ${pauseMs / 1000} s`);
    }
    const luck = random.next();
    if (luck < 0.8) return random.between(0, 2);
    return luck < 0.99 ? random.between(0, 20) : random.between(0, 1_500);
  }
}

export type ProcessOptions = {
  readonly name: string;
  readonly number: number;
  readonly computer: Computer;
};

export type AfterCall = (method: string, given: readonly unknown[], result: unknown) => void;

const NOBODY: AfterCall = () => undefined;
