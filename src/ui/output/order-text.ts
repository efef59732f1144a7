import { type Decimal, decimal } from "../../core/money.ts";
import type { Environment, OrderType, Side } from "../../core/order.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import type { Instant } from "../../core/time.ts";
import { type CostsText, costsPairs } from "./costs-text.ts";
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
  readonly type: OrderType;
  readonly units: string;
  readonly filledUnits: string;
  readonly price: string | null;
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
  readonly timeInForce: string;
  readonly expiresAt: Instant | null;
  readonly latencyMs: number | null;
  readonly brokerLatencyMs: number | null;
  readonly compliance: readonly { rule: string; outcome: string; detail: string }[];
  readonly error: object | null;
  /** What it is expected to cost, where it is yet to be sent. */
  readonly costs?: CostsText | null;
};

export type OrderTextExtras = {
  /** Loss if the stop is hit, in account currency. */
  readonly riskAtStop: Decimal | null;
  readonly sizing: string | null;
  /** What was asked for, where the caller knows; an order's own report tells the rest. */
  readonly kind?: OrderRequest["kind"];
  /** The order whose place this one takes. */
  readonly replaces?: string;
};

/** Order types in a trader's words. */
const TYPE_NAMES: Readonly<Record<OrderType, string>> = {
  market: "market",
  limit: "limit",
  stop: "stop",
  mit: "market-if-touched",
  stop_loss: "stop loss",
  take_profit: "take profit",
  trailing_stop: "trailing stop",
  guaranteed_stop_loss: "guaranteed stop loss",
};

/** One clear line about what happened, then the details a trader looks for. */
export function orderText(report: OrderTextReport, extras: OrderTextExtras, theme: Theme): string {
  const lines = [`${theme.badge(report.environment)} ${theme.bold(summary(report, extras))}`];
  const pairs = [...details(report, extras, theme)];
  if (pairs.length > 0) lines.push(fields(pairs));
  if (report.status === "dry_run") lines.push(checksText(report.compliance));
  return lines.join("\n");
}

/** What happened in one line: `[PAPER] Bought 1,000 EUR_USD at 1.16216`. */
export function orderLine(report: OrderTextReport, theme: Theme): string {
  const kind = report.type === "market" ? "market" : "entry";
  return `${theme.badge(report.environment)} ${summary(report, { riskAtStop: null, sizing: null, kind })}`;
}

const WITH_OWN_PRICE: ReadonlySet<OrderType> = new Set(["limit", "stop", "mit"]);

/** How long an order waits: `until cancelled`, `until 2026-11-30 00:00:00Z`. */
export function waitingText(
  order: Pick<OrderTextReport, "timeInForce" | "expiresAt">,
  { times }: Pick<Theme, "times">,
): string {
  const { timeInForce, expiresAt } = order;
  if (expiresAt !== null) return `until ${times.text(expiresAt)}`;
  if (timeInForce === "GTC") return "until cancelled";
  return timeInForce === "DAY" ? "until 17:00 New York" : "now or never";
}

function summary(report: OrderTextReport, extras: OrderTextExtras): string {
  const verb = report.side === "buy" ? "bought" : "sold";
  const name = printable(report.instrument);
  const asked = askedFor(report, extras);
  switch (report.status) {
    case "filled":
      return `${capital(verb)} ${units(report.filledUnits)} ${name} at ${report.averagePrice}`;
    case "partially_filled":
      return `Partly filled: ${verb} ${units(report.filledUnits)} of ${units(report.units)} ${name} at ${report.averagePrice}; the rest ${isWaiting(report) ? "still waits" : "was cancelled"}`;
    case "dry_run":
      return `Dry run: would ${dryText(report, extras)}. Nothing was sent`;
    case "unknown":
      return `UNKNOWN: ${ERRANDS[extras.kind ?? "market"]}${asked} was sent and its fate is not known yet`;
    case "pending":
      return `${PENDING[extras.kind ?? "entry"] ?? "Accepted and waiting"}: ${asked}`;
    case "cancelled":
      if (report.error) return `Cancelled by the broker: ${asked}`;
      return `${extras.kind === "exits" ? "Exits removed" : "Cancelled"}: ${asked}`;
    default:
      return `${REFUSED[extras.kind ?? "market"] ?? "Not executed"}: ${asked}`;
  }
}

type Kind = OrderRequest["kind"];

/** What was sent, before what it was about. */
const ERRANDS: Readonly<Record<Kind, string>> = {
  market: "",
  entry: "",
  close: "",
  change: "the change to ",
  cancel: "the cancellation of ",
  exits: "the change of exits of ",
};
const PENDING: Readonly<Partial<Record<Kind, string>>> = {
  change: "Changed",
  exits: "Exits in place",
};
const REFUSED: Readonly<Partial<Record<Kind, string>>> = {
  change: "Not changed",
  cancel: "Not cancelled",
  exits: "Exits not changed",
};

/** The order in words: `buy 1,000 EUR_USD`, `buy limit 1,000 EUR_USD at 1.08000`, `stop loss of long 1,000 EUR_USD`. */
function askedFor(report: OrderTextReport, { kind }: OrderTextExtras): string {
  const { side, type } = report;
  const what = `${units(report.units)} ${printable(report.instrument)}`;
  const held = `${side === "sell" ? "long" : "short"} ${what}`;
  if (kind === "exits") return held;
  const at = report.price === null ? "" : ` at ${report.price}`;
  if (type === "market") return `${side} ${what}`;
  if (WITH_OWN_PRICE.has(type)) {
    return `${side} ${TYPE_NAMES[type]} ${what}${at}`;
  }
  return `${TYPE_NAMES[type]} of ${held}${at}`;
}

function dryText(report: OrderTextReport, extras: OrderTextExtras): string {
  const asked = askedFor(report, extras);
  if (extras.kind === "change") return `change order ${extras.replaces ?? ""} to ${asked}`;
  if (extras.kind === "cancel") return `cancel ${asked}`;
  if (extras.kind === "exits") return `change the exits of ${asked}`;
  return report.type === "market" ? `${asked} at about ${report.expectedPrice}` : `place ${asked}`;
}

function isWaiting({ type, timeInForce }: OrderTextReport): boolean {
  return type !== "market" && timeInForce !== "FOK" && timeInForce !== "IOC";
}

function* details(
  report: OrderTextReport,
  extras: OrderTextExtras,
  theme: Theme,
): Generator<[string, string]> {
  if (extras.sizing) yield ["sizing", extras.sizing];
  const isToWait = report.status === "pending" || report.status === "dry_run";
  const isOrder = extras.kind !== "exits" && extras.kind !== "cancel";
  if (isToWait && isOrder && isWaiting(report)) yield ["waits", waitingText(report, theme)];
  yield* exitDetails(report, extras);
  const { costs, currency } = report;
  const kind = WITH_OWN_PRICE.has(report.type) || report.type === "market" ? extras.kind : "exits";
  if (costs) yield* costsPairs(costs, { currency, kind });
  yield* resultDetails(report);
  if (report.tradeIds.length > 0) {
    yield [report.tradeIds.length > 1 ? "trades" : "trade", report.tradeIds.join(", ")];
  }
  const id = orderIdText(report, extras);
  if (id) yield ["order", id];
  yield ["account", `${report.connection} / ${report.account}`];
  if (report.latencyMs !== null && report.brokerLatencyMs !== null) {
    yield ["time", `${report.latencyMs} ms, of which broker ${report.brokerLatencyMs} ms`];
  }
}

/** A change and a cancellation have ids of their own: the order's client id stays what it was. */
function orderIdText(report: OrderTextReport, { kind, replaces }: OrderTextExtras): string | null {
  const { orderId, clientOrderId } = report;
  if (orderId === null) return null;
  if (kind === "change") return replaces ? `${orderId}, in place of ${replaces}` : orderId;
  if (kind === "cancel" || kind === "exits") return orderId;
  return `${orderId} (client id ${clientOrderId})`;
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

const MARKS: Readonly<Record<string, string>> = {
  pass: "ok",
  block: "BLOCKED",
  not_applicable: "-",
};
const WARNING = "warning: ";

type CheckText = { readonly rule: string; readonly outcome: string; readonly detail: string };

/** The checks of a review as lines, each with its numbers. */
export function checksText(checks: readonly CheckText[]): string {
  return fields(checks.map((check) => [check.rule, markedText(check)]));
}

function markedText({ outcome, detail }: CheckText): string {
  const isWarning = detail.startsWith(WARNING);
  return isWarning ? `WARNING  ${detail.slice(WARNING.length)}` : `${MARKS[outcome]}  ${detail}`;
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
