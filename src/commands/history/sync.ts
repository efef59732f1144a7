import { Failure } from "../../core/failures.ts";
import { type Instant, instantToMs } from "../../core/time.ts";
import type { Desk } from "../../trading/desk.ts";
import { type SyncReport, type SyncStep, syncHistory } from "../../trading/sync-history.ts";
import type { Theme } from "../../ui/output/theme.ts";
import { timeOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { failureText } from "../failure-text.ts";

type SyncFlags = { readonly from?: string; readonly all?: true };

export const sync: CommandMaker = (context) =>
  examples(
    command("sync", "Read what is new in the broker's log of each account")
      .option("--from <time>", "read the log from then on once more (default: what is new)")
      .option("--all", "of every connection")
      .action((flags: SyncFlags) => run(context, flags)),
    ["history sync", "history sync -c oanda --from 2025-01-01", "history sync --all -q"],
  );

async function run(context: Context, { from, all }: SyncFlags): Promise<void> {
  const begin = from === undefined ? null : timeOption(from, instantToMs(context.clock.now()));
  const reports: SyncReport[] = [];
  const failures: Failure[] = [];
  for (const desk of await desksOf(context, all === true)) {
    try {
      reports.push(await syncDesk(context, desk, begin));
    } catch (error) {
      // The other accounts have their turn all the same.
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
  }
  const view = { theme: context.theme, isAnew: begin !== null };
  context.print(() => reports.map((each) => reportText(each, view)).join("\n"), reports);
  endWith(context, failures);
  const { server } = await context.history();
  // It has just taken something.
  if (server !== null) context.alerts.resolve("storage", server);
}

async function desksOf(context: Context, isAll: boolean): Promise<readonly Desk[]> {
  if (isAll) {
    const profiles = [...(await context.configuration()).profiles.values()];
    return (await Promise.all(profiles.map((profile) => context.desks(profile)))).flat();
  }
  const desks = await context.desks(await context.profile());
  // A connection that names no account has one, or else one is to be chosen.
  return desks.length > 0 ? desks : [await context.desk()];
}

async function syncDesk(context: Context, desk: Desk, from: Instant | null): Promise<SyncReport> {
  const history = await context.history();
  const show = progressLine(context, desk);
  try {
    return await syncHistory(desk, history, {
      from,
      signal: context.signal,
      onProgress: (step) => show(step),
      onWait: () =>
        context.note(`Another process reads the log of ${desk.profile.name}: waiting for it …`),
    });
  } finally {
    show(null);
  }
}

/** One line that is written over on a terminal; elsewhere nothing. */
function progressLine(context: Context, desk: Desk): (step: SyncStep | null) => void {
  const { terminal, options } = context;
  if (!terminal.isInteractive || options.quiet) return () => undefined;
  const clear = "\r\u001b[K";
  return (step) =>
    terminal.writeNote(
      step
        ? `${clear}${desk.profile.name} ${desk.account.id}: ${step.read} transactions, up to ${context.theme.times.text(step.at)}`
        : clear,
    );
}

/** What is read from a time on may be known already. */
function reportText(
  { connection, account, read, through, beginsAt }: SyncReport,
  { theme, isAnew }: { readonly theme: Theme; readonly isAnew: boolean },
): string {
  const found = isAnew ? `${read} transactions read` : `${read} new transactions`;
  const news = read === 0 ? "nothing new" : found;
  const begins = beginsAt ? `, from ${theme.times.text(beginsAt)} on` : "";
  return `${connection} ${account}: ${news}, known up to ${through}${begins}.`;
}

/** @throws Failure the last one; the others are told before. */
function endWith(context: Context, failures: readonly Failure[]): void {
  const last = failures.at(-1);
  if (!last) return;
  const style = {
    isJson: context.options.json,
    isVerbose: context.options.verbose,
    theme: context.theme,
  };
  for (const failure of failures.slice(0, -1)) {
    context.terminal.writeNote(`${failureText(failure, style)}\n`);
  }
  throw last;
}
