import type { AuditEntry } from "../../ports/journal.ts";
import { guard } from "./csv.ts";

/** Columns of an audit report. The last ones are enough to prove the chain anew; `data` is all that was recorded. */
const COLUMNS: readonly (readonly [string, (entry: AuditEntry) => unknown])[] = [
  ["sequence", ({ sequence }) => sequence],
  ["at", ({ at }) => at],
  ["kind", ({ kind }) => kind],
  ...["connection", "account", "environment", "instrument"].map(fieldOf),
  ...["signalId", "clientOrderId", "orderId", "agent"].map(fieldOf),
  ...["user", "session", "process", "version", "build", "configuration"].map(
    (name) => [name, ({ data }: AuditEntry) => inside(data.actor, name)] as const,
  ),
  ["ruleSet", ({ data }) => inside(data.review, "ruleSet")],
  ["engine", ({ data }) => inside(data.review, "engine")],
  ["blockedBy", ({ data }) => blockedBy(data.checks)],
  ["errorCode", ({ data }) => inside(data.error, "code")],
  ["data", ({ data }) => JSON.stringify(data)],
  ["previousHash", ({ previousHash }) => previousHash],
  ["hash", ({ hash }) => hash],
];

const PAGE = 250;

/** Audit entries as CSV (RFC 4180, lines end with LF), an empty field for what an entry doesn't have. */
export function* auditCsv(entries: Iterable<AuditEntry>): Generator<string> {
  yield `${COLUMNS.map(([name]) => name).join(",")}\n`;
  yield* pages(entries, (entry) => COLUMNS.map(([, read]) => field(read(entry))).join(","));
}

/** Audit entries as JSON, one a line. */
export function auditJsonl(entries: Iterable<AuditEntry>): Generator<string> {
  return pages(entries, (entry) => JSON.stringify(entry));
}

function* pages(
  entries: Iterable<AuditEntry>,
  lineOf: (entry: AuditEntry) => string,
): Generator<string> {
  let lines: string[] = [];
  for (const entry of entries) {
    lines.push(`${lineOf(entry)}\n`);
    if (lines.length < PAGE) continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
}

function fieldOf(name: string): readonly [string, (entry: AuditEntry) => unknown] {
  return [name, ({ data }) => data[name]];
}

function inside(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object(value)[name] : null;
}

function blockedBy(checks: unknown): string | null {
  if (!Array.isArray(checks)) return null;
  const rules = checks.filter((check) => inside(check, "outcome") === "block");
  return rules.map((check) => String(inside(check, "rule"))).join(" ");
}

function field(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = guard(String(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
