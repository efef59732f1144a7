import { instantToMs } from "../../core/time.ts";
import type { AuditEntry, AuditFilter } from "../../ports/journal.ts";
import { checksText } from "../../ui/output/order-text.ts";
import { table } from "../../ui/output/table.ts";
import type { Theme } from "../../ui/output/theme.ts";
import { timeOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

type AuditOptions = { readonly from?: string; readonly signal?: string; readonly order?: string };

export const audit: CommandMaker = (context) =>
  examples(
    command("audit", "The audit trail: who did what, when, and which checks were made")
      .option("--from <time>", "only since then: 2026-11-22, 7d, 12h")
      .option("--signal <id>", "only of this signal")
      .option("--order <id>", "only of this order id or client order id")
      .action((options: AuditOptions) => run(context, options)),
    ["history audit --from 1d", "history audit --signal sig-42 --json"],
  );

async function run(context: Context, options: AuditOptions): Promise<void> {
  const nowMs = instantToMs(context.clock.now());
  const filter: AuditFilter = {
    ...(options.from === undefined ? {} : { from: timeOption(options.from, nowMs) }),
    ...(options.signal === undefined ? {} : { signalId: options.signal }),
    ...(options.order === undefined ? {} : { orderId: options.order.replace(/^@/, "") }),
  };
  const { audit: trail } = await context.store();
  const entries = [...trail.entries(filter)];
  const isOfOne = options.order !== undefined || options.signal !== undefined;
  context.print(
    () =>
      [auditText(entries, context.theme), ...(isOfOne ? reviewTexts(entries) : [])].join("\n\n"),
    entries,
  );
}

/** Each review of one order: which rules were asked, and what every one of them said. */
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

function auditText(entries: readonly AuditEntry[], { times }: Theme): string {
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

function detailOf({ data }: AuditEntry): string {
  const error = data.error;
  if (isRecord(error)) return `${textOf(error.code)} ${textOf(error.brokerCode)}`.trim();
  const checks = data.checks;
  if (Array.isArray(checks)) return checksSummary(checks);
  return [textOf(data.instrument), textOf(data.reason)].join(" ").trim();
}

function checksSummary(checks: readonly unknown[]): string {
  const blocked = checks.filter(isRecord).filter((check) => check.outcome === "block");
  const [first, ...more] = blocked.map((check) => `${textOf(check.rule)}: ${textOf(check.detail)}`);
  if (first === undefined) return `${checks.length} checks passed`;
  return `blocked by ${first}${more.length === 0 ? "" : ` (and ${more.length} more)`}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
