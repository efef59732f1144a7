import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { accessRecord } from "./access-record.ts";

export const resume: CommandMaker = (context) =>
  examples(
    command("resume", "Lift a halt")
      .argument("[name]", "the halt of this connection; left out: the halt of all")
      .action((name: string | undefined) => run(context, name)),
    ["connect resume", "connect resume oanda"],
  );

async function run(context: Context, name: string | undefined): Promise<void> {
  const target = name ?? context.options.connection;
  const connection = target === null ? null : (await context.profile(target)).name;
  const { halts, journal, dayBook } = await context.store();
  const wasHalted = await halts.resume(connection);
  await dayBook.restart(connection);
  if (wasHalted) await journal.record([accessRecord(context, "trading.resumed", { connection })]);
  const what = connection ?? "all connections";
  context.print(
    () => (wasHalted ? `Trading is resumed on ${what}.` : `There was no halt of ${what}.`),
    { connection, halted: false, wasHalted },
  );
}
