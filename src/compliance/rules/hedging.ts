import { entryTermsOf } from "../../core/entry-order.ts";
import type { Trade } from "../../core/trade.ts";
import { notApplicable, oppositeTrades, pass, type RuleResult } from "../check.ts";
import type { OrderBook } from "../order-book.ts";
import type { RuleOf } from "../rule-schema.ts";

/** No opposite positions in one instrument of one account. What is hedged already may only be closed. */
export function reviewHedging(rule: RuleOf<"hedging">, book: OrderBook): RuleResult {
  const { request, venue, state } = book;
  const terms = request.kind === "market" ? request : entryTermsOf(request);
  if (!terms || terms.reduceOnly) return notApplicable("opens nothing");
  const opposite = oppositeTrades(book);
  const [first] = opposite;
  if (!first) return pass(`nothing is open on the other side of ${request.instrument}`);
  const isHedged = state.trades.some(
    ({ instrument, direction }) =>
      instrument === request.instrument && direction !== first.direction,
  );
  if (!venue.hedging && !isHedged) return pass("the broker nets it against what is open");
  return blockHedge(rule, book, opposite);
}

function blockHedge(
  rule: RuleOf<"hedging">,
  { request }: OrderBook,
  opposite: readonly Trade[],
): RuleResult {
  const { instrument, side } = request;
  const held = opposite[0]?.direction;
  const detail = `${opposite.length} ${held} trade${opposite.length === 1 ? " is" : "s are"} open in ${instrument}, and the order would open ${side === "buy" ? "long" : "short"} beside`;
  return {
    outcome: "block",
    code: "COMPLIANCE_HEDGING",
    detail,
    message: `You are ${held} in ${instrument}, and this broker would open the ${side} of ${request.units} beside it instead of netting: opposite positions aren't allowed (${rule.source}). Nothing was sent.`,
    hint: ({ selecting }) =>
      `Reduce what is open: tmt-broker positions close ${instrument} --units ${request.units} ${selecting}, or add --reduce-only.`,
  };
}
