import { mayAddRisk, type OrderRequest } from "../../src/core/order-request.ts";
import { LONGEST_IN_FLIGHT_MS, type NewIntent } from "../../src/ports/journal.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import type { Computer } from "./computer.ts";
import type { FenceServer, ServerListener, StandingRow } from "./fence-server.ts";
import type { Promised, Violation } from "./violation.ts";
import type { World } from "./world.ts";

/** A request that left one of the computers. */
type Leaving = {
  readonly clientOrderId: string;
  readonly computer: Computer;
  readonly signalId: string | null;
  /** What the venue made of it; null as long as it hasn't arrived. */
  arrival: "taken" | "refused" | null;
  /** Whether it may not leave without standing on the server. */
  readonly isBound: boolean;
  /** Whether it stood there when it left. */
  readonly stood: boolean;
  /** Whether somebody has concluded that it never left. */
  isGivenUp: boolean;
};

/** An order in a computer's journal, as far as the others may know of it. */
type Opened = {
  readonly intent: NewIntent;
  readonly computer: Computer;
  told: "sending" | "unknown";
};

/** What stood in an order's way each time it was raised. */
type Raising = { readonly doubts: readonly string[] };

/** Watches what the computers do on one account together: at the venue, at the server and at their journals. */
export class AccountWitness implements ServerListener {
  readonly violations: Violation[] = [];
  /** Where they meet; null where only one trades. */
  server: FenceServer | null = null;
  readonly #world: World;
  readonly #leavings: Leaving[] = [];
  readonly #bySubject = new Map<string, Leaving[]>();
  readonly #open = new Map<string, Opened>();
  readonly #raisings = new Map<string, Raising[]>();

  constructor(world: World) {
    this.#world = world;
  }

  accuse(promise: Promised, what: string): void {
    this.#world.note("WITNESS", `${promise} is broken: ${what}`);
    this.violations.push({ promise, atMs: this.#world.nowMs, what });
  }

  /** The computer whose request the venue took; null where it took none. */
  takenFrom(clientOrderId: string): Computer | null {
    const known = this.#bySubject.get(`id ${clientOrderId}`) ?? [];
    return known.find(({ arrival }) => arrival === "taken")?.computer ?? null;
  }

  /**
   * Whether requests of that id left several computers, one of them without standing on the server, as what only reduces
   * may where the server can't be asked: to the other computers its id was free.
   */
  isFree(clientOrderId: string): boolean {
    const known = this.#bySubject.get(`id ${clientOrderId}`) ?? [];
    return known.length > 1 && known.some(({ isBound, stood }) => !isBound && !stood);
  }

  /** P1: what shares its id or its signal has provably never left. P2: it stands on the server. */
  left(computer: Computer, request: OrderRequest, owner: string): void {
    const { clientOrderId } = request;
    const signalId = signalOf(request);
    const rows = this.server?.rows() ?? [];
    const stood = rows.some((row) => isOf(row, clientOrderId, owner));
    const isBound = mayAddRisk(request) || signalId !== null;
    const known = { clientOrderId, computer, signalId, stood, isBound };
    const leaving = { ...known, arrival: null, isGivenUp: false };
    this.#leavings.push(leaving);
    for (const subject of subjectsOf(leaving)) {
      this.#bySubject.set(subject, [...(this.#bySubject.get(subject) ?? []), leaving]);
    }
    for (const earlier of this.isFree(clientOrderId) ? [] : this.#rivals(leaving)) {
      const { clientOrderId: id, arrival, isGivenUp } = earlier;
      const what = `${clientOrderId} of ${signalId ?? "no signal"} leaves ${computer.name}`;
      if (arrival) this.accuse("P1", `${what} after ${id} was ${arrival}`);
      else if (!isGivenUp) this.accuse("P1", `${what} while the fate of ${id} is unknown`);
    }
    if (this.server && isBound && !stood) {
      this.accuse("P2", `${clientOrderId} leaves ${computer.name} and doesn't stand on the server`);
    }
  }

  /** P1: the venue takes one order of a signal. P2: what somebody concluded to have never left never arrives. */
  arrived(computer: Computer, clientOrderId: string, isTaken: boolean): void {
    const leaving = this.#leavings.findLast(
      (one) => one.clientOrderId === clientOrderId && one.computer === computer,
    );
    if (!leaving) return;
    leaving.arrival = isTaken ? "taken" : "refused";
    if (leaving.isGivenUp) {
      this.accuse("P2", `${clientOrderId} of ${computer.name} arrives after it was given up`);
    }
    const other = this.#rivals(leaving).find(({ arrival }) => arrival === "taken");
    if (isTaken && other && !this.isFree(clientOrderId)) {
      this.accuse("P1", `${clientOrderId} is taken, and ${other.clientOrderId} was before`);
    }
  }

  /** P2: nothing that adds risk is opened while the fate of another computer's order is unknown. */
  opened(computer: Computer, intent: NewIntent): void {
    const { clientOrderId, owner, request } = intent;
    this.#open.set(keyOf(clientOrderId, owner), { intent, computer, told: "sending" });
    if (!this.server || !mayAddRisk(request)) return;
    const raisings = this.#raisings.get(keyOf(clientOrderId, owner)) ?? [];
    if (raisings.length === 0) {
      this.accuse("P2", `${clientOrderId} is opened on ${computer.name} and was never raised`);
    }
    const [doubts = []] = raisings.map((raising) => raising.doubts);
    if (raisings.every((raising) => raising.doubts.length > 0) && doubts.length > 0) {
      const others = doubts.join(", ");
      this.accuse("P2", `${clientOrderId} is opened while the fate of ${others} is unknown`);
    }
  }

  /** A computer's journal has its outcome. */
  settled(computer: Computer, clientOrderId: string, report: OrderReport): void {
    if (report.status === "rejected" && !report.error?.brokerCode) {
      this.#giveUp(clientOrderId, (leaving) => leaving.computer === computer);
    }
  }

  /** A process was shown what stands beside the order that it raised. */
  raised({ clientOrderId, owner, host, instrument }: StandingRow): void {
    const key = keyOf(clientOrderId, owner);
    const doubts = [...this.#open.values()].flatMap((other) => {
      const isElsewhere = other.computer.name !== host && other.intent.instrument === instrument;
      return isElsewhere && this.#isDoubted(other) ? [other.intent.clientOrderId] : [];
    });
    this.#raisings.set(key, [...(this.#raisings.get(key) ?? []), { doubts }]);
  }

  /** The server was told of an outcome, or that there is none. */
  told({ clientOrderId, owner, state }: StandingRow): void {
    const key = keyOf(clientOrderId, owner);
    const opened = this.#open.get(key);
    if (state === "unknown" && opened) opened.told = state;
    else this.#open.delete(key);
  }

  /** An order stands on the server no more: its process has given it up, or another one has. */
  withdrawn({ clientOrderId, owner, host }: StandingRow, isByItself: boolean): void {
    this.#open.delete(keyOf(clientOrderId, owner));
    this.#giveUp(
      clientOrderId,
      ({ computer, stood, isBound }) => computer.name === host && stood && (isBound || !isByItself),
    );
  }

  #giveUp(clientOrderId: string, isMeant: (leaving: Leaving) => boolean): void {
    for (const leaving of this.#bySubject.get(`id ${clientOrderId}`) ?? []) {
      if (!isMeant(leaving)) continue;
      leaving.isGivenUp = true;
      // What the venue refused without an entry in its log can't be told from what never came.
      if (leaving.arrival === "taken") {
        this.accuse("P2", `${clientOrderId} is given up, and was taken`);
      }
    }
  }

  /** Others with the same id or of the same signal. */
  #rivals(leaving: Leaving): readonly Leaving[] {
    const found = subjectsOf(leaving).flatMap((subject) => this.#bySubject.get(subject) ?? []);
    return [...new Set(found)].filter((other) => other !== leaving);
  }

  /** What nobody was told the fate of is in flight while its process is connected and it is younger than a minute. */
  #isDoubted({ intent: { clientOrderId, owner }, told }: Opened): boolean {
    const row = this.server?.rows().find((one) => isOf(one, clientOrderId, owner));
    if (!this.server || !row) return false;
    if (told === "unknown") return true;
    const ageMs = this.server.nowMs - row.raisedAtMs;
    return !this.server.isConnected(owner) || ageMs > LONGEST_IN_FLIGHT_MS;
  }
}

/** The signal whose order a request is. */
function signalOf({ kind, origin }: OrderRequest): string | null {
  return kind === "market" || kind === "entry" ? origin.signalId : null;
}

function subjectsOf({ clientOrderId, signalId }: Leaving): readonly string[] {
  return [`id ${clientOrderId}`, ...(signalId === null ? [] : [`signal ${signalId}`])];
}

function isOf(row: StandingRow, clientOrderId: string, owner: string): boolean {
  return row.clientOrderId === clientOrderId && row.owner === owner;
}

function keyOf(clientOrderId: string, owner: string): string {
  return `${clientOrderId} ${owner}`;
}
