import { Failure } from "../../core/failures.ts";
import { historyRowText } from "../../ui/output/history-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { scopeOf } from "./scope.ts";

export const show: CommandMaker = (context) =>
  examples(
    command("show", "One transaction of the history")
      .argument("<transaction-id>", "the broker's id")
      .option("--all", "of every connection")
      .action((id: string, options: { readonly all?: true }) =>
        run(context, id, options.all === true),
      ),
    ["history show 1042", "history show 1042 -c oanda --json"],
  );

async function run(context: Context, id: string, isAll: boolean): Promise<void> {
  const history = await context.history();
  const scope = await scopeOf(context, history, isAll);
  const rows = await history.find(id, scope);
  const [row, another] = rows;
  if (row && !another) return context.print(() => historyRowText(row), row);
  if (another) {
    const accounts = rows.map(({ connection, account }) => `-c ${connection} -a ${account}`);
    throw new Failure("USAGE", `Several accounts have a transaction ${shown(id)}.`, {
      hint: `Say whose: ${accounts.join(", or ")}.`,
    });
  }
  throw new Failure("TRANSACTION_NOT_FOUND", `The history has no transaction "${shown(id)}".`, {
    hint: "A newer one is there after: tmt-broker history sync",
    details: { id, ...scope },
  });
}

function shown(id: string): string {
  return id.slice(0, 60);
}
