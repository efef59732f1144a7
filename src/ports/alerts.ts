import type { Notice, NoticeKind } from "../core/notice.ts";

export const ALERT_KINDS = [
  "outcome_unknown",
  "circuit_open",
  "storage",
  "audit_broken",
  "trading_halted",
  "no_stop",
  "drift",
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** A trouble that somebody should be woken for. */
export type Alert = {
  readonly kind: AlertKind;
  /** What is in trouble, e.g. the client order id: the same kind and subject are the same trouble. */
  readonly subject: string;
  readonly summary: string;
  readonly hint: string | null;
  readonly code: string;
  readonly connection: string | null;
  readonly account: string | null;
};

/** Something that happened to an order or a position: no trouble that lasts, but news, told once. */
export type OrderAlert = {
  readonly kind: NoticeKind;
  /** `connection account transaction`. */
  readonly subject: string;
  readonly summary: string;
  readonly hint: string | null;
  readonly isUrgent: boolean;
  readonly connection: string;
  readonly account: string;
  /** What it was in figures; null where this stands for several that are not told one by one. */
  readonly notice: Omit<Notice, "kind"> | null;
};

/** Tells people, in their own time: neither call waits, and neither fails. */
export interface AlertSink {
  raise(alert: Alert): void;
  /** The trouble is over. Costs nothing where it was never told of. */
  resolve(kind: AlertKind, subject: string): void;
}

/** The subject where the database or its audit log is in trouble: the user has one of each. */
export const DATABASE_SUBJECT = "database";

/** Whom the user wants told. */
export type NotifySettings = {
  readonly command: string | null;
  readonly webhook: string | null;
  /** Where the routing key of a PagerDuty service is. */
  readonly pagerduty: "off" | "environment" | "keychain" | "file";
  readonly desktop: boolean;
  /** Whether what happens to orders and positions is told at all. */
  readonly orders: boolean;
  /** Whether a screen that is watched rings for it. */
  readonly bell: boolean;
};

/** What the routing key is called in a credential store; no connection has a space in its name. */
export const ROUTING_KEY_ITEM = "notify pagerduty";
