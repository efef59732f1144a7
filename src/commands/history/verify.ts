import { timeText } from "../../ui/output/numbers.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

export const verify: CommandMaker = (context) =>
  examples(
    command("verify", "Walk the audit chain and prove that nothing was changed").action(() =>
      run(context),
    ),
    ["history verify", "history verify --json"],
  );

async function run(context: Context): Promise<void> {
  const { audit } = await context.store();
  const summary = await audit.verify();
  context.print(
    () => {
      if (summary.firstAt === null || summary.lastAt === null) return "The audit trail is empty.";
      return `The audit trail is whole: ${summary.entries} entries from ${timeText(summary.firstAt)} to ${timeText(summary.lastAt)}, head ${summary.head?.slice(0, 16)}…`;
    },
    { ...summary, ok: true },
  );
}
