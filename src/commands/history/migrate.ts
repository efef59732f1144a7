import { usageFailure } from "../../core/failures.ts";
import type { ServerHistory } from "../../ports/history.ts";
import {
  type MigratedAccount,
  type MigrationStep,
  migrateHistory,
} from "../../trading/migrate-history.ts";
import { type MigratedSignals, migrateSignals } from "../../trading/migrate-signals.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { shellWord } from "../shell-word.ts";

const NOTE_EVERY_ROWS = 100_000;

export const migrate: CommandMaker = (context) =>
  examples(
    command(
      "migrate",
      "Copy the history that is kept here to a PostgreSQL server, and prove that all of it is there",
    )
      .option("--to <url>", "postgres://USER@HOST/DATABASE, without a password")
      .action((options: { readonly to?: string }) => run(context, options.to)),
    ["history migrate --to postgres://trader@db.example/tmt"],
  );

async function run(context: Context, url: string | undefined): Promise<void> {
  if (url === undefined) {
    throw usageFailure("--to is missing.", "Write --to postgres://USER@HOST/DATABASE.");
  }
  const target = await context.serverHistory(url);
  const source = await (await context.store()).history();
  const show = progressLine(context);
  const accounts = await migrateHistory(source, target, {
    signal: context.signal,
    onProgress: (step) => show(step),
  }).finally(() => show(null));
  const signals = await copySignals(context, url);
  const next = `tmt-broker config set history.database ${shellWord(url)}`;
  context.print(() => resultText(target, { accounts, signals, next }), {
    server: target.server,
    accounts,
    signals,
    next,
  });
}

type Migrated = {
  readonly accounts: readonly MigratedAccount[];
  readonly signals: MigratedSignals;
  readonly next: string;
};

/** What signals have made here, so that other computers make it no second time. */
async function copySignals(context: Context, url: string): Promise<MigratedSignals> {
  const { journal } = await context.store();
  const { profiles } = await context.configuration();
  return migrateSignals(journal, {
    signal: context.signal,
    fenceOf: async (connection, account) => {
      const profile = profiles.get(connection);
      return profile ? context.serverFence(url, profile, account) : null;
    },
  });
}

function resultText(target: ServerHistory, { accounts, signals, next }: Migrated): string {
  const lines = accounts.map(({ connection, account, rows, copied, others, sha256 }) => {
    const more = others === 0 ? "" : `, ${others} others there`;
    return `${connection} ${account}: ${rows} transactions, ${copied} copied now, all found again${more} (${sha256.slice(0, 16)}…)`;
  });
  const head = lines.length === 0 ? ["There is no history here to copy."] : lines;
  const told =
    signals.signals === 0
      ? []
      : [`${signals.signals} signals have made an order, ${signals.copied} of them told now`];
  return [...head, ...told, `To use ${target.server} from now on: ${next}`].join("\n");
}

/** On a terminal one line that is written over; elsewhere a line now and then. */
function progressLine(context: Context): (step: MigrationStep | null) => void {
  const { terminal, options } = context;
  if (options.quiet) return () => undefined;
  if (!terminal.isInteractive) {
    let told = "";
    return (step) => {
      if (!step) return;
      const text = `${step.connection} ${step.account}: ${step.phase}`;
      const part = `${text} ${Math.floor(step.rows / NOTE_EVERY_ROWS)}`;
      if (part !== told) context.note(`${text} ${step.rows} …`);
      told = part;
    };
  }
  const clear = "\r\u001b[K";
  return (step) =>
    terminal.writeNote(
      step ? `${clear}${step.connection} ${step.account}: ${step.phase} ${step.rows}` : clear,
    );
}
