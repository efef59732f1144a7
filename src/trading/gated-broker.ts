import { Failure } from "../core/failures.ts";
import type { OrderOutcome } from "../core/order.ts";
import type { ClearedOrder } from "../core/order-request.ts";
import type { AlertSink } from "../ports/alerts.ts";
import type { Broker, PlaceOptions } from "../ports/broker.ts";
import { overtakenByHalt } from "../ports/control.ts";
import {
  type GatedBroker,
  type GateVerdict,
  MOST_UNDER_WAY_MS,
  type WireGate,
} from "../ports/wire-gate.ts";
import { deskRecord } from "./audit-records.ts";
import type { Desk } from "./desk.ts";
import { forwardBroker } from "./forward-broker.ts";

/** What stands before a desk's broker. */
export type GateParts = Omit<Desk, "broker"> & {
  readonly gate: WireGate;
  readonly alerts: Pick<AlertSink, "raise">;
};

/**
 * Puts the gate before everything that `broker` places: the last thing before the wire, inside retries and the queue of the
 * rate limit. What leaves again, or isn't what was journaled, halts the connection.
 */
export function gateBroker(broker: Broker, parts: GateParts): GatedBroker {
  const passed: Broker = {
    ...forwardBroker(broker),
    place: (order, options) => placeGated(broker, parts, { order, options }),
  };
  return passed as GatedBroker;
}

/** The same broker with other ways to read: what it places goes through its gate as before. */
export function withReads(
  broker: GatedBroker,
  reads: Partial<Pick<Broker, "state" | "quotes">>,
): GatedBroker {
  return { ...forwardBroker(broker), ...reads } as GatedBroker;
}

type Placing = { readonly order: ClearedOrder; readonly options: PlaceOptions };

/** A refusal of the gate stands, whatever becomes of it in between. */
async function placeGated(
  broker: Broker,
  parts: GateParts,
  { order, options }: Placing,
): Promise<OrderOutcome> {
  let refusal: Refusal | null = null;
  const beforeLeaving = () => {
    options.beforeLeaving?.();
    refusal = refusalOf(order, parts);
    // Nothing in between may take it for a trouble that passes, or for one of the broker's.
    if (refusal) throw new Failure("TRADING_HALTED", "The gate let nothing out.");
  };
  const [placed] = await Promise.allSettled([broker.place(order, { ...options, beforeLeaving })]);
  const refused = refusal as Refusal | null;
  if (refused) {
    if (refused.isBreach) await tellBreach(refused.failure, order, parts);
    throw refused.failure;
  }
  if (placed.status === "rejected") throw placed.reason;
  return placed.value;
}

type Refusal = { readonly failure: Failure; readonly isBreach: boolean };

function refusalOf(request: ClearedOrder, parts: GateParts): Refusal | null {
  const { gate, profile, account, clock, policy } = parts;
  try {
    const { maxOrdersPerMinute } = policy.limits;
    const leaving = { connection: profile.name, account: account.id, request, maxOrdersPerMinute };
    return refusalFor(gate.pass(leaving, clock), request, parts);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { failure: error, isBreach: false };
  }
}

function refusalFor(
  verdict: GateVerdict,
  { clientOrderId }: ClearedOrder,
  { profile: { name }, policy: { limits } }: GateParts,
): Refusal | null {
  switch (verdict.kind) {
    case "open":
      return null;
    case "repeated":
      return breach(
        `Order ${clientOrderId} was about to leave a second time; only the first may be live. ${haltedNow(name)}`,
        { connection: name, clientOrderId, isSent: true },
      );
    case "unasked":
      return breach(
        `Order ${clientOrderId} was about to leave and ${verdict.why}. Nothing was sent. ${haltedNow(name)}`,
        { connection: name, clientOrderId, isSent: false },
      );
    case "late":
      return refusal(lateFailure(verdict.ageMs));
    case "halted":
      return refusal(overtakenByHalt(verdict, name));
    case "pace":
      return refusal(
        new Failure(
          "RISK_LIMIT",
          `As many orders have left in the last minute as risk.maxOrdersPerMinute allows (${limits.maxOrdersPerMinute}). Nothing was sent.`,
          {
            hint: "Wait a minute, or raise risk.maxOrdersPerMinute. Closing positions and orders with --reduce-only are not held back.",
            retryable: true,
          },
        ),
      );
  }
}

export function lateFailure(passedMs: number): Failure {
  return new Failure(
    "TIMEOUT",
    `${Math.round(passedMs / 1000)} s passed between the order's check and its sending, more than ${MOST_UNDER_WAY_MS / 1000} s: it would have left on old facts. Nothing was sent.`,
    { hint: "Place it again if it is still wanted.", retryable: true },
  );
}

function refusal(failure: Failure): Refusal {
  return { failure, isBreach: false };
}

type Breach = {
  readonly connection: string;
  readonly clientOrderId: string;
  /** Whether an order of this intent may be live. */
  readonly isSent: boolean;
};

function breach(message: string, { isSent, ...details }: Breach): Refusal {
  const failure = new Failure("TRADING_HALTED", message, {
    hint: `This is a defect of tmt-broker: please report it. See what is open, then lift the halt with: tmt-broker connect resume ${details.connection}`,
    sent: isSent,
    details,
  });
  return { failure, isBreach: true };
}

function haltedNow(connection: string): string {
  return `Trading on ${connection} is halted.`;
}

/** The halt is in force already. That it can't be written into the audit log doesn't keep anybody from being told. */
async function tellBreach(
  { message, hint, code }: Failure,
  { clientOrderId, instrument }: ClearedOrder,
  parts: GateParts,
): Promise<void> {
  const { profile, account, journal, alerts } = parts;
  alerts.raise({
    kind: "trading_halted",
    subject: profile.name,
    summary: message,
    hint,
    code,
    connection: profile.name,
    account: account.id,
  });
  const reason = "wire gate";
  const record = deskRecord(parts, "trading.halted", {
    reason,
    message,
    clientOrderId,
    instrument,
  });
  await Promise.allSettled([journal.record([record])]);
}
