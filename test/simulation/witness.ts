import { openingUnits } from "../../src/compliance/check.ts";
import { entryTermsOf } from "../../src/core/entry-order.ts";
import type { Failure } from "../../src/core/failures.ts";
import type { OrderOutcome } from "../../src/core/order.ts";
import type { OrderRequest } from "../../src/core/order-request.ts";
import type { Quote } from "../../src/core/quote.ts";
import { addMs } from "../../src/core/time.ts";
import { nextRollover } from "../../src/core/trading-day.ts";
import { serializeRequest } from "../../src/history/request-codec.ts";
import type { AccountState } from "../../src/ports/broker.ts";
import type { AuditRecord, IntentKey, NewIntent } from "../../src/ports/journal.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import type { AccountWitness } from "./account-witness.ts";
import type { Computer } from "./computer.ts";
import type { Promised } from "./violation.ts";
import type { World } from "./world.ts";

/** One order or close that was asked for, and what the trader was told of it. */
export type Submission = {
  readonly number: number;
  readonly process: string;
  readonly what: string;
  /** The newest state of the account that its process was given for it. */
  view: { readonly state: AccountState; readonly atMs: number } | null;
  /** The newest prices likewise. */
  quotes: readonly Quote[];
  told: OrderReport | Failure | null;
};

/** An intent as the witness saw it being written. */
type Watched = {
  readonly intent: NewIntent;
  readonly request: string;
  state: "sending" | "unknown" | "settled";
  sends: number;
};

export type Promises = {
  /** Oldest state of the account that an order which adds risk may have been decided on. */
  readonly oldestViewMs: number;
  /** How long an order may take from its last look to the wire: so much can be under way when something changes. */
  readonly underWayMs: number;
};

/** The gate looks at the very moment. */
export const PROMISES: Promises = { oldestViewMs: 65_000, underWayMs: 0 };
/** Without it an order that was journaled may be on its way. */
export const UNGATED: Promises = { ...PROMISES, underWayMs: 5_000 };

const MINUTE_MS = 60_000;
/** So long after it was decided for a day, a look at it may happen: the process may be stopped meanwhile. */
const LONGEST_LOOK_MS = 11 * MINUTE_MS;
/** The venue's time is reckoned from before its answer came, so it may be thought to be this much later. */
const LONGEST_ANSWER_MS = 20_000;

/** Where a witness sits, and who watches what it can't see from there. */
export type Post = {
  readonly computer: Computer;
  readonly account: AccountWitness;
  readonly isOwnerAlive: (owner: string) => boolean;
};

/**
 * Watches what is written down and what leaves on one computer, from outside: it sees each commit and each request at the
 * socket, and trusts nothing that the program says of itself.
 */
export class Witness {
  readonly submissions = new Set<Submission>();
  /** Every request that left, by client order id, and what the venue made of those that arrived. */
  readonly sends = new Map<string, number>();
  readonly arrivals = new Map<string, PromiseSettledResult<OrderOutcome>[]>();
  readonly #world: World;
  readonly #promises: Promises;
  readonly #post: Post;
  readonly #intents = new Map<string, Watched>();
  readonly #dayStarts = new Map<string, string>();
  readonly #verdicts = new Set<string>();
  #haltedSinceMs: number | null = null;
  #risksAtMs: number[] = [];

  constructor(world: World, post: Post, promises: Promises = PROMISES) {
    this.#world = world;
    this.#promises = promises;
    this.#post = post;
  }

  get isHalted(): boolean {
    return this.#haltedSinceMs !== null;
  }

  accuse(promise: Promised, what: string): void {
    this.#post.account.accuse(promise, what);
  }

  /** Hears of every call of the journal that was carried out. */
  journaled(method: string, given: readonly unknown[]): void {
    const [first, second] = given;
    if (method === "open") this.#opened(asIntent(first), asRecords(second));
    if (method === "markUnknown") this.#concluded(asKey(first), "unknown");
    if (method !== "settle") return;
    this.#concluded(asKey(first), "settled");
    const { computer, account } = this.#post;
    account.settled(computer, asKey(first).clientOrderId, asReport(second));
  }

  /** A program without a defect is never caught by its own gate. */
  alerted(summary: string): void {
    this.accuse("told", `somebody is woken: ${summary}`);
  }

  /** Hears of every halt and resume that was carried out; one connection is all there is. */
  switched(method: string): void {
    if (method === "halt") this.#haltedSinceMs ??= this.#world.nowMs;
    if (method === "resume") this.#haltedSinceMs = null;
  }

  /** P6: a day's loss is measured from one equity all day, and the day ends when it ends at the venue. */
  lookedAtDay(method: string, [, dayEnd]: readonly unknown[], equity: unknown): void {
    if (method === "restart") this.#dayStarts.clear();
    if (method !== "equityAtDayStart") return;
    const { nowMs } = this.#world;
    const day = String(dayEnd);
    const isDay = [-LONGEST_ANSWER_MS, 0, LONGEST_LOOK_MS].some(
      (ago) => nextRollover(addMs(this.#world.time(), -Math.min(ago, nowMs))) === day,
    );
    if (!isDay) this.accuse("P6", `the day's loss is looked up for a day that ends at ${day}`);
    const first = this.#dayStarts.get(day) ?? String(equity);
    if (first !== String(equity)) this.accuse("P6", `the day ${day} begins with another equity`);
    this.#dayStarts.set(day, first);
  }

  /** A request is at the socket. */
  sent(request: OrderRequest, submission: Submission, owner: string): void {
    const { clientOrderId: id } = request;
    const sends = (this.sends.get(id) ?? 0) + 1;
    this.sends.set(id, sends);
    if (sends > 1) this.accuse("P1", `${id} leaves for the ${sends}. time`);
    this.#requireIntent(request, owner);
    this.#post.account.left(this.#post.computer, request, owner);
    const terms = request.kind === "market" ? request : entryTermsOf(request);
    if (terms && !terms.reduceOnly) this.#requireNoHalt(request);
    if (!this.#addsRisk(request, submission)) return;
    this.#requireFreshView(request, submission);
    this.#requirePace(request);
  }

  arrived(id: string, outcome: PromiseSettledResult<OrderOutcome>): void {
    this.arrivals.set(id, [...(this.arrivals.get(id) ?? []), outcome]);
    const isTaken = outcome.status === "fulfilled" && outcome.value.status !== "rejected";
    this.#post.account.arrived(this.#post.computer, id, isTaken);
  }

  /** P2: what has no outcome keeps everything else of its instrument back, but a close of all there is. */
  #opened(intent: NewIntent, audit: readonly AuditRecord[]): void {
    const { request, clientOrderId, instrument } = intent;
    this.#post.account.opened(this.#post.computer, intent);
    for (const [id, watched] of this.#intents) {
      const { owner } = watched.intent;
      if (watched.state === "settled" || watched.intent.instrument !== instrument) continue;
      const isOpen = watched.state === "unknown" || !this.#post.isOwnerAlive(owner);
      if (isOpen && isHarmfulTwice(request)) {
        this.accuse("P2", `${clientOrderId} is opened while the fate of ${id} is unknown`);
      }
    }
    const verdictId = String(audit[0]?.data.verdictId);
    if (this.#verdicts.has(verdictId))
      this.accuse("P4", `${clientOrderId} has a verdict of another`);
    this.#verdicts.add(verdictId);
    const text = serializeRequest(request);
    this.#intents.set(clientOrderId, { intent, request: text, state: "sending", sends: 0 });
  }

  #concluded({ clientOrderId }: IntentKey, state: "unknown" | "settled"): void {
    const watched = this.#intents.get(clientOrderId);
    if (watched && watched.state !== "settled") watched.state = state;
  }

  /** P2 and P4: written down by its own process before it leaves, as it leaves, with a verdict that passed. */
  #requireIntent(request: OrderRequest, owner: string): void {
    const { clientOrderId: id } = request;
    const watched = this.#intents.get(id);
    if (!watched) {
      this.accuse("P2", `${id} leaves and is in no journal`);
      this.accuse("P4", `${id} leaves without a verdict`);
      return;
    }
    if (watched.state !== "sending" || watched.intent.owner !== owner) {
      this.accuse("P2", `${id} leaves although its intent is ${watched.state}`);
    }
    if (watched.request !== serializeRequest(request)) {
      this.accuse("P4", `${id} leaves otherwise than it was written down`);
    }
    const { compliance } = asReport(watched.intent.report);
    const blocked = compliance.filter(({ outcome }) => outcome === "block");
    if (compliance.length === 0 || blocked.length > 0) {
      this.accuse("P4", `${id} leaves without a verdict that passed`);
    }
  }

  /** Judged by the state that the process was shown: it may have changed on the way, which nobody can know. */
  #addsRisk(request: OrderRequest, { view, quotes }: Submission): boolean {
    if (!view) return request.kind !== "close";
    const quote = quotes.find(({ instrument }) => instrument === request.instrument) ?? null;
    return openingUnits({ request, state: view.state, quote }).isPositive();
  }

  #requireFreshView({ clientOrderId }: OrderRequest, { view }: Submission): void {
    const ageMs = view ? this.#world.nowMs - view.atMs : Number.POSITIVE_INFINITY;
    if (ageMs <= this.#promises.oldestViewMs) return;
    this.accuse("P4", `${clientOrderId} leaves on a state of the account ${ageMs / 1000} s old`);
  }

  #requirePace({ clientOrderId }: OrderRequest): void {
    const { nowMs, plan } = this.#world;
    const window = MINUTE_MS - this.#promises.underWayMs;
    this.#risksAtMs = [...this.#risksAtMs.filter((atMs) => atMs > nowMs - window), nowMs];
    if (this.#risksAtMs.length <= plan.maxOrdersPerMinute) return;
    const count = this.#risksAtMs.length;
    this.accuse(
      "P5",
      `${clientOrderId} is order ${count} of a minute that may have ${plan.maxOrdersPerMinute}`,
    );
  }

  #requireNoHalt(request: OrderRequest): void {
    const since = this.#haltedSinceMs;
    if (since === null || this.#world.nowMs - since < this.#promises.underWayMs) return;
    const agoMs = this.#world.nowMs - since;
    this.accuse("P6", `${request.clientOrderId} leaves ${agoMs / 1000} s after trading was halted`);
  }
}

/** Closing all there is, taking an order back and moving exits may leave whatever else is under way. */
function isHarmfulTwice(request: OrderRequest): boolean {
  if (request.kind === "close") return !request.isWhole;
  return request.kind !== "cancel" && request.kind !== "exits";
}

function asIntent(value: unknown): NewIntent {
  return value as NewIntent;
}

function asRecords(value: unknown): readonly AuditRecord[] {
  return value as readonly AuditRecord[];
}

function asKey(value: unknown): IntentKey {
  return value as IntentKey;
}

function asReport(value: unknown): OrderReport {
  return value as OrderReport;
}
