import { sumOf } from "../../core/money.ts";
import type { Trade } from "../../core/trade.ts";
import { actsAtOnce, notApplicable, pass, type RuleResult, warn } from "../check.ts";
import { type Closing, closesText, isOlder, offsetOf } from "../offset.ts";
import type { OrderBook } from "../order-book.ts";
import type { RuleOf } from "../rule-schema.ts";

/**
 * NFA Compliance Rule 2-43(b): what is offset goes first in, first out. A trade may be closed before older ones of other
 * sizes, and of several of one size only the oldest.
 */
export function reviewFifo(rule: RuleOf<"fifo">, book: OrderBook): RuleResult {
  const { request } = book;
  if (request.kind === "close" && request.tradeId !== null) return reviewClose(rule, book);
  if (request.kind === "exits" || request.kind === "cancel" || request.kind === "change") {
    return notApplicable("nothing is closed by it");
  }
  const offset = offsetOf(book);
  if (offset.closes.length === 0) return notApplicable("nothing is open on the other side");
  if (!actsAtOnce(book)) return pass("closes the oldest trades first when it fills");
  const result = `${closesText(offset)}, oldest first${resultText(offset.closes, book)}`;
  return offset.opened.isPositive() && request.kind === "market" && !request.reduceOnly
    ? warn(`${result}; the position flips: ${offset.opened} units open on the other side`)
    : pass(result);
}

function reviewClose(rule: RuleOf<"fifo">, book: OrderBook): RuleResult {
  const [closing] = offsetOf(book).closes;
  if (!closing) return notApplicable("the trade isn't open any more");
  const { trade, units } = closing;
  const older = olderTrades(trade, book);
  const twin = older.find((other) => other.units.equals(trade.units));
  if (twin) return blockTwin(trade, oldestOf(older, trade), rule.source);
  const isWhole = units.equals(trade.units);
  const [first] = older;
  if (isWhole || !first) {
    const why = first ? `no older trade has its size of ${trade.units}` : "it is the oldest";
    return pass(`${closesText({ closes: [closing], opened: units })}: ${why}`);
  }
  const oldest = older.reduce((left, right) => (isOlder(right, left) ? right : left), first);
  const what = `${units} of trade ${trade.id} would close before trade ${oldest.id}, which is older`;
  if (rule.terms.partOfNewer !== "block") return warn(`${what}; the broker may refuse it`);
  return {
    outcome: "block",
    code: "COMPLIANCE_FIFO",
    detail: what,
    message: `${capital(what)}: positions are offset first in, first out (${rule.source}). Nothing was sent.`,
    hint: ({ selecting }) =>
      `Close the oldest first: tmt-broker positions close ${trade.instrument} --units ${units} ${selecting}`,
  };
}

function blockTwin(trade: Trade, oldest: Trade, source: string): RuleResult {
  const { id, units, instrument } = trade;
  return {
    outcome: "block",
    code: "COMPLIANCE_FIFO",
    detail: `trade ${id} is not the oldest of its size: trade ${oldest.id} (${units}) was opened before it`,
    message: `Trade ${id} (${units} ${instrument}) may not be closed before trade ${oldest.id}, which has the same size and is older (${source}). Nothing was sent.`,
    hint: ({ selecting }) =>
      `Close trade ${oldest.id} instead: tmt-broker positions close ${oldest.id} ${selecting}. A trade of another size may be closed in any order.`,
  };
}

/** Of the trade's instrument and direction, opened before it. */
function olderTrades(trade: Trade, { state }: OrderBook): readonly Trade[] {
  return state.trades.filter(
    (other) =>
      other.instrument === trade.instrument &&
      other.direction === trade.direction &&
      isOlder(other, trade),
  );
}

function oldestOf(older: readonly Trade[], { units }: Trade): Trade {
  const twins = older.filter((other) => other.units.equals(units));
  return twins.reduce((left, right) => (isOlder(right, left) ? right : left));
}

/** What closing realises, by what the trades stand at now. */
function resultText(closes: readonly Closing[], { state }: OrderBook): string {
  const parts = closes.map(({ trade, units }) =>
    trade.unrealizedPl.times(units).dividedBy(trade.units, 4),
  );
  const total = sumOf(parts).toFixed(2);
  return `; realises about ${total.startsWith("-") ? "" : "+"}${total} ${state.account.currency}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
