import { instantToMs } from "../../core/time.ts";
import type { AuditEntry, AuditFilter } from "../../ports/journal.ts";
import { timeText } from "../../ui/output/numbers.ts";
import { table } from "../../ui/output/table.ts";
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
  context.print(() => auditText(entries), entries);
}

function auditText(entries: readonly AuditEntry[]): string {
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
      timeText(entry.at),
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
  const blocked = checks.filter((check) => isRecord(check) && check.outcome === "block");
  const names = blocked.map((check) => (isRecord(check) ? textOf(check.rule) : ""));
  return names.length > 0 ? `blocked by ${names.join(", ")}` : `${checks.length} checks passed`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
