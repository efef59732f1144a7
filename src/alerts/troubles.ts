import { type Circuit, circuitStateOf } from "../core/circuit.ts";
import type { Instant } from "../core/time.ts";
import type { Alert, AlertKind, AlertSink, NotifySettings } from "../ports/alerts.ts";

export type Resolved = { readonly kind: AlertKind; readonly subject: string };

/** What happened in this process and wasn't told of yet. */
export class Troubles implements AlertSink {
  readonly raised: Alert[] = [];
  readonly resolved: Resolved[] = [];

  get isEmpty(): boolean {
    return this.raised.length === 0 && this.resolved.length === 0;
  }

  raise(alert: Alert): void {
    const isKnown = this.raised.some(
      ({ kind, subject }) => kind === alert.kind && subject === alert.subject,
    );
    if (!isKnown) this.raised.push(alert);
  }

  resolve(kind: AlertKind, subject: string): void {
    this.resolved.push({ kind, subject });
  }

  /** What the breaker of a connection that was used amounts to. */
  noteCircuit(connection: string, circuit: Circuit, now: Instant): void {
    if (circuitStateOf(circuit, now) === "closed") {
      if (circuit.consecutiveFailures === 0) this.resolve("circuit_open", connection);
      return;
    }
    this.raise({
      kind: "circuit_open",
      subject: connection,
      summary: `The connection ${connection} failed ${circuit.consecutiveFailures} times in a row and is paused: no order gets through.`,
      hint: `See: tmt-broker connect status ${connection}`,
      code: "CIRCUIT_OPEN",
      connection,
      account: null,
    });
  }
}

export function isAnybodyTold({ command, webhook, pagerduty }: NotifySettings): boolean {
  return command !== null || webhook !== null || pagerduty !== "off";
}
