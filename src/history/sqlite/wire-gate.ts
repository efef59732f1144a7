import type { OrderRequest } from "../../core/order-request.ts";
import { type Instant, leastAgeMs, msBetween } from "../../core/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Halt } from "../../ports/control.ts";
import type { IntentKey, IntentState } from "../../ports/journal.ts";
import {
  type GateVerdict,
  type Leaving,
  MOST_UNDER_WAY_MS,
  type WireGate,
} from "../../ports/wire-gate.ts";
import { serializeRequest } from "../request-codec.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MINUTE_MS = 60_000;
const NOTHING_SENT = "Nothing was sent.";

type Moment = { readonly at: Instant; readonly monotonicMs: number };

/**
 * The gate in the user's database. Its rows aren't flushed: a power cut ends every process that could send an intent
 * again, and the intent itself is on the disk before it comes here.
 */
export class SqliteWireGate implements WireGate {
  readonly #database: LocalDatabase;
  readonly #statements;

  constructor(database: LocalDatabase) {
    this.#database = database;
    this.#statements = statementsOf(database);
  }

  pass(leaving: Leaving, clock: Pick<Clock, "now" | "monotonicMs">): GateVerdict {
    const replaced = this.#database.replacedFailure(NOTHING_SENT);
    if (replaced) throw replaced;
    return this.#database.writeRelaxed(NOTHING_SENT, () => {
      // Read here, because to wait for another process's write takes time.
      const now = { at: clock.now(), monotonicMs: clock.monotonicMs() };
      const verdict = this.#judge(leaving, now);
      if (verdict.kind === "repeated" || verdict.kind === "unasked") {
        this.#statements.halt().run(leaving.connection, now.at, haltReason(leaving, verdict));
      }
      return verdict;
    });
  }

  #judge(leaving: Leaving, now: Moment): GateVerdict {
    const { connection, account, request } = leaving;
    const { clientOrderId } = request;
    const key = { connection, account, clientOrderId };
    if (this.#statements.hasLeft().get(key)) return { kind: "repeated" };
    const intent = this.#statements.intent().get(key);
    if (!intent) return unasked("is in no journal");
    if (intent.request !== serializeRequest(request)) return unasked("isn't what was journaled");
    const ageMs = ageOf(intent, now);
    if (ageMs > MOST_UNDER_WAY_MS) return { kind: "late", ageMs };
    if (intent.state !== "sending") return unasked("has an outcome already");
    const halt = this.#statements.halted().get(connection);
    if (halt && (addsRisk(request) || intent.weakensStop === 1)) return { kind: "halted", ...halt };
    const isCounted = request.kind === "cancel" || request.kind === "exits" ? 0 : 1;
    if (addsRisk(request) && this.#isFull(leaving, now)) return { kind: "pace" };
    this.#statements.leave().run({ ...key, nowMs: now.monotonicMs, isCounted });
    return { kind: "open" };
  }

  #isFull({ connection, maxOrdersPerMinute }: Leaving, { monotonicMs: nowMs }: Moment): boolean {
    // What left at a moment that is still to come left before the computer's last start.
    const untilMs = nowMs < MINUTE_MS ? Number.MAX_VALUE : nowMs;
    const row = this.#statements.count().get({ connection, afterMs: nowMs - MINUTE_MS, untilMs });
    return (row?.count ?? 0) >= maxOrdersPerMinute;
  }
}

/** Whether the request, by itself, may open something: what a halt and the pace are about. */
function addsRisk(request: OrderRequest): boolean {
  switch (request.kind) {
    case "market":
    case "entry":
      return !request.reduceOnly;
    case "change":
      return "reduceOnly" in request.terms && !request.terms.reduceOnly;
    case "close":
    case "cancel":
    case "exits":
      return false;
  }
}

/** By both clocks: a closed lid stops the one, and somebody may set the other. */
function ageOf({ createdAt, createdMonotonicMs }: GatedIntent, now: Moment): number {
  const wallMs = Math.abs(msBetween(createdAt, now.at));
  return Math.max(leastAgeMs(createdMonotonicMs, now.monotonicMs), wallMs);
}

function unasked(why: string): GateVerdict {
  return { kind: "unasked", why };
}

function haltReason(
  { request }: Leaving,
  verdict: Extract<GateVerdict, { kind: "repeated" | "unasked" }>,
): string {
  const what = verdict.kind === "repeated" ? "was to leave a second time" : verdict.why;
  return `wire gate: order ${request.clientOrderId} ${what}`;
}

type GatedIntent = {
  readonly request: string;
  readonly state: IntentState;
  readonly createdAt: Instant;
  readonly createdMonotonicMs: number;
  readonly weakensStop: 0 | 1;
};

type Span = { readonly connection: string; readonly afterMs: number; readonly untilMs: number };
type LeftRow = IntentKey & { readonly nowMs: number; readonly isCounted: 0 | 1 };

const OF_KEY = `WHERE connection = @connection AND account = @account
  AND client_order_id = @clientOrderId`;

function statementsOf({ connection }: LocalDatabase) {
  return {
    hasLeft: lazy(() => connection.prepare<[IntentKey]>(`SELECT 1 FROM wire_gate ${OF_KEY}`)),
    intent: lazy(() =>
      connection.prepare<[IntentKey], GatedIntent>(
        `SELECT request, state, created_at AS createdAt, weakens_stop AS weakensStop,
           created_monotonic_ms AS createdMonotonicMs FROM intents ${OF_KEY}`,
      ),
    ),
    halted: lazy(() =>
      connection.prepare<[string], Halt>(
        "SELECT since, reason FROM halts WHERE connection IN (?, '') LIMIT 1",
      ),
    ),
    count: lazy(() =>
      connection.prepare<[Span], { count: number }>(
        `SELECT count(*) AS count FROM wire_gate WHERE connection = @connection AND is_counted = 1
         AND left_monotonic_ms > @afterMs AND left_monotonic_ms <= @untilMs`,
      ),
    ),
    leave: lazy(() =>
      connection.prepare<[LeftRow]>(
        `INSERT INTO wire_gate (connection, account, client_order_id, left_monotonic_ms, is_counted)
         VALUES (@connection, @account, @clientOrderId, @nowMs, @isCounted)`,
      ),
    ),
    halt: lazy(() =>
      connection.prepare<[string, Instant, string]>(
        "INSERT INTO halts (connection, since, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      ),
    ),
  };
}
