import { type Decimal, decimal } from "../../core/money.ts";
import type { Environment, Side } from "../../core/order.ts";
import { grouped, money, signedMoney } from "./numbers.ts";
import { fields, printable } from "./table.ts";
import type { Theme } from "./theme.ts";

type ExitText = { readonly price: string; readonly distancePips: string } | null;

/** What the text of an order needs of its report; all decimals are text. */
export type OrderTextReport = {
  readonly status: string;
  readonly orderId: string | null;
  readonly clientOrderId: string;
  readonly connection: string;
  readonly environment: Environment;
  readonly account: string;
  readonly instrument: string;
  readonly side: Side;
  readonly units: string;
  readonly filledUnits: string;
  readonly averagePrice: string | null;
  readonly expectedPrice: string | null;
  readonly slippagePips: string | null;
  readonly slippageCost: string | null;
  readonly currency: string;
  readonly fills: readonly { transactionId: string; realizedPl: string; commission: string }[];
  readonly tradeIds: readonly string[];
  readonly stopLoss: ExitText;
  readonly takeProfit: ExitText;
  readonly trailingStop: ExitText;
  readonly latencyMs: number | null;
  readonly brokerLatencyMs: number | null;
  readonly compliance: readonly { rule: string; outcome: string; detail: string }[];
};

export type OrderTextExtras = {
  /** Loss if the stop is hit, in account currency. */
  readonly riskAtStop: Decimal | null;
  readonly sizing: string | null;
};

/** One clear line about what happened, then the details a trader looks for. */
export function orderText(report: OrderTextReport, extras: OrderTextExtras, theme: Theme): string {
  const lines = [`${theme.badge(report.environment)} ${theme.bold(summary(report))}`];
  const pairs = [...details(report, extras)];
  if (pairs.length > 0) lines.push(fields(pairs));
  if (report.status === "dry_run") lines.push(checksText(report.compliance));
  return lines.join("\n");
}

function summary(report: OrderTextReport): string {
  const verb = report.side === "buy" ? "bought" : "sold";
  const name = printable(report.instrument);
  const asked = `${report.side} ${units(report.units)} ${name}`;
  switch (report.status) {
    case "filled":
      return `${capital(verb)} ${units(report.filledUnits)} ${name} at ${report.averagePrice}`;
    case "partially_filled":
      return `Partly filled: ${verb} ${units(report.filledUnits)} of ${units(report.units)} ${name} at ${report.averagePrice}; the rest was cancelled`;
    case "dry_run":
      return `Dry run: would ${asked} at about ${report.expectedPrice}. Nothing was sent`;
    case "unknown":
      return `UNKNOWN: ${asked} was sent and its fate is not known yet`;
    case "pending":
      return `Accepted and waiting: ${asked}`;
    case "cancelled":
      return `Cancelled by the broker: ${asked}`;
    default:
      return `Not executed: ${asked}`;
  }
}

function* details(report: OrderTextReport, extras: OrderTextExtras): Generator<[string, string]> {
  if (extras.sizing) yield ["sizing", extras.sizing];
  yield* exitDetails(report, extras);
  yield* resultDetails(report);
  if (report.tradeIds.length > 0) {
    yield [report.tradeIds.length > 1 ? "trades" : "trade", report.tradeIds.join(", ")];
  }
  const id = report.orderId ? `${report.orderId} (client id ${report.clientOrderId})` : null;
  if (id) yield ["order", id];
  yield ["account", `${report.connection} / ${report.account}`];
  if (report.latencyMs !== null && report.brokerLatencyMs !== null) {
    yield ["time", `${report.latencyMs} ms, of which broker ${report.brokerLatencyMs} ms`];
  }
}

function* exitDetails(
  report: OrderTextReport,
  extras: OrderTextExtras,
): Generator<[string, string]> {
  const risk = extras.riskAtStop ? `, risk ${money(extras.riskAtStop, report.currency)}` : "";
  if (report.stopLoss) yield ["stop loss", `${exitText(report.stopLoss)}${risk}`];
  if (report.takeProfit) yield ["take profit", exitText(report.takeProfit)];
  if (report.trailingStop) {
    yield ["trailing stop", `${exitText(report.trailingStop)}${report.stopLoss ? "" : risk}`];
  }
}

function* resultDetails(report: OrderTextReport): Generator<[string, string]> {
  const { slippagePips, slippageCost, currency } = report;
  if (slippagePips !== null && slippageCost !== null) {
    yield ["slippage", slippageText(decimal(slippagePips), decimal(slippageCost), currency)];
  }
  const realized = sum(report.fills.map((fill) => fill.realizedPl));
  if (realized && !realized.isZero()) yield ["realised", signedMoney(realized, currency)];
  const commission = sum(report.fills.map((fill) => fill.commission));
  if (commission && !commission.isZero()) yield ["commission", money(commission, currency)];
}

function slippageText(pips: Decimal, cost: Decimal, currency: string): string {
  if (pips.isZero()) return "none";
  const side = pips.isPositive() ? "worse" : "better";
  return `${pips.abs()} pips ${side} (${signedMoney(cost.negated(), currency)})`;
}

/** The checks of a review as lines, each with its numbers. */
export function checksText(
  checks: readonly { rule: string; outcome: string; detail: string }[],
): string {
  const marks: Readonly<Record<string, string>> = {
    pass: "ok",
    block: "BLOCKED",
    not_applicable: "-",
  };
  return fields(checks.map(({ rule, outcome, detail }) => [rule, `${marks[outcome]}  ${detail}`]));
}

function exitText(exit: { price: string; distancePips: string }): string {
  return `${exit.price} (${exit.distancePips} pips)`;
}

function sum(values: readonly string[]): Decimal | null {
  if (values.length === 0) return null;
  return values.map(decimal).reduce((left, right) => left.plus(right));
}

function units(text: string): string {
  return grouped(decimal(text));
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
