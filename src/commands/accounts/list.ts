import { usageFailure } from "../../core/failures.ts";
import { readState } from "../../trading/last-answers.ts";
import { accountsText } from "../../ui/output/accounts-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { noteStale } from "../stale-note.ts";
import { showLive } from "../watch.ts";
import { accountDocument } from "./view.ts";

type ListOptions = { readonly all?: true; readonly watch?: true; readonly plain?: true };

export const list: CommandMaker = (context) =>
  examples(
    command("list", "Accounts with balance, equity and margin")
      .option("--all", "of every connection")
      .option("--watch", "live on the full screen: every five seconds, and after each execution")
      .option("--plain", "with --watch: lines instead of a screen")
      .action((options: ListOptions) => choose(context, options)),
    ["accounts", "accounts --all", "accounts --all --watch", "accounts -c oanda --json"],
  );

async function choose(context: Context, { all, watch, plain }: ListOptions): Promise<void> {
  const isAll = all === true;
  if (watch) {
    return showLive(context, { subject: "accounts", names: [], isAll, isPlain: plain === true });
  }
  if (plain) throw usageFailure("--plain goes with --watch.", "Without it there are lines anyway.");
  await run(context, isAll);
}

async function run(context: Context, isAll: boolean): Promise<void> {
  const profiles = isAll
    ? [...(await context.configuration()).profiles.values()]
    : [await context.profile()];
  const desks = (await Promise.all(profiles.map((profile) => context.desks(profile)))).flat();
  const { lastAnswers } = await context.store();
  const views = await Promise.all(
    desks.map(async (desk) => {
      await settleFirst(context, desk);
      const { value: state, stale } = await readState(desk, lastAnswers);
      noteStale(context, desk, stale);
      return { desk, state, stale };
    }),
  );
  const documents = views.map(accountDocument);
  context.print(() => accountsText(documents, context.theme), documents);
}
