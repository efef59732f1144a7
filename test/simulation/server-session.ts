import type { Session } from "../../src/history/postgres/session.ts";
import type { Connection, FenceServer, ServerSession } from "./fence-server.ts";
import type { SimulatedProcess } from "./process.ts";
import type { World } from "./world.ts";

/** A server that hears nothing of a session any more notices it after so long: the keepalive of a real one. */
export const LATEST_NOTICE_MS = 60_000;
/** How late a statement may be carried out, also after nobody waits for it any more. */
const LATEST_STATEMENT_MS = 20_000;

/** What happens to a statement; the process sees no difference between the last three. */
const TROUBLES = {
  late: 3,
  "never arrives": 2,
  "answer lost": 3,
  "answer never comes": 1,
} as const;
type Trouble = keyof typeof TROUBLES;

type Rejected = (error: Error) => void;

/** One connection of a process to the server, over a network that has its troubles. */
export class SimulatedSession implements Session, Connection {
  readonly #process: SimulatedProcess;
  readonly #world: World;
  readonly #server: FenceServer;
  readonly #there: ServerSession;
  readonly #waiting = new Set<Rejected>();
  #isBroken: boolean = false;
  /** Statements of a session arrive one after the other. */
  #lastArrivalMs = 0;

  constructor(process: SimulatedProcess, world: World, server: FenceServer) {
    this.#process = process;
    this.#world = world;
    this.#server = server;
    this.#there = server.begin(this);
  }

  get owner(): string {
    return this.#process.identity;
  }

  query<R>(sql: string, values: readonly unknown[] = []): Promise<{ readonly rows: readonly R[] }> {
    return this.#process
      .step("asks the server", () => {
        const { promise, resolve, reject } = Promise.withResolvers<{
          readonly rows: readonly R[];
        }>();
        const fails: Rejected = (error) => {
          this.#waiting.delete(fails);
          reject(error);
        };
        this.#waiting.add(fails);
        // A process that is dead by then doesn't hear of it.
        promise.catch(() => undefined);
        const answer = (rows: readonly object[]) => {
          this.#waiting.delete(fails);
          resolve({ rows: rows as readonly R[] });
        };
        this.#send(sql, values, answer);
        return Promise.resolve({ promise });
      })
      .then(({ promise }) => promise);
  }

  /** The server reads what was sent before, and then that this is the end. */
  async end(): Promise<void> {
    this.lose(this.#world.strikes("sessions", 0.1));
  }

  /** The connection is gone: the server notices it at once, or late; what is under way to it still arrives. */
  lose(isLate: boolean): void {
    this.#isBroken = true;
    const { random } = this.#world;
    const delayMs = random.between(0, isLate ? LATEST_NOTICE_MS : 50);
    this.#arrive(delayMs, () => this.#server.end(this.#there));
    for (const fails of this.#waiting) {
      this.#process.later(random.between(0, 50), "loses the server", () => fails(brokenOff()));
    }
  }

  #send(sql: string, values: readonly unknown[], answer: (rows: readonly object[]) => void): void {
    const { random, plan } = this.#world;
    if (this.#isBroken || !this.#there.isOpen) {
      this.#process.later(random.between(0, 5), "has no server", () => this.#failAll());
      return;
    }
    const isTroubled = this.#world.strikes("server", plan.serverTrouble);
    const trouble: Trouble | null = isTroubled ? random.weighted(TROUBLES) : null;
    if (trouble) this.#world.note(this.#process.name, `the server: ${trouble}`);
    if (trouble === "never arrives") {
      this.lose(random.chance(0.5));
      return;
    }
    const delayMs = trouble === "late" ? random.between(0, LATEST_STATEMENT_MS) : 0;
    this.#arrive(delayMs + this.#wayMs(), () => {
      if (!this.#there.isOpen) {
        this.#failAll();
        return;
      }
      const rows = this.#server.execute(sql, values, this.#there);
      if (trouble === "answer lost") this.lose(random.chance(0.5));
      if (trouble === null || trouble === "late") {
        this.#process.later(this.#wayMs(), "is answered by the server", () => answer(rows));
      }
    });
  }

  /** What comes in waits for what came before, and for a server that stands still. */
  #arrive(delayMs: number, work: () => void): void {
    const arrivesMs = Math.max(this.#world.nowMs + delayMs, this.#lastArrivalMs);
    this.#lastArrivalMs = arrivesMs;
    this.#whenItRuns(arrivesMs, work);
  }

  #whenItRuns(atMs: number, work: () => void): void {
    this.#world.after(atMs - this.#world.nowMs, () => {
      const { frozenUntilMs } = this.#server;
      if (frozenUntilMs > this.#world.nowMs) this.#whenItRuns(frozenUntilMs, work);
      else work();
    });
  }

  #failAll(): void {
    this.#isBroken = true;
    for (const fails of [...this.#waiting]) fails(brokenOff());
  }

  #wayMs(): number {
    const { random } = this.#world;
    return random.chance(0.97) || this.#world.isCalm
      ? random.between(0, 20)
      : random.between(20, 1_500);
  }
}

function brokenOff(): Error {
  return new Error("Connection terminated unexpectedly");
}

/** Opens a connection, if the server listens. */
export function connect(
  process: SimulatedProcess,
  { world, server }: { readonly world: World; readonly server: FenceServer },
): Promise<SimulatedSession> {
  return process.step("connects to the server", async () => {
    if (!server.isDown) return new SimulatedSession(process, world, server);
    throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  });
}
