import { fields } from "../../ui/output/table.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";

export const path: CommandMaker = (context) =>
  examples(
    command("path", "Where configuration, data and credentials are kept").action(async () => {
      const paths = await context.paths();
      context.print(() => fields(Object.entries(paths)), paths);
    }),
    ["config path"],
  );
