import { createHash } from "node:crypto";
import { addMs, type Instant } from "../../src/core/time.ts";
import { NOON } from "../support/market.ts";
import type { Plan } from "./plan.ts";
import { Random } from "./random.ts";

const HOUR_MS = 3_600_000;

type Work = () => void | Promise<void>;
type Note = { readonly atMs: number; readonly actor: string; readonly what: string };
type Event = { readonly atMs: number; readonly work: Work };

/**
 * Time, chance and order of everything that happens in a run. One event happens after the other, and whatever it
 * sets going runs up to its next wait before the next event begins: so a seed fixes the whole run.
 */
export class World {
  readonly plan: Plan;
  readonly random: Random;
  /** True milliseconds since the run began: what no jump of a clock changes. */
  nowMs = 0;
  /** Nothing goes wrong any more: the end of a run, when everything has to come out right. */
  isCalm: boolean = false;
  readonly #notes: Note[] = [];
  readonly #turns: number;
  #events: Event[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
    this.random = new Random(plan.seed);
    // Calls to a shared server are gathered over a turn of the event loop, and an answer may set the next ones going.
    this.#turns = plan.computers > 1 ? 3 : 1;
  }

  /** The true time, which the venue's clock shows. */
  time(): Instant {
    return addMs(NOON, this.plan.startsAtHour * HOUR_MS + this.nowMs);
  }

  /** Whether something that may go wrong does so now. */
  strikes(hazard: Parameters<Plan["hazards"]["has"]>[0], probability: number): boolean {
    const isDrawn = this.random.chance(probability);
    return isDrawn && !this.isCalm && this.plan.hazards.has(hazard);
  }

  after(delayMs: number, work: Work): void {
    const event = { atMs: this.nowMs + delayMs, work };
    let index = this.#events.length;
    // Later ones stand first, so that the next one is taken from the end.
    while (index > 0 && (this.#events[index - 1]?.atMs ?? 0) <= event.atMs) index -= 1;
    this.#events.splice(index, 0, event);
  }

  /** Lets events happen until `isOver`, or until nothing can happen any more. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const event = this.#events.pop();
      if (!event) return;
      this.nowMs = Math.max(this.nowMs, event.atMs);
      await event.work();
      for (let turn = 0; turn < this.#turns; turn += 1) await everythingWaits();
    }
  }

  /** Writes down that something happened. */
  note(actor: string, what: string): void {
    this.#notes.push({ atMs: this.nowMs, actor, what });
  }

  trace(): readonly string[] {
    return this.#notes.map(({ atMs, actor, what }) => {
      const seconds = (atMs / 1000).toFixed(3).padStart(10);
      return `${seconds} s  ${actor.padEnd(8)} ${what}`;
    });
  }

  /** One number for all that happened, and for the `records` that are left: a seed has only one. */
  hash(records: readonly string[]): string {
    const notes = this.#notes.map(({ atMs, actor, what }) => `${atMs} ${actor} ${what}`);
    const text = [...notes, ...records].join("\n");
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
  }
}

/** Resolves when all that could go on has done so: promises are settled between two turns of Node's event loop. */
function everythingWaits(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
