import { Failure } from "../../core/failures.ts";
import type { Intent } from "../../ports/journal.ts";
import type { Desk } from "../../trading/desk.ts";
import type { OrderReport } from "../../trading/order-report.ts";
import { ordersText } from "../../ui/output/lists.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { orderDocument, orderViews } from "./view.ts";

export const show: CommandMaker = (context) =>
  examples(
    command("show", "One order: what the broker keeps of it and what was recorded here")
      .argument("<id|@client-id>", "the broker's order id, or @ and the client order id")
      .action((id: string) => run(context, id)),
    ["order show 42", "order show @tmt-01JD…"],
  );

async function run(context: Context, id: string): Promise<void> {
  const desk = await context.desk();
  await settleFirst(context, desk);
  const order = await desk.broker.order(id);
  const [view] = order ? await orderViews(desk, [order]) : [];
  const intent = await findIntent(desk, order?.clientOrderId ?? id.replace(/^@/, ""));
  const report = (intent?.result ?? null) as OrderReport | null;
  if (!view && !report) {
    throw new Failure(
      "ORDER_NOT_FOUND",
      `There is no order "${id.slice(0, 140)}" on ${desk.profile.name}.`,
      {
        hint: "List them with: tmt-broker order list --state all",
      },
    );
  }
  const document = { ...(view ? orderDocument(desk, view) : null), report };
  context.print(() => {
    const extras = { riskAtStop: null, sizing: null };
    const lines = view ? [ordersText([view], "all")] : [];
    if (report) lines.push(orderText(report, extras, context.theme));
    return lines.join("\n\n");
  }, document);
}

async function findIntent(desk: Desk, clientOrderId: string): Promise<Intent | null> {
  const { name } = desk.profile;
  return desk.journal.find({ connection: name, account: desk.account.id, clientOrderId });
}
