import type { BookedRow } from "../../core/history-row.ts";
import type { Instant } from "../../core/time.ts";
import type { AuditEntry } from "../../ports/journal.ts";
import { checksText } from "./order-text.ts";
import { fields, table } from "./table.ts";
import type { Theme } from "./theme.ts";
import type { Times } from "./times.ts";

/** An order as its trail begins: who asked for it, with what. */
export type TrailHead = {
  readonly clientOrderId: string;
  readonly connection: string;
  readonly account: string;
  readonly signalId: string | null;
  readonly agent: string | null;
  readonly actor: Readonly<Record<string, unknown>>;
  readonly state: string | null;
  readonly settledAt: Instant | null;
  readonly hasLeft: boolean;
};

export type TrailEvent =
  | { readonly kind: "entry"; readonly at: Instant; readonly entry: AuditEntry }
  | { readonly kind: "line"; readonly at: Instant; readonly row: BookedRow };

export type Trail = {
  readonly heads: readonly TrailHead[];
  readonly events: readonly TrailEvent[];
  readonly entries: readonly AuditEntry[];
};

/** Audit entries, oldest first. */
export function auditText(entries: readonly AuditEntry[], { times }: Pick<Theme, "times">): string {
  if (entries.length === 0) return "No audit entries.";
  return table(
    [
      { head: "#", align: "right" },
      { head: "Time" },
      { head: "What" },
      { head: "Connection" },
      { head: "Order" },
      { head: "Detail" },
    ],
    entries.map((entry) => [
      String(entry.sequence),
      times.text(entry.at),
      entry.kind,
      textOf(entry.data.connection),
      textOf(entry.data.clientOrderId),
      detailOf(entry),
    ]),
  );
}

/** Orders from the signal to the trades that they opened and their ends, with every check that was made. */
export function trailText(
  { heads, events, entries }: Trail,
  { times }: Pick<Theme, "times">,
): string {
  if (events.length === 0) return "No audit entries.";
  return [
    ...heads.map((head) => headText(head, times)),
    eventsText(events, times),
    ...reviewTexts(entries),
  ].join("\n\n");
}

function headText(head: TrailHead, times: Times): string {
  const { actor, state, settledAt } = head;
  const settled = settledAt === null ? "" : ` at ${times.text(settledAt)}`;
  const by = [actor.user, actor.session, head.agent === null ? null : `agent ${head.agent}`];
  const program = [
    ["version", actor.version],
    ["build", actor.build],
    ["configuration", actor.configuration],
    ["process", actor.process],
  ];
  return fields([
    ["order", head.clientOrderId],
    ["signal", head.signalId ?? "none"],
    ["account", `${head.connection} ${head.account}`],
    ["asked by", by.filter((part) => typeof part === "string").join(", ")],
    ["program", program.flatMap(([name, value]) => (value ? [`${name} ${value}`] : [])).join(", ")],
    ["journal", state === null ? "never sent" : `${state}${settled}`],
    ["wire", head.hasLeft ? "left once" : "nothing left"],
  ]);
}

function eventsText(events: readonly TrailEvent[], times: Times): string {
  return table(
    [
      { head: "Time" },
      { head: "#", align: "right" },
      { head: "Transaction", align: "right" },
      { head: "What" },
      { head: "Order" },
      { head: "Detail" },
    ],
    events.map((event) =>
      event.kind === "entry"
        ? entryCells(event.entry, times)
        : [times.text(event.at), "", event.row.id, ...lineCells(event.row)],
    ),
  );
}

function entryCells(entry: AuditEntry, times: Times): readonly string[] {
  const { sequence, at, kind, data } = entry;
  const order = textOf(data.clientOrderId);
  return [times.text(at), String(sequence), "", kind, order, detailOf(entry)];
}

function lineCells(row: BookedRow): readonly string[] {
  const { type, brokerType, orderId, side, units, instrument, price, trades } = row;
  const what = [side, units, instrument, price === null ? null : `at ${price}`];
  const changes = (trades ?? []).map(({ tradeId, action }) => `trade ${tradeId} ${action}`);
  const pl = row.realizedPl === "0" ? [] : [`P&L ${row.realizedPl} ${row.currency ?? ""}`.trim()];
  const detail = [what.filter((part) => part !== null).join(" "), ...changes, ...pl];
  return [brokerType ?? type, orderId ?? "", detail.filter((part) => part !== "").join(", ")];
}

/** Each review: which rules were asked, and what every one of them said. */
function reviewTexts(entries: readonly AuditEntry[]): readonly string[] {
  return entries.flatMap(({ sequence, data }) => {
    const checks = Array.isArray(data.checks) ? data.checks.filter(isRecord).map(checkOf) : [];
    if (checks.length === 0) return [];
    return [`#${sequence}: ${reviewName(data.review)}\n${checksText(checks)}`];
  });
}

function reviewName(review: unknown): string {
  if (!isRecord(review)) return "reviewed";
  const changes = textOf(review.ruleChanges);
  const own = changes === "" ? "" : `, with your ${changes}`;
  return `reviewed by rule set ${textOf(review.ruleSet)}, engine ${textOf(review.engine)}${own}`;
}

function checkOf(check: Record<string, unknown>) {
  return { rule: textOf(check.rule), outcome: textOf(check.outcome), detail: textOf(check.detail) };
}

function detailOf({ data }: AuditEntry): string {
  const { error, checks } = data;
  if (isRecord(error)) return `${textOf(error.code)} ${textOf(error.brokerCode)}`.trim();
  if (Array.isArray(checks)) return checksSummary(checks);
  if (typeof data.key === "string")
    return `${data.key} = ${data.after} (was ${data.before ?? "not set"})`;
  return [textOf(data.instrument), textOf(data.reason)].join(" ").trim();
}

function checksSummary(checks: readonly unknown[]): string {
  const blocked = checks.filter(isRecord).filter((check) => check.outcome === "block");
  const [first, ...more] = blocked.map((check) => `${textOf(check.rule)}: ${textOf(check.detail)}`);
  if (first === undefined)
    return checks.length === 1 ? "1 check passed" : `${checks.length} checks passed`;
  return `blocked by ${first}${more.length === 0 ? "" : ` (and ${more.length} more)`}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
