import { Failure } from "../../core/failures.ts";
import type { OrderType } from "../../core/order.ts";
import type { Intent } from "../../ports/journal.ts";
import { type Desk, selecting } from "../../trading/desk.ts";
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
        hint: `List them with: tmt-broker order list --state all ${selecting(desk)}`,
      },
    );
  }
  const next = view ? await nextText(desk, view, report?.tradeIds ?? []) : null;
  const document = { ...(view ? fullDocument(desk, view) : null), report };
  context.print(() => {
    const lines = view ? [`${ordersText([view], "all", context.theme)}${fateText(view)}`] : [];
    if (report) {
      const kind = intent ? { kind: intent.request.kind } : {};
      const extras = { riskAtStop: null, sizing: null, ...kind };
      lines.push(`When it was sent:\n${orderText(report, extras, context.theme)}`);
    }
    return [...lines, ...(next ? [next] : [])].join("\n\n");
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

const MOVES: Readonly<Partial<Record<OrderType, string>>> = {
  take_profit: "--tp PRICE",
  trailing_stop: "--trailing DISTANCE",
};

/** What one would most likely type next about it. */
async function nextText(desk: Desk, { order }: OrderView, trades: readonly string[]) {
  const where = selecting(desk);
  const { orderId, tradeId, instrument, type } = order;
  if (order.state === "pending" && tradeId !== null) {
    return `To move it: tmt-broker positions modify ${tradeId} ${MOVES[type] ?? "--sl PRICE"} ${where}`;
  }
  if (order.state === "pending") {
    return `To change it: tmt-broker order modify ${orderId} --price PRICE ${where}\nTo take it back: tmt-broker order cancel ${orderId} ${where}`;
  }
  if (order.replacedBy !== null) {
    return `See what took its place: tmt-broker order show ${order.replacedBy} ${where}`;
  }
  if (order.state !== "filled") return null;
  const open = trades.length > 0 ? (await desk.broker.state()).trades : [];
  return open.some(({ id }) => trades.includes(id))
    ? `See what it holds: tmt-broker positions show ${instrument} ${where}`
    : `See what came of it: tmt-broker history list --instrument ${instrument} ${where}`;
}

async function findIntent(desk: Desk, clientOrderId: string): Promise<Intent | null> {
  const { name } = desk.profile;
  return desk.journal.find({ connection: name, account: desk.account.id, clientOrderId });
}
