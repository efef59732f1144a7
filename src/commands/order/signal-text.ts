import type { Desk } from "../../trading/desk.ts";
import type { OrderReport } from "../../trading/order-report.ts";
import type { SubmittedOrder } from "../../trading/submit-orders.ts";
import { costsLine } from "../../ui/output/costs-text.ts";
import { orderLine } from "../../ui/output/order-text.ts";
import { printable } from "../../ui/output/table.ts";
import type { Theme } from "../../ui/output/theme.ts";

/** Of signals that were not begun, so many are named. */
const MOST_NAMED = 50;

/** A signal's line for a person. */
export function signalText(
  { draft, report, failure, isKnown }: SubmittedOrder,
  desk: Desk,
  theme: Theme,
): string {
  const id = printable(draft.origin.signalId ?? "");
  const error = failure ?? report?.error ?? null;
  const why = error ? ` [${error.code}] ${printable(error.message)}` : "";
  if (!report) return `${theme.badge(desk.profile.environment)} ${id}: not sent:${why}`;
  const badge = theme.badge(report.environment);
  const known = isKnown ? theme.dim(` (known: ${report.clientOrderId})`) : "";
  const line = orderLine(report, theme).slice(badge.length + 1);
  const { costs, currency } = report;
  const shown = costs ? `: ${costsLine(costs, currency)}` : "";
  return `${badge} ${id}: ${line}${shown}${known}${error && report.status !== "unknown" ? `:${why}` : ""}`;
}

/** As the document of `order buy`; where there is no order, what is known of it, with the status `not_sent`. */
export function signalDocument({ draft, report, failure, isKnown }: SubmittedOrder, desk: Desk) {
  if (report) return { ...report, known: isKnown };
  const { code, message, hint } = failure ?? { code: "INTERNAL", message: "", hint: null };
  const error = { code, brokerCode: null, message, hint };
  return { ...nothingSent({ draft }, desk), error, known: false };
}

type NotSent = Omit<OrderReport, "status" | "currency" | "error"> & {
  readonly status: "not_sent";
  readonly currency: string | null;
};

function nothingSent({ draft }: Pick<SubmittedOrder, "draft">, desk: Desk): NotSent {
  const { terms, origin, size } = draft;
  const { profile, account } = desk;
  const waits = terms.type === "market" ? null : terms;
  return {
    orderId: null,
    clientOrderId: draft.clientOrderId ?? "",
    status: "not_sent",
    connection: profile.name,
    broker: profile.broker,
    environment: profile.environment,
    account: account.id,
    instrument: draft.instrument,
    side: draft.side,
    type: terms.type,
    units: size.kind === "units" ? size.units.toString() : "0",
    filledUnits: "0",
    price: waits?.price.toString() ?? null,
    ...{ averagePrice: null, expectedPrice: null, slippagePips: null, slippageCost: null },
    currency: account.currency,
    ...{ fills: [], tradeIds: [], stopLoss: null, takeProfit: null, trailingStop: null },
    timeInForce: terms.timeInForce,
    expiresAt: waits?.expiresAt ?? null,
    signalId: origin.signalId,
    agent: origin.agent,
    compliance: [],
    ...{ latencyMs: null, brokerLatencyMs: null, submittedAt: null, completedAt: null },
  };
}

/** `12 signals: 10 filled, 1 rejected, 1 not sent; 3 of them known before.` */
export function summaryText(orders: readonly SubmittedOrder[]): string {
  const counts = new Map<string, number>();
  for (const { report } of orders) {
    const word = (report?.status ?? "not_sent").replaceAll("_", " ");
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const parts = [...counts].map(([word, count]) => `${count} ${word}`);
  const known = orders.filter(({ isKnown }) => isKnown).length;
  const signals = `${orders.length} signal${orders.length === 1 ? "" : "s"}`;
  return `${signals}: ${parts.join(", ") || "none begun"}${known > 0 ? `; ${known} known before` : ""}.`;
}

/** What was not begun when the batch was stopped. */
export function notStartedNote(orders: readonly SubmittedOrder[], all: number): string {
  const ids = orders.map(({ draft }) => printable(draft.origin.signalId ?? ""));
  const named = ids.slice(0, MOST_NAMED).join(", ");
  const rest = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : "";
  return `Interrupted: ${ids.length} of ${all} signals were not sent: ${named}${rest}. The same command sends them, and none of the others twice.`;
}
