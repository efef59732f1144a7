import { chosenConnection } from "../../config/selection.ts";
import { usageFailure } from "../../core/failures.ts";
import { instantToMs } from "../../core/time.ts";
import { AUDIT_FORMATS } from "../../ports/history-files.ts";
import type { AuditEntry, AuditFilter } from "../../ports/journal.ts";
import { auditText, type TrailEvent, trailText } from "../../ui/output/audit-text.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { writeOutput } from "../output-file.ts";
import { calendarOption, spanOf } from "./moments.ts";
import { followTrail, type TrailStart } from "./trail.ts";

type AuditOptions = {
  readonly from?: string;
  readonly to?: string;
  readonly timezone: string;
  readonly signal?: string;
  readonly order?: string;
  readonly format?: string;
  readonly output?: string;
};

export const audit: CommandMaker = (context) =>
  examples(
    command("audit", "The audit trail: who did what, when, and which checks were made")
      .option("--from <time>", "only since then: 2026-11-22, 7d, 12h")
      .option("--to <time>", "only before then; a date is included whole")
      .option("--timezone <zone>", "where dates begin", "UTC")
      .option("--signal <id>", "all that became of this signal, with the broker's transactions")
      .option("--order <id>", "the same of this order id or client order id")
      .option("--format <format>", `${AUDIT_FORMATS.join(" or ")}, for a report`)
      .option("-o, --output <file>", "write the report there, whole or not at all")
      .action((options: AuditOptions) => run(context, options)),
    [
      "history audit --from 1d",
      "history audit --signal sig-42",
      "history audit --order 1042 -c oanda",
      "history audit --from 2026-01-01 --to 2026-12-31 --format csv -o audit-2026.csv",
    ],
  );

async function run(context: Context, options: AuditOptions): Promise<void> {
  const whose = await whoseOf(context);
  const filter = { ...filterOf(context, options), ...whose };
  if (options.format !== undefined || options.output !== undefined) {
    return report(context, options, filter);
  }
  const store = await context.store();
  const start = startOf(options);
  if (start === null) {
    const entries = [...store.audit.entries(filter)];
    return context.print(() => auditText(entries, context.theme), entries);
  }
  const trail = await followTrail(context, { ...start, ...whose });
  const isWithin = ({ at }: { readonly at: string }) =>
    (filter.from === undefined || at >= filter.from) &&
    (filter.before === undefined || at < filter.before);
  const events = trail.events.filter(isWithin);
  const entries = trail.entries.filter(isWithin);
  context.print(
    () => trailText({ ...trail, events, entries }, context.theme),
    events.map(documentOf),
  );
}

function filterOf(context: Context, options: AuditOptions): AuditFilter {
  const calendar = calendarOption(options.timezone);
  const { from, before } = spanOf(options, calendar, instantToMs(context.clock.now()));
  return {
    ...(from === null ? {} : { from }),
    ...(before === null ? {} : { before }),
    ...(options.signal === undefined ? {} : { signalId: options.signal }),
    ...(options.order === undefined ? {} : { orderId: withoutSign(options.order) }),
  };
}

/** Everything, unless a connection or an account is named: the audit trail is of all that was done here. */
async function whoseOf(context: Context): Promise<Pick<AuditFilter, "connection" | "account">> {
  const { connection, account } = context.options;
  if (account === null) return connection === null ? {} : { connection };
  const config = await context.configuration();
  const { name } = chosenConnection(config, connection);
  const accounts = config.profiles.get(name)?.accounts ?? [];
  const configured = accounts.find(({ id, alias }) => id === account || alias === account);
  return { connection: name, account: configured?.id ?? account };
}

function startOf({ signal, order }: AuditOptions): TrailStart | null {
  if (signal !== undefined && order !== undefined) {
    throw usageFailure("--signal or --order, not both.");
  }
  if (signal !== undefined) return { signalId: signal };
  return order === undefined ? null : { orderId: withoutSign(order) };
}

function withoutSign(order: string): string {
  return order.replace(/^@/, "");
}

/** Entries alone, as they were recorded: a report must not change when the broker's log is read later. */
async function report(
  context: Context,
  { format, output }: AuditOptions,
  filter: AuditFilter,
): Promise<void> {
  const byDefault = context.options.json ? "jsonl" : "csv";
  const chosen = choiceOption("--format", format ?? byDefault, AUDIT_FORMATS);
  const store = await context.store();
  const files = await store.historyFiles();
  const parts = files.writeAudit(
    chosen,
    interruptible(store.audit.entries(filter), context.signal),
  );
  await writeOutput(output, whole(parts));
}

/** A file that Ctrl-C cuts short isn't written at all. */
function* interruptible(entries: Iterable<AuditEntry>, signal: AbortSignal): Generator<AuditEntry> {
  for (const entry of entries) {
    signal.throwIfAborted();
    yield entry;
  }
}

async function* whole(parts: Iterable<string>): AsyncGenerator<string> {
  yield* parts;
}

/** The broker's lines stand among the entries, without a number or a hash. */
function documentOf(event: TrailEvent): unknown {
  if (event.kind === "entry") return event.entry;
  const { at, row } = event;
  const none = { sequence: null, previousHash: null, hash: null };
  return { ...none, at, kind: `transaction.${row.type}`, data: row };
}
