import { readState } from "../../trading/last-answers.ts";
import { accountsText } from "../../ui/output/accounts-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { noteStale } from "../stale-note.ts";
import { accountDocument } from "./view.ts";

export const list: CommandMaker = (context) =>
  examples(
    command("list", "Accounts with balance, equity and margin")
      .option("--all", "of every connection")
      .action((options: { readonly all?: true }) => run(context, options.all === true)),
    ["accounts", "accounts --all", "accounts -c oanda --json"],
  );

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
