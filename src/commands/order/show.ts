import { Failure } from "../../core/failures.ts";
import type { Intent } from "../../ports/journal.ts";
import type { Desk } from "../../trading/desk.ts";
import { type KeptReport, shownReport } from "../../trading/order-report.ts";
import { fateOf } from "../../trading/pending-orders.ts";
import { ordersText } from "../../ui/output/lists.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { type OrderView, orderDocument, orderViews } from "./view.ts";

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
  const kept = (intent?.result ?? null) as KeptReport | null;
  const report = kept && shownReport(kept);
  if (!view && !report) {
    throw new Failure(
      "ORDER_NOT_FOUND",
      `There is no order "${id.slice(0, 140)}" on ${desk.profile.name}.`,
      {
        hint: "List them with: tmt-broker order list --state all",
      },
    );
  }
  const document = { ...(view ? fullDocument(desk, view) : null), report };
  context.print(() => {
    const lines = view ? [`${ordersText([view], "all")}${fateText(view)}`] : [];
    if (report) {
      const kind = intent ? { kind: intent.request.kind } : {};
      const extras = { riskAtStop: null, sizing: null, ...kind };
      lines.push(`When it was sent:\n${orderText(report, extras, context.theme)}`);
    }
    return lines.join("\n\n");
  }, document);
}

/** What the list leaves out: where the order belongs, and what became of it. */
function fullDocument(desk: Desk, view: OrderView) {
  const { tradeId, endedBy, replacedBy, replaces, reduceOnly } = view.order;
  return { ...orderDocument(desk, view), tradeId, endedBy, replacedBy, replaces, reduceOnly };
}

function fateText({ order }: OrderView): string {
  const parts = [
    order.replaces === null ? "" : `It took the place of order ${order.replaces}.`,
    order.state === "pending" ? "" : fateOf(order),
  ].filter((part) => part !== "");
  return parts.length > 0 ? `\n${parts.join(" ")}` : "";
}

async function findIntent(desk: Desk, clientOrderId: string): Promise<Intent | null> {
  const { name } = desk.profile;
  return desk.journal.find({ connection: name, account: desk.account.id, clientOrderId });
}
