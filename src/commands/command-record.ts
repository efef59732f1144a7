import { DAILY_LOSS_RULE } from "../compliance/rules/pace.ts";
import type { Failure, FailureCode } from "../core/failures.ts";
import { type Alert, type AlertKind, DATABASE_SUBJECT } from "../ports/alerts.ts";
import type { LogFields, LogLevel } from "../ports/log.ts";
import type { Context } from "./context.ts";
import { EXIT_CODES, USAGE_EXIT_CODE } from "./exit-codes.ts";

/** How a command ended: null when it went well. */
export type Ending = {
  readonly words: string;
  readonly failure: Failure | null;
  readonly startedMs: number;
};

/** Writes to the log how a command ended, and tells of what somebody should be woken for. */
export function recordEnding(context: Context, { words, failure, startedMs }: Ending): void {
  const { connection, account } = context.options;
  const fields = {
    action: words,
    durationMs: context.clock.monotonicMs() - startedMs,
    connection,
    account,
  };
  if (failure === null) {
    context.log.write("info", `${words}: done`, { ...fields, outcome: "success" });
    return;
  }
  const { code, message } = failure;
  context.log.write(levelOf(code), message, {
    ...fields,
    ...detailsOf(failure),
    outcome: "failure",
    code,
    error: failure,
  });
  const alert = alertOf(failure, context);
  if (alert) context.alerts.raise(alert);
}

/** What the user did wrong is no error of the program, and what rules or the broker refuse is none either. */
function levelOf(code: FailureCode): LogLevel {
  const exit = EXIT_CODES[code];
  if (exit === USAGE_EXIT_CODE || exit === 8 || exit === 10) return "info";
  return exit === 4 || exit === 5 ? "warn" : "error";
}

function detailsOf({ details }: Failure): FailureDetails {
  return {
    ...text(details, "connection"),
    ...text(details, "account"),
    ...text(details, "clientOrderId"),
    ...text(details, "brokerCode"),
    ...text(details, "requestId"),
    ...(typeof details.attempt === "number" ? { attempt: details.attempt } : {}),
  };
}

type FailureDetails = Pick<
  LogFields,
  "connection" | "account" | "clientOrderId" | "brokerCode" | "requestId" | "attempt"
>;

function text<N extends string>(details: Failure["details"], name: N): { [K in N]?: string } {
  const value = details[name];
  return typeof value === "string" ? ({ [name]: value } as { [K in N]?: string }) : {};
}

const ALERTS: Partial<Record<FailureCode, AlertKind>> = {
  OUTCOME_UNKNOWN: "outcome_unknown",
  STORAGE_FULL: "storage",
  STORAGE_CORRUPT: "storage",
  AUDIT_BROKEN: "audit_broken",
  DRIFT: "drift",
};

/** The alert that a failure amounts to; null where nobody need be woken. */
export function alertOf(failure: Failure, context: Pick<Context, "options">): Alert | null {
  const { code, message, hint, details } = failure;
  const kind = details.rule === DAILY_LOSS_RULE ? "trading_halted" : ALERTS[code];
  const server = typeof details.server === "string" ? details.server : null;
  // That two copies of the history differ is told to whoever compares them.
  if (kind === undefined || (kind === "drift" && server !== null)) return null;
  const known = detailsOf(failure);
  const connection = known.connection ?? context.options.connection;
  const account = known.account ?? context.options.account;
  const subject = subjectOf(kind, { ...known, connection, server });
  return { kind, subject, summary: message, hint, code, connection, account };
}

function subjectOf(
  kind: AlertKind,
  { clientOrderId, connection, server }: FailureDetails & { readonly server: string | null },
): string {
  if (kind === "storage" && server !== null) return server;
  if (kind === "storage" || kind === "audit_broken") return DATABASE_SUBJECT;
  return (kind === "outcome_unknown" ? clientOrderId : connection) ?? connection ?? "default";
}
