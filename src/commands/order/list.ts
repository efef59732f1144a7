import type { OrderFilter } from "../../ports/broker.ts";
import { ordersText } from "../../ui/output/lists.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { noteStale, staleKeys } from "../stale-note.ts";
import { orderDocument, orderViews, pendingView } from "./view.ts";

const STATES: readonly OrderFilter[] = ["pending", "filled", "cancelled", "all"];

export const list: CommandMaker = (context) =>
  examples(
    command("list", "Orders of the account, newest first")
      .option("--state <state>", `one of ${STATES.join(", ")}`, "pending")
      .action((options: { readonly state: string }) =>
        run(context, choiceOption("--state", options.state, STATES)),
      ),
    ["order list", "order list --state filled --json"],
  );

async function run(context: Context, state: OrderFilter): Promise<void> {
  const desk = await context.desk();
  await settleFirst(context, desk);
  const { views, stale } =
    state === "pending"
      ? await pendingView(desk, (await context.store()).lastAnswers)
      : { views: await orderViews(desk, await desk.broker.orders(state)), stale: null };
  noteStale(context, desk, stale);
  context.print(
    () => ordersText(views, state, context.theme),
    views.map((view) => ({ ...orderDocument(desk, view), ...staleKeys(stale) })),
  );
}
