import { listKeys } from "../../config/keys.ts";
import { table } from "../../ui/output/table.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

export const list: CommandMaker = (context) =>
  examples(
    command("list", "Every setting with its value and where it comes from").action(() =>
      run(context),
    ),
    ["config", "config list --json"],
  );

async function run(context: Context): Promise<void> {
  const entries = listKeys(await context.configuration());
  context.print(
    () =>
      table(
        [{ head: "Key" }, { head: "Value" }, { head: "From" }, { head: "What it is" }],
        entries.map((entry) => [entry.key, entry.value ?? "-", entry.source, entry.description]),
      ),
    entries,
  );
}
