import type { Instant } from "../core/time.ts";
import type { Alert, AlertKind, OrderAlert } from "../ports/alerts.ts";

/** What a target is told: a trouble, that one is over, or what happened to an order. */
export type AlertMessage = TroubleMessage | OrderMessage;

export type OrderMessage = {
  readonly event: "order";
  readonly key: string;
  readonly at: Instant;
  readonly alert: OrderAlert;
};

export type TroubleMessage =
  | {
      readonly event: "trigger";
      readonly key: string;
      readonly at: Instant;
      readonly alert: Alert;
      /** How often it was met since it was last told of. */
      readonly suppressed: number;
    }
  | {
      readonly event: "resolve";
      readonly key: string;
      readonly at: Instant;
      readonly alert: { readonly kind: AlertKind; readonly subject: string };
    };

/** One way to tell. @throws when nobody was told. */
export interface AlertTarget {
  readonly name: string;
  tell(message: AlertMessage, signal: AbortSignal): Promise<void>;
}

/** The same trouble has the same key, in every process and at every target. */
export function alertKey(kind: AlertKind | "order", subject: string): string {
  return `tmt-broker:${kind}:${subject}`;
}
