import { positionsText } from "../../ui/output/lists.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { positionDocument, positionRows } from "./view.ts";

export const list: CommandMaker = (context) =>
  examples(
    command("list", "Open positions with their profit and loss")
      .option("--all", "of every connection")
      .action((options: { readonly all?: true }) => run(context, options.all === true)),
    ["positions", "positions --all --json"],
  );

async function run(context: Context, isAll: boolean): Promise<void> {
  const desks = isAll ? await allDesks(context) : [await context.desk()];
  const views = await Promise.all(
    desks.map(async (desk) => {
      await settleFirst(context, desk);
      return { desk, rows: await positionRows(desk) };
    }),
  );
  context.print(
    () =>
      views
        .map(({ desk, rows }) => {
          const name = `${desk.profile.name} / ${desk.account.alias ?? desk.account.id}`;
          const where = { environment: desk.profile.environment, name };
          return positionsText(where, rows, context.theme);
        })
        .join("\n\n"),
    views.flatMap(({ desk, rows }) => rows.map((row) => positionDocument(desk, row))),
  );
}

async function allDesks(context: Context) {
  const { profiles } = await context.configuration();
  return (
    await Promise.all([...profiles.values()].map((profile) => context.desks(profile)))
  ).flat();
}
