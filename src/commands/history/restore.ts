import { Failure } from "../../core/failures.ts";
import { DATABASE_SUBJECT } from "../../ports/alerts.ts";
import type {
  DatabaseState,
  PresentDatabase,
  Replacement,
  Restoration,
} from "../../ports/restore.ts";
import type { Times } from "../../ui/output/times.ts";
import { anchorAside } from "../anchor-aside.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import { accessRecord } from "../connect/access-record.ts";
import type { Context } from "../context.ts";

export const restore: CommandMaker = (context) =>
  examples(
    command(
      "restore",
      "Put a backup in the database's place, once it is proven; the old one is kept",
    )
      .argument("<file>", "what `history backup` made")
      .action((file: string) => run(context, file)),
    ["history restore /media/disk/tmt-broker.db", "history restore backup.db --yes --json"],
  );

async function run(context: Context, file: string): Promise<void> {
  const restoration = await context.restore(file);
  try {
    await confirm(context, restoration);
    const replaced = await restoration.replace((replacement) =>
      accessRecord(context, "history.restored", {
        file: restoration.file,
        backup: restoration.backup,
        ...replacement,
      }),
    );
    await vouch(context);
    const { backup } = restoration;
    context.print(() => resultText(restoration, replaced, context.theme.times), {
      ...{ file: restoration.file, backup },
      ...replaced,
    });
    context.note(NEXT);
  } finally {
    restoration.discard();
  }
}

const NEXT =
  "Bring it up to date with: tmt-broker history sync --all. What was open is looked up, never sent again.";

/** The audit entry of the restoring stands in the log, and says which head it replaced: the log may be vouched for now. */
async function vouch(context: Context): Promise<void> {
  const { audit } = await context.store();
  const head = audit.anchor();
  await anchorAside(context, head);
  context.alerts.resolve("audit_broken", DATABASE_SUBJECT);
}

async function confirm(context: Context, { backup, present, file }: Restoration): Promise<void> {
  const { options, terminal, theme } = context;
  if (options.yes) return;
  if (!terminal.isInteractive) {
    throw new Failure("CONFIRMATION_REQUIRED", "Nobody can be asked here. Nothing was changed.", {
      hint: "Add --yes.",
    });
  }
  // Not as notes, which --quiet leaves out and --json holds back: they are what is decided on.
  terminal.writeNote(`Backup: ${stateText(backup, theme.times)}.\n`);
  terminal.writeNote(`Now in place: ${presentText(present, theme.times)}.\n`);
  if (await terminal.confirm(`Put ${file} in the database's place?`)) return;
  throw new Failure("CONFIRMATION_REQUIRED", "Not confirmed. Nothing was changed.");
}

function presentText(present: PresentDatabase, times: Times): string {
  if (present.kind === "none") return "no database";
  if (present.kind === "unreadable") {
    return `a database that can't be read (${present.reason}); nothing can be taken over from it`;
  }
  return stateText(present, times);
}

function stateText({ entries, lastAt, transactions, orders }: DatabaseState, times: Times): string {
  const last = lastAt ? `, the last of ${times.text(lastAt)}` : "";
  return `${entries} audit entries${last}; ${orders} orders, ${transactions} transactions`;
}

function resultText(
  { file, backup }: Restoration,
  { aside, carried, before }: Replacement,
  times: Times,
): string {
  const { orders, signals, halts } = carried;
  const lines = [`${file} is in place: ${stateText(backup, times)}.`];
  if (aside !== null) lines.push(`What was there is kept as ${aside}.`);
  if (orders + signals + halts > 0) {
    lines.push(
      `Taken over from it, so that nothing is sent twice or let go: ${orders} orders, ${signals} signals, ${halts} halts.`,
    );
  }
  if (before.kind === "unreadable") {
    lines.push(
      "Nothing could be taken over from it: orders and signals since the backup are not known here. Check your orders at the broker, and don't submit those signals again.",
    );
  }
  return lines.join("\n");
}
