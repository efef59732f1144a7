import type { Decimal, Price, Units } from "./money.ts";
import type { Side } from "./order.ts";
import type { Instant } from "./time.ts";
import type { Transaction, TransactionCause } from "./transaction.ts";

/** What happened to an account that nobody was told of by the answer to a request. */
export type NoticeKind =
  | "order_filled"
  | "stop_loss"
  | "take_profit"
  | "trailing_stop"
  | "margin_closeout"
  | "margin_call"
  /** A fill that the broker decided on. */
  | "closed_by_broker"
  /** An order at the market, or a close, that another program sent. */
  | "traded_elsewhere"
  | "order_expired"
  | "order_cancelled"
  /** A trade is open without the stop that it was to have. */
  | "stop_refused"
  /** An order doesn't wait any more, and the broker doesn't know it. */
  | "order_gone";

/** One of these, with as much as the broker tells. Money is in account currency; texts are the broker's, uncleaned. */
export type Notice = {
  readonly kind: NoticeKind;
  readonly transactionId: string;
  /** null where nobody knows when it was. */
  readonly time: Instant | null;
  readonly instrument: string | null;
  readonly side: Side | null;
  readonly units: Units | null;
  readonly price: Price | null;
  readonly realizedPl: Decimal | null;
  readonly orderId: string | null;
  readonly tradeId: string | null;
  readonly clientOrderId: string | null;
  readonly brokerCode: string | null;
  /** What the broker's reason means; null where it isn't known. */
  readonly words: string | null;
};

const KINDS: Partial<Record<TransactionCause, NoticeKind>> = {
  market: "traded_elsewhere",
  close: "traded_elsewhere",
  entry: "order_filled",
  stop_loss: "stop_loss",
  take_profit: "take_profit",
  trailing_stop: "trailing_stop",
  margin_closeout: "margin_closeout",
  margin_call: "margin_call",
  after_fill: "stop_refused",
  expired: "order_expired",
};

/** Nothing that anybody has to hear of at night, but the first thing to know in the morning. */
const URGENT: ReadonlySet<NoticeKind> = new Set([
  ...(["margin_closeout", "margin_call", "closed_by_broker", "stop_refused"] as const),
  ...(["order_gone"] as const),
]);

/**
 * What there is to tell of a transaction that no request of ours brought about; null for what somebody asked for, what follows
 * from another one, and what changes no order and no position.
 */
export function noticeOf(transaction: Transaction): Notice | null {
  const { why, type } = transaction;
  if (!why) return null;
  const kind = KINDS[why.cause] ?? (why.cause === "broker" ? byBroker(type) : null);
  if (!kind) return null;
  const { id, time, instrument, side, units, price, orderId, tradeId, clientOrderId } = transaction;
  return {
    kind,
    transactionId: id,
    time,
    ...{ instrument, side, units, orderId, clientOrderId },
    price: type === "fill" ? price : null,
    realizedPl: type === "fill" ? transaction.realizedPl : null,
    tradeId: takenTrade(transaction) ?? tradeId,
    brokerCode: why.brokerCode,
    words: why.words,
  };
}

function byBroker(type: Transaction["type"]): NoticeKind | null {
  if (type === "fill") return "closed_by_broker";
  return type === "cancel" ? "order_cancelled" : null;
}

/** Of the trades that a fill touched, one that it took away from. */
function takenTrade({ trades }: Transaction): string | null {
  return trades.find(({ action }) => action !== "opened")?.tradeId ?? null;
}

export function isUrgent({ kind }: Pick<Notice, "kind">): boolean {
  return URGENT.has(kind);
}

/** One sentence for people: what happened, and what it did to the money. Nothing in it can steer a terminal. */
export function noticeText(notice: Notice, currency: string): string {
  const text = sentence(notice, currency);
  return cleanText(text);
}

function sentence(notice: Notice, currency: string): string {
  const { kind, tradeId, orderId, instrument } = notice;
  const trade = tradeId === null ? "a trade" : `trade ${tradeId}`;
  const order = orderId === null ? "an order" : `order ${orderId}`;
  const dealt = dealtText(notice, currency);
  const what = askedText(notice);
  switch (kind) {
    case "order_filled":
      return `${capital(order)} was filled: ${dealt}.`;
    case "stop_loss":
      return `The stop loss of ${trade} was hit: ${dealt}.`;
    case "take_profit":
      return `The take profit of ${trade} was hit: ${dealt}.`;
    case "trailing_stop":
      return `The trailing stop of ${trade} was hit: ${dealt}.`;
    case "margin_closeout":
      return `MARGIN CLOSE-OUT: the broker closed ${trade}: ${dealt}.`;
    case "margin_call":
      return "MARGIN CALL: the account's margin runs short, and the broker may close positions.";
    case "closed_by_broker":
      return `The broker itself traded (${reasonText(notice)}): ${dealt}.`;
    case "traded_elsewhere":
      return `Not sent from here: ${dealt}.`;
    case "order_expired":
      return `${capital(order)}${what} expired unfilled.`;
    case "order_cancelled":
      return `The broker cancelled ${order}${what}: ${reasonText(notice)}.`;
    case "stop_refused":
      return `${capital(trade)}${instrument === null ? "" : ` of ${instrument}`} is OPEN WITHOUT A STOP: the broker refused the one that came with its order (${reasonText(notice)}).`;
    case "order_gone":
      return `${capital(order)}${what} doesn't wait any more, and the broker doesn't know it: what became of it isn't known.`;
  }
}

/** `sold 1000 EUR_USD at 1.0832, -2.1 USD`. */
function dealtText(notice: Notice, currency: string): string {
  const { side, units, instrument, price, realizedPl } = notice;
  const verb = side === "buy" ? "bought" : "sold";
  const size = side === null ? [] : [verb, ...(units === null ? [] : [units.toString()])];
  const at = price === null ? [] : [`at ${price.toFixed(price.scale)}`];
  const words = [...size, ...(instrument === null ? [] : [instrument]), ...at].join(" ");
  const isBooked = realizedPl !== null && !realizedPl.isZero();
  const sign = isBooked && realizedPl.isPositive() ? "+" : "";
  const booked = isBooked ? `, ${sign}${realizedPl} ${currency}` : "";
  return `${words === "" ? "no details are known" : words}${booked}`;
}

/** ` (buy 1000 EUR_USD)`: what an order was to do, as far as it is known. */
function askedText({ side, units, instrument }: Notice): string {
  const words = [side, units?.toString() ?? null, instrument].filter((word) => word !== null);
  return words.length === 0 ? "" : ` (${words.join(" ")})`;
}

function reasonText({ words, brokerCode }: Notice): string {
  return words ?? brokerCode ?? "it gave no reason";
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Ids and names that brokers really give are far shorter. */
const LONGEST = 400;

/** A broker's text without anything that steers a terminal, and not longer than anybody reads. */
export function cleanText(text: string): string {
  const clean = text.slice(0, LONGEST).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD");
  return text.length > LONGEST ? `${clean}…` : clean;
}
