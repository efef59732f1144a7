import { tradingCalendar } from "../../core/calendar.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import type { Instant } from "../../core/time.ts";
import type { Held, Pruned } from "../../ports/retention.ts";
import { keptUntil, retentionCut } from "../../reports/retention.ts";
import { prunedText, retentionText } from "../../ui/output/retention-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import { accessRecord } from "../connect/access-record.ts";
import type { Context } from "../context.ts";

export const retention: CommandMaker = (context) =>
  examples(
    command("retention", "What is held, until when it has to be kept, and what may go")
      .option("--prune", "take away the transactions and balances that nobody must keep any more")
      .action(async (options: { readonly prune?: true }) => {
        refuseScope(context);
        await (options.prune ? prune(context) : show(context));
        await noteServer(context);
      }),
    ["history retention", "history retention --json", "history retention --prune --yes"],
  );

/** Whoever names one connection isn't to lose what is kept of another. */
function refuseScope({ options }: Context): void {
  if (options.connection === null && options.account === null) return;
  throw usageFailure(
    "Retention is about everything that is kept here, not about one connection or account. Nothing was changed.",
    "Leave out -c and -a.",
  );
}

async function show(context: Context): Promise<void> {
  const term = await termOf(context);
  const held = await (await (await context.store()).retention()).held(term.cut);
  const rows = held.map((one) => rowOf(one, term));
  context.print(() => retentionText(rows, term), {
    ...{ years: term.years, cut: term.cut, asOf: term.asOf },
    held: rows,
  });
}

async function prune(context: Context): Promise<void> {
  const { cut, years } = await termOf(context);
  const store = await (await context.store()).retention();
  const held = await store.held(cut);
  const prunable = held.reduce((count, one) => count + one.prunable, 0);
  if (cut === null || prunable === 0) return printPruned(context, [], cut);
  await confirm(context, prunable, cut);
  const pruned = await store.prune(cut, (accounts) =>
    accessRecord(context, "history.pruned", { before: cut, years, accounts }),
  );
  printPruned(context, pruned, cut);
}

/** A server's history is the server's: nothing of it is counted or taken away here. */
async function noteServer(context: Context): Promise<void> {
  const { database } = (await context.configuration()).settings.history;
  if (database.kind === "sqlite") return;
  context.note(
    `This is what is kept on this computer. The transactions at ${database.url} aren't counted, and nobody takes any away: keep copies for as long as your records have to be kept (pg_dump).`,
  );
}

type Term = {
  readonly years: number | null;
  /** What it is counted from: not only the clock, which may be wrong. */
  readonly asOf: Instant;
  readonly cut: Instant | null;
  readonly calendar: ReturnType<typeof tradingCalendar>;
};

/** A clock that is years ahead mustn't let anything go: no later than the newest record counts. */
async function termOf(context: Context): Promise<Term> {
  const { settings } = await context.configuration();
  const { retentionYears: years } = settings.history;
  const now = context.clock.now();
  const newest = await (await (await context.store()).retention()).newest();
  const asOf = newest !== null && newest < now ? newest : now;
  const calendar = tradingCalendar();
  return { years, asOf, calendar, cut: retentionCut(asOf, { years, calendar }) };
}

function rowOf(held: Held, { years, calendar }: Term) {
  const { firstAt, lastAt } = held;
  const until = (at: Instant | null) => at && keptUntil(at, { years, calendar });
  const isPermanent = held.kind !== "transactions" && held.kind !== "balances";
  return {
    ...held,
    isPermanent,
    firstKeptUntil: isPermanent ? null : until(firstAt),
    lastKeptUntil: isPermanent ? null : until(lastAt),
  };
}

async function confirm({ options, terminal }: Context, count: number, cut: Instant): Promise<void> {
  if (options.yes) return;
  if (!terminal.isInteractive) {
    throw new Failure("CONFIRMATION_REQUIRED", "Nobody can be asked here. Nothing was changed.", {
      hint: "Make a copy first (tmt-broker history backup FILE), then add --yes.",
    });
  }
  const question = `Take away ${count} records of before ${cut.slice(0, 16)}Z for good? (A copy: tmt-broker history backup FILE)`;
  if (await terminal.confirm(question)) return;
  throw new Failure("CONFIRMATION_REQUIRED", "Not confirmed. Nothing was changed.");
}

function printPruned(context: Context, pruned: readonly Pruned[], cut: Instant | null): void {
  context.print(() => prunedText(pruned, cut), { cut, pruned });
}
