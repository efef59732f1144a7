import { Failure } from "../../core/failures.ts";
import type { BookedRow } from "../../core/history-row.ts";
import { historyRowText } from "../../ui/output/history-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { scopeOf, selectingScope } from "./scope.ts";

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
  if (row && !another) return print(context, row);
  if (another) {
    const accounts = rows.map(selectingScope);
    throw new Failure("USAGE", `Several accounts have a transaction ${shown(id)}.`, {
      hint: `Say whose: ${accounts.join(", or ")}.`,
    });
  }
  throw new Failure("TRANSACTION_NOT_FOUND", `The history has no transaction "${shown(id)}".`, {
    hint: `A newer one is there after: tmt-broker history sync ${selectingScope(scope)}`,
    details: { id, ...scope },
  });
}

/** With the orders that opened the trades which it reduced or closed: the way back to who asked for them. */
async function print(context: Context, row: BookedRow): Promise<void> {
  const { connection, account, trades } = row;
  const ended = (trades ?? []).filter(({ action }) => action !== "opened");
  const ids = ended.map(({ tradeId }) => tradeId);
  const lines = await context.orderLines();
  const openings = ids.length === 0 ? [] : await lines.openings({ connection, account }, ids);
  const openedBy = openings.flatMap((opening) =>
    (opening.trades ?? [])
      .filter(({ tradeId, action }) => action === "opened" && ids.includes(tradeId))
      .map(({ tradeId }) => openerOf(opening, tradeId)),
  );
  context.print(
    () => [historyRowText(row, context.theme), ...openedBy.map(openerText)].join("\n"),
    {
      ...row,
      openedBy,
    },
  );
}

function openerOf({ id, orderId, clientOrderId, signalId, agent }: BookedRow, tradeId: string) {
  return { tradeId, transactionId: id, orderId, clientOrderId, signalId, agent };
}

function openerText(opener: ReturnType<typeof openerOf>): string {
  const { tradeId, transactionId, orderId, clientOrderId, signalId } = opener;
  const order = [orderId && `order ${orderId}`, clientOrderId && `client id ${clientOrderId}`];
  const signal = signalId && `signal ${signalId}`;
  const parts = [...order, signal].filter((part) => part !== null && part !== "");
  return `Trade ${tradeId} was opened by transaction ${transactionId}: ${parts.join(", ")}.`;
}

function shown(id: string): string {
  return id.slice(0, 60);
}
