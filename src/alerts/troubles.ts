import { type Circuit, circuitStateOf } from "../core/circuit.ts";
import type { Failure } from "../core/failures.ts";
import type { Instant } from "../core/time.ts";
import {
  type Alert,
  type AlertKind,
  type AlertSink,
  DATABASE_SUBJECT,
  type NotifySettings,
} from "../ports/alerts.ts";
import type { CircuitStore } from "../ports/circuit.ts";

export type Resolved = { readonly kind: AlertKind; readonly subject: string };

/** What happened in this process and wasn't told of yet. */
export class Troubles implements AlertSink {
  readonly raised: Alert[] = [];
  readonly resolved: Resolved[] = [];

  get isEmpty(): boolean {
    return this.raised.length === 0 && this.resolved.length === 0;
  }

  /** Of one trouble the newest word counts. */
  raise(alert: Alert): void {
    const known = this.raised.findIndex(
      ({ kind, subject }) => kind === alert.kind && subject === alert.subject,
    );
    if (known === -1) this.raised.push(alert);
    else this.raised[known] = alert;
  }

  resolve(kind: AlertKind, subject: string): void {
    this.resolved.push({ kind, subject });
  }

  /** What the breakers of connections that were used amount to; a store that fails now says nothing. */
  async noteCircuits(
    connections: readonly string[],
    circuits: Pick<CircuitStore, "read">,
    now: Instant,
  ): Promise<void> {
    for (const connection of connections) {
      const [circuit] = await Promise.allSettled([circuits.read(connection)]);
      if (circuit.status === "fulfilled") this.#noteCircuit(connection, circuit.value, now);
    }
  }

  #noteCircuit(connection: string, circuit: Circuit, now: Instant): void {
    const { consecutiveFailures } = circuit;
    if (consecutiveFailures === 0) this.resolve("circuit_open", connection);
    if (circuitStateOf(circuit, now) === "closed") return;
    this.raise({
      kind: "circuit_open",
      subject: connection,
      summary: `The connection ${connection} failed ${consecutiveFailures} times in a row and is paused: no order gets through.`,
      hint: `See: tmt-broker connect status ${connection}`,
      code: "CIRCUIT_OPEN",
      connection,
      account: null,
    });
  }
}

/** A log and an anchor that don't fit each other. */
export function anchorAlert({ message, hint, code }: Failure): Alert {
  const about = { connection: null, account: null };
  return {
    kind: "audit_broken",
    subject: DATABASE_SUBJECT,
    summary: message,
    hint,
    code,
    ...about,
  };
}

export function isAnybodyTold({ command, webhook, pagerduty, desktop }: NotifySettings): boolean {
  return command !== null || webhook !== null || pagerduty !== "off" || desktop;
}
