import { tradingCalendar } from "../../core/calendar.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import type { Instant } from "../../core/time.ts";
import type { ServerHistory } from "../../ports/history.ts";
import type { AuditRecord } from "../../ports/journal.ts";
import type { Held, Retention } from "../../ports/retention.ts";
import { keptUntil, retentionCut } from "../../reports/retention.ts";
import {
  type PrunedRow,
  prunedText,
  type RetentionRow,
  retentionText,
} from "../../ui/output/retention-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import { accessRecord } from "../connect/access-record.ts";
import type { Context } from "../context.ts";
import { dumpCommand } from "./dump-command.ts";

export const retention: CommandMaker = (context) =>
  examples(
    command("retention", "What is held, until when it has to be kept, and what may go")
      .option("--prune", "take away the transactions and balances that nobody must keep any more")
      .action(async (options: { readonly prune?: true }) => {
        refuseScope(context);
        await (options.prune ? prune(context) : show(context));
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
  const stores = await storesOf(context);
  const term = await termOf(context, stores);
  const held = await heldIn(stores, term.cut);
  const rows = held.map((one) => rowOf(one, term));
  context.print(() => retentionText(rows, term), {
    ...{ years: term.years, cut: term.cut, asOf: term.asOf },
    held: rows,
  });
}

async function prune(context: Context): Promise<void> {
  const stores = await storesOf(context);
  const { cut, years } = await termOf(context, stores);
  const held = await heldIn(stores, cut);
  const prunable = held.reduce((count, one) => count + one.prunable, 0);
  if (cut === null || prunable === 0) return printPruned(context, [], cut);
  await confirm(context, { prunable, cut, server: stores.server });
  const record = (kind: string, data: Readonly<Record<string, unknown>>) =>
    accessRecord(context, kind, { before: cut, years, ...data });
  // What is more likely to fail comes first.
  const there = stores.server ? await pruneServer(stores.server, cut, { context, record }) : [];
  const here = await stores.local.prune(cut, (accounts) => record("history.pruned", { accounts }));
  printPruned(context, [...there, ...here.map((one) => ({ ...one, server: null }))], cut);
}

type Recording = {
  readonly context: Context;
  readonly record: (kind: string, data: Readonly<Record<string, unknown>>) => AuditRecord;
};

/** The server and the audit trail share no transaction: what is about to go is on record before it does, and after it did. */
async function pruneServer(
  { history }: Server,
  cut: Instant,
  { context, record }: Recording,
): Promise<readonly PrunedRow[]> {
  const { journal } = await context.store();
  const { server } = history;
  const accounts = await history.retention.prune(cut, (going) =>
    journal.record([record("history.pruning", { server, accounts: going })]),
  );
  if (accounts.length > 0) await journal.record([record("history.pruned", { server, accounts })]);
  return accounts.map((one) => ({ ...one, server }));
}

type Server = { readonly history: ServerHistory; readonly url: string };
/** Both are looked at: what was kept here before the history went to a server is here still. */
type Stores = { readonly local: Retention; readonly server: Server | null };

async function storesOf(context: Context): Promise<Stores> {
  const { database } = (await context.configuration()).settings.history;
  const local = await (await context.store()).retention();
  if (database.kind === "sqlite") return { local, server: null };
  const { url } = database;
  return { local, server: { history: await context.serverHistory(url), url } };
}

async function heldIn({ local, server }: Stores, cut: Instant | null) {
  const here = (await local.held(cut)).map((one) => ({ ...one, server: null }));
  if (server === null) return here;
  const there = await server.history.retention.held(cut);
  return [...there.map((one) => ({ ...one, server: server.history.server })), ...here];
}

type Term = {
  readonly years: number | null;
  /** What it is counted from: not only the clock, which may be wrong. */
  readonly asOf: Instant;
  readonly cut: Instant | null;
  readonly calendar: ReturnType<typeof tradingCalendar>;
};

/** A clock that is years ahead mustn't let anything go: no later than the newest record counts, of each store. */
async function termOf(context: Context, { local, server }: Stores): Promise<Term> {
  const { settings } = await context.configuration();
  const { retentionYears: years } = settings.history;
  const newest = [await local.newest(), (await server?.history.retention.newest()) ?? null];
  const moments = [context.clock.now(), ...newest.filter((moment) => moment !== null)];
  const asOf = moments.reduce((left, right) => (left < right ? left : right));
  const calendar = tradingCalendar();
  return { years, asOf, calendar, cut: retentionCut(asOf, { years, calendar }) };
}

function rowOf(held: Held & Pick<RetentionRow, "server">, { years, calendar }: Term) {
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

type Asked = {
  readonly prunable: number;
  readonly cut: Instant;
  readonly server: Server | null;
};

async function confirm(
  { options, terminal }: Context,
  { prunable, cut, server }: Asked,
): Promise<void> {
  if (options.yes) return;
  const there = server ? ` and ${dumpCommand(server.url)}` : "";
  const copy = `tmt-broker history backup FILE${there}`;
  if (!terminal.isInteractive) {
    throw new Failure("CONFIRMATION_REQUIRED", "Nobody can be asked here. Nothing was changed.", {
      hint: `Make a copy first (${copy}), then add --yes.`,
    });
  }
  const from = server ? ` here and at ${server.history.server}` : "";
  const question = `Take away ${prunable} records of before ${cut.slice(0, 16)}Z${from} for good? (A copy: ${copy})`;
  if (await terminal.confirm(question)) return;
  throw new Failure("CONFIRMATION_REQUIRED", "Not confirmed. Nothing was changed.");
}

function printPruned(context: Context, pruned: readonly PrunedRow[], cut: Instant | null): void {
  context.print(() => prunedText(pruned, cut), { cut, pruned });
}
