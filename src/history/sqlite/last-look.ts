import type Database from "better-sqlite3";
import { Failure } from "../../core/failures.ts";
import { type Halt, overtakenByHalt } from "../../ports/control.ts";
import {
  type Intent,
  type LastLook,
  LONGEST_IN_FLIGHT_MS,
  type MonotonicSpan,
  type NewIntent,
} from "../../ports/journal.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MINUTE_MS = 60_000;

/** Looks, inside the transaction that writes an intent, whether what it was cleared on still holds. */
export class LastLookReader {
  readonly #halt;
  readonly #count;
  readonly #others;

  constructor({ connection }: LocalDatabase) {
    this.#halt = lazy(() =>
      connection.prepare<[string], Halt>(
        "SELECT since, reason FROM halts WHERE connection IN (?, '') LIMIT 1",
      ),
    );
    this.#count = lazy(() => countOrders(connection));
    // What the intent's own process is sending is not for others to conclude: that one lives.
    this.#others = lazy(() =>
      connection.prepare<[Place], Other>(
        `SELECT client_order_id AS clientOrderId, owner, state,
           created_monotonic_ms AS createdMonotonicMs FROM intents
         WHERE connection = @connection AND account = @account AND instrument = @instrument
           AND state <> 'settled' AND (state = 'unknown' OR owner <> @owner
           OR @nowMs - created_monotonic_ms > ${LONGEST_IN_FLIGHT_MS}) ORDER BY id`,
      ),
    );
  }

  /** Why the intent may not be written any more; null when it may. */
  refusal(intent: NewIntent, { wasHalted, maxOrdersPerMinute, isOwnerAlive }: LastLook) {
    const { connection, account, instrument, createdMonotonicMs: nowMs } = intent;
    const halt = wasHalted ? undefined : this.#halt().get(connection);
    if (halt) return overtakenByHalt(halt, connection);
    if (maxOrdersPerMinute !== null) {
      const count = this.#count()(connection, { nowMs, withinMs: MINUTE_MS });
      if (count >= maxOrdersPerMinute) return paceFailure(maxOrdersPerMinute);
    }
    if (!isOwnerAlive) return null;
    const others = this.#others().all({
      connection,
      account,
      instrument,
      owner: intent.owner,
      nowMs,
    });
    const unknown = others.find(({ owner, state, createdMonotonicMs }) => {
      // One that was made after this one isn't old: both wait here for the same transaction.
      const isLong = nowMs - createdMonotonicMs > LONGEST_IN_FLIGHT_MS;
      return state === "unknown" || isLong || !isOwnerAlive(owner);
    });
    return unknown ? unknownFailure(unknown, intent) : null;
  }
}

type Place = Pick<Intent, "connection" | "account" | "instrument" | "owner"> & {
  readonly nowMs: number;
};
type Other = Pick<Intent, "clientOrderId" | "owner" | "state" | "createdMonotonicMs">;

/** Counts the orders of a connection in a span. */
export function countOrders(database: Database.Database) {
  const statement = database
    .prepare<[string, number, number], number>(
      `SELECT count(*) FROM intents WHERE connection = ?
     AND created_monotonic_ms > ? AND created_monotonic_ms <= ?
     AND CASE WHEN json_valid(request) THEN request ->> '$.kind' NOT IN ('cancel', 'exits') ELSE 1 END`,
    )
    .pluck();
  return (connection: string, { nowMs, withinMs }: MonotonicSpan): number => {
    // A moment that is still to come was before the computer's last start, no longer ago than that.
    const untilMs = nowMs < withinMs ? Number.MAX_VALUE : nowMs;
    return statement.get(connection, nowMs - withinMs, untilMs) ?? 0;
  };
}

function paceFailure(most: number): Failure {
  return new Failure(
    "RISK_LIMIT",
    `Other orders were quicker: the last minute has the ${most} that risk.maxOrdersPerMinute allows. Nothing was sent.`,
    { hint: "Wait a minute, or raise risk.maxOrdersPerMinute.", retryable: true },
  );
}

function unknownFailure({ clientOrderId }: Other, intent: NewIntent): Failure {
  const { instrument, connection, account } = intent;
  return new Failure(
    "OUTCOME_UNKNOWN",
    `The fate of order ${clientOrderId} in ${instrument} became unknown just before this one left: it may be live. The new order was not sent.`,
    {
      hint: `Settle it first: tmt-broker order reconcile -c ${connection} -a ${account}`,
      retryable: true,
      details: { clientOrderId },
    },
  );
}
