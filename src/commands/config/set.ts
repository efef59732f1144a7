import { withSetting } from "../../config/edit.ts";
import { getKey } from "../../config/keys.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import { accessRecord } from "../connect/access-record.ts";
import type { Context } from "../context.ts";

export const set: CommandMaker = (context) =>
  examples(
    command("set", "Change a setting; it is checked before it is written")
      .argument("<key>", "e.g. order.stopLoss")
      .argument("<value>", "e.g. 25p")
      .action((key: string, value: string) => run(context, key, value)),
    ["config set order.stopLoss 25p", "config set risk.maxUnits 50000"],
  );

async function run(context: Context, key: string, value: string): Promise<void> {
  const before = getKey(await context.configuration(), key).value;
  const config = await context.changeConfig((document) => withSetting(document, key, value));
  const entry = getKey(config, key);
  const { journal } = await context.store();
  await journal.record([
    accessRecord(context, "setting.changed", { key, before, after: entry.value }),
  ]);
  context.print(() => `${key} = ${entry.value} (was ${before ?? "not set"})`, entry);
}
