import { getKey } from "../../config/keys.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";

export const get: CommandMaker = (context) =>
  examples(
    command("get", "One setting: its value in force")
      .argument("<key>", "e.g. order.stopLoss")
      .action(async (key: string) => {
        const entry = getKey(await context.configuration(), key);
        context.print(() => entry.value ?? "", entry);
      }),
    ["config get order.stopLoss", "config get risk.maxUnits --json"],
  );
