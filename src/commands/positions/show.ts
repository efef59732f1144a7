import { targetIn } from "../../trading/close-position.ts";
import { positionsText, tradesText } from "../../ui/output/positions-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { nameOf, noteStale, themeOf } from "../stale-note.ts";
import { positionDocument, positionsView } from "./view.ts";

export const show: CommandMaker = (context) =>
  examples(
    command("show", "One position with its trades and their exits")
      .argument("<instrument|trade>", "instrument or trade id")
      .action((text: string) => run(context, text)),
    ["positions show EUR_USD"],
  );

async function run(context: Context, text: string): Promise<void> {
  const desk = await context.desk();
  await settleFirst(context, desk);
  const { rows, stale } = await positionsView(desk, (await context.store()).lastAnswers);
  const positions = rows.map(({ position }) => position);
  const { position } = targetIn(positions, text);
  const row = rows.find((candidate) => candidate.position === position);
  if (!row) throw new Error("a target is one of the positions it was looked for in");
  noteStale(context, desk, stale);
  const theme = themeOf(context.theme, stale);
  const where = {
    environment: desk.profile.environment,
    name: nameOf(desk.profile.name, stale, context.theme),
  };
  context.print(
    () => `${positionsText(where, [row], theme)}\n\n${tradesText(row, theme)}`,
    positionDocument(desk, row, stale),
  );
}
