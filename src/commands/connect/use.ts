import { withDefaultConnection } from "../../config/edit.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

export const use: CommandMaker = (context) =>
  examples(
    command("use", "Make a connection the default")
      .argument("<name>", "connection")
      .action((name: string) => run(context, name)),
    ["connect use oanda", "connect use paper"],
  );

async function run(context: Context, name: string): Promise<void> {
  const profile = await context.profile(name);
  await context.changeConfig((document) => withDefaultConnection(document, profile.name));
  context.print(
    () =>
      `${context.theme.badge(profile.environment)} ${profile.name} is the default connection now.`,
    { name: profile.name, default: true },
  );
}
