import { positionsText } from "../../ui/output/positions-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { nameOf, noteStale, themeOf } from "../stale-note.ts";
import { positionDocument, positionsView } from "./view.ts";

export const list: CommandMaker = (context) =>
  examples(
    command("list", "Open positions with their profit and loss")
      .option("--all", "of every connection")
      .action((options: { readonly all?: true }) => run(context, options.all === true)),
    ["positions", "positions --all --json"],
  );

async function run(context: Context, isAll: boolean): Promise<void> {
  const desks = isAll ? await allDesks(context) : [await context.desk()];
  const { lastAnswers } = await context.store();
  const views = await Promise.all(
    desks.map(async (desk) => {
      await settleFirst(context, desk);
      const view = await positionsView(desk, lastAnswers);
      noteStale(context, desk, view.stale);
      return { desk, ...view };
    }),
  );
  context.print(
    () =>
      views
        .map(({ desk, rows, stale }) => {
          const name = `${desk.profile.name} / ${desk.account.alias ?? desk.account.id}`;
          const where = {
            environment: desk.profile.environment,
            name: nameOf(name, stale, context.theme),
          };
          return positionsText(where, rows, themeOf(context.theme, stale));
        })
        .join("\n\n"),
    views.flatMap(({ desk, rows, stale }) => rows.map((row) => positionDocument(desk, row, stale))),
  );
}

async function allDesks(context: Context) {
  const { profiles } = await context.configuration();
  return (
    await Promise.all([...profiles.values()].map((profile) => context.desks(profile)))
  ).flat();
}
