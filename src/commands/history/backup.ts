import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { dumpCommand } from "./dump-command.ts";

export const backup: CommandMaker = (context) =>
  examples(
    command("backup", "Copy the database while it is in use, and check the copy")
      .argument("<file>", "where the copy goes; replaced whole or not at all")
      .action((file: string) => run(context, file)),
    ["history backup /media/disk/tmt-broker.db"],
  );

async function run(context: Context, target: string): Promise<void> {
  const store = await context.store();
  const { database } = (await context.configuration()).settings.history;
  const summary = await store.backup(target);
  const { file, bytes, transactions } = summary;
  const server = database.kind === "postgres" ? database.url : null;
  context.print(
    () => `${file}: ${bytes} bytes, ${transactions} transactions, checked from end to end.`,
    { ...summary, server },
  );
  if (server !== null) {
    context.note(
      `The copy holds what is kept here: journal, audit log, paper accounts. The trading history is on the server; copy that with its own tools: ${dumpCommand(server)}`,
    );
  }
}
