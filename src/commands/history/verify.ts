import { Failure } from "../../core/failures.ts";
import { DATABASE_SUBJECT } from "../../ports/alerts.ts";
import type { AuditHead } from "../../ports/audit-anchor.ts";
import type { AuditSummary, AuditTrail } from "../../ports/journal.ts";
import { anchorAside, anchoredAside } from "../anchor-aside.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import { accessRecord } from "../connect/access-record.ts";
import type { Context } from "../context.ts";

export const verify: CommandMaker = (context) =>
  examples(
    command(
      "verify",
      "Walk the audit chain and prove that nothing was changed; compare tables with their indexes",
    )
      .option("--reanchor", "vouch for the log as it is: after you restored an older database")
      .action((options: { readonly reanchor?: true }) =>
        options.reanchor ? reanchor(context) : run(context),
      ),
    ["history verify", "history verify --json"],
  );

async function run(context: Context): Promise<void> {
  const { audit, checkIntegrity } = await context.store();
  checkIntegrity();
  // Read before the log is: it may grow meanwhile, and its anchor with it.
  const anchors = [audit.anchored(), ...(await anchoredAside(context))];
  const summary = await audit.verify(anchors);
  const head = anchored(context, audit);
  await anchorAside(context, head);
  context.alerts.resolve("audit_broken", DATABASE_SUBJECT);
  // Something was written just now, to the same disk.
  if (head) context.alerts.resolve("storage", DATABASE_SUBJECT);
  print(context, summary);
}

async function reanchor(context: Context): Promise<void> {
  const { audit, journal } = await context.store();
  const before = audit.anchored();
  const summary = await audit.verify([]);
  await confirm(context, summary);
  audit.anchor();
  await journal.record([
    accessRecord(context, "audit.reanchored", { before: before.reading, entries: summary.entries }),
  ]);
  const head = audit.anchor();
  await anchorAside(context, head);
  context.alerts.resolve("audit_broken", DATABASE_SUBJECT);
  print(context, await audit.verify([audit.anchored()]));
}

/** Whoever cut the log could hide it this way: it is asked, and stands in the log. */
async function confirm(context: Context, { entries, lastAt }: AuditSummary): Promise<void> {
  if (context.options.yes) return;
  const state = lastAt
    ? `${entries} entries, the last of ${context.theme.times.text(lastAt)}`
    : "no entries";
  if (!context.terminal.isInteractive) {
    throw new Failure("CONFIRMATION_REQUIRED", "Nobody can be asked here. Nothing was changed.", {
      hint: "Add --yes.",
    });
  }
  if (await context.terminal.confirm(`Vouch for the log as it is (${state})?`)) return;
  throw new Failure("CONFIRMATION_REQUIRED", "Not confirmed. Nothing was changed.");
}

/** What is proven is vouched for from now on; on a disk that takes nothing it stays as it was. */
function anchored(context: Context, audit: AuditTrail): AuditHead | null {
  try {
    return audit.anchor();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.note(error.message);
    return null;
  }
}

function print(context: Context, summary: AuditSummary): void {
  context.print(
    () => {
      if (summary.firstAt === null || summary.lastAt === null) return "The audit trail is empty.";
      return `The audit trail is whole: ${summary.entries} entries from ${context.theme.times.text(summary.firstAt)} to ${context.theme.times.text(summary.lastAt)}, head ${summary.head?.slice(0, 16)}…`;
    },
    { ...summary, ok: true },
  );
}
