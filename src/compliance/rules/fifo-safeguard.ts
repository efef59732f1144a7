import { entryTermsOf } from "../../core/entry-order.ts";
import type { Instrument } from "../../core/instrument.ts";
import { Decimal } from "../../core/money.ts";
import type { AttachedExits, ExitsChange } from "../../core/order-request.ts";
import { hasExits, type Trade } from "../../core/trade.ts";
import { actsAtOnce, notApplicable, pass, type RuleResult, warn } from "../check.ts";
import { type Offset, offsetOf } from "../offset.ts";
import type { OrderBook } from "../order-book.ts";
import type { RuleOf } from "../rule-schema.ts";

type Rule = RuleOf<"fifo-safeguard">;

/**
 * OANDA's house rule: a trade with exits has a size of its own in its instrument. Where both of two equal trades would
 * have exits, the order is refused; with exits on one of them OANDA was seen to decide either way, so that is a warning.
 */
export function reviewSafeguard(rule: Rule, book: OrderBook): RuleResult {
  const { request, venue } = book;
  if (!venue.fifoSafeguard) return notApplicable("this broker has no such house rule");
  if (request.kind === "exits") return reviewExits(rule, book, request);
  const terms = request.kind === "market" ? request : entryTermsOf(request);
  if (terms && !actsAtOnce(book)) return terms.reduceOnly ? waits() : reviewWaiting(book, terms);
  if (request.kind !== "market" && request.kind !== "close" && request.kind !== "entry") {
    return notApplicable("changes no trade's size and no exits");
  }
  const offset = offsetOf(book);
  if (terms && offset.opened.isPositive()) return reviewOpening(rule, book, { terms, offset });
  return reviewRest(rule, book, offset);
}

function waits(): RuleResult {
  return notApplicable("opens nothing when it fills");
}

type Opening = { readonly terms: AttachedExits; readonly offset: Offset };

function reviewOpening(rule: Rule, book: OrderBook, { terms, offset }: Opening): RuleResult {
  const { request } = book;
  const { opened } = offset;
  const closed = new Set(offset.closes.map(({ trade }) => trade.id));
  const left = tradesOf(book).filter(({ id }) => !closed.has(id));
  const twins = left.filter(({ units }) => units.equals(opened));
  const [twin] = twins;
  if (!twin) return pass(`no other ${request.instrument} trade has ${opened} units`);
  const guarded = twins.find(hasExits);
  if (!hasNewExits(terms) && !guarded) {
    return pass(`trade ${twin.id} has ${opened} units as well, and neither has exits`);
  }
  const clash = guarded ?? twin;
  const isBoth = hasNewExits(terms) && guarded !== undefined;
  const whose = isBoth ? "both have" : "one of them has";
  const detail = `trade ${clash.id} has ${opened} units as well, and ${whose} a stop or a target`;
  const sizes = sizesNear(opened, left, book.instrument).map((size) =>
    size.plus(request.units.minus(opened)),
  );
  const hint = `${sizes.join(" or ")} units would pass: a trade with a stop or a target needs a size of its own.`;
  if (!isBoth && rule.terms.inconsistent !== "block") {
    return warn(`${detail}; the broker may cancel it. ${hint}`);
  }
  return blocked(rule, book, { detail, hint });
}

/** Orders that wait are looked at when they fill: then one that clashes is cancelled. */
function reviewWaiting(book: OrderBook, terms: AttachedExits): RuleResult {
  const { request } = book;
  const twin = tradesOf(book).find(
    (trade) => trade.units.equals(request.units) && (hasExits(trade) || hasNewExits(terms)),
  );
  if (twin) {
    return warn(
      `trade ${twin.id} has ${request.units} units as well: if it is still open then, the broker cancels the order when it fills`,
    );
  }
  const replaced = request.kind === "change" ? request.orderId : null;
  const other = book.state.pendingOrders.find(
    (order) =>
      order.orderId !== replaced &&
      order.instrument === request.instrument &&
      order.tradeId === null &&
      order.side === request.side &&
      order.units.equals(request.units) &&
      (hasNewExits(terms) ||
        order.stopLoss ||
        order.stopLossDistance ||
        order.takeProfit ||
        order.trailingStop),
  );
  return other
    ? warn(
        `order ${other.orderId} has ${request.units} units as well: when both have filled, one is cancelled`,
      )
    : pass(`no other ${request.instrument} trade has ${request.units} units`);
}

function reviewExits(rule: Rule, book: OrderBook, request: ExitsChange): RuleResult {
  const { stopLoss, takeProfit, trailingStop } = request;
  const isSetting = [stopLoss, takeProfit, trailingStop].some((exit) => typeof exit === "object");
  if (!isSetting) return notApplicable("adds no exit");
  const twin = tradesOf(book).find(
    ({ id, units }) => id !== request.tradeId && units.equals(request.units),
  );
  if (!twin) return pass(`no other ${request.instrument} trade has ${request.units} units`);
  const detail = `trade ${twin.id} has ${request.units} units as well, so trade ${request.tradeId} may have no stop and no target`;
  if (rule.terms.inconsistent !== "block") return warn(`${detail}; the broker may refuse it`);
  const hint = `Close trade ${request.tradeId} or ${twin.id} in part first, so that their sizes differ.`;
  return blocked(rule, book, { detail, hint });
}

/** A part of a trade is left: its size is new. */
function reviewRest(rule: Rule, book: OrderBook, { closes }: Offset): RuleResult {
  const last = closes.at(-1);
  if (!last || last.units.equals(last.trade.units)) return pass("leaves no part of a trade");
  const rest = last.trade.units.minus(last.units);
  const gone = new Set(closes.map(({ trade }) => trade.id));
  const left = tradesOf(book).filter(({ id }) => !gone.has(id));
  const twins = left.filter(({ units }) => units.equals(rest));
  const twin = hasExits(last.trade) ? twins[0] : twins.find(hasExits);
  if (!twin) return pass(`leaves ${rest} units of trade ${last.trade.id}, a size of its own`);
  const detail = `leaves ${rest} units of trade ${last.trade.id}, as many as trade ${twin.id} has, and with exits`;
  const sizes = sizesNear(rest, left, book.instrument)
    .filter((size) => size.isLessThan(last.trade.units))
    .map((size) => book.request.units.plus(rest).minus(size));
  const hint = `${sizes.join(" or ")} units would pass.`;
  if (rule.terms.inconsistent !== "block") {
    return warn(`${detail}; the broker may cancel it. ${hint}`);
  }
  return blocked(rule, book, { detail, hint });
}

function blocked(
  { source }: Rule,
  { request }: OrderBook,
  { detail, hint }: { readonly detail: string; readonly hint: string },
): RuleResult {
  return {
    outcome: "block",
    code: "COMPLIANCE_FIFO",
    detail,
    message: `The broker would cancel ${request.units} ${request.instrument}: ${detail} (${source}). Nothing was sent.`,
    hint,
  };
}

function tradesOf({ request, state }: OrderBook): readonly Trade[] {
  return state.trades.filter(({ instrument }) => instrument === request.instrument);
}

function hasNewExits({ stopLoss, takeProfit, trailingStop }: AttachedExits): boolean {
  return stopLoss !== null || takeProfit !== null || trailingStop !== null;
}

/** The nearest legal sizes above and below that no trade has. */
function sizesNear(
  size: Decimal,
  trades: readonly Trade[],
  { unitsPrecision, minimumUnits, maximumUnits }: Instrument,
): readonly Decimal[] {
  const taken = new Set(trades.map(({ units }) => units.toString()));
  const step = new Decimal(1n, unitsPrecision);
  const next = (by: Decimal): Decimal | null => {
    let near = size.plus(by);
    while (taken.has(near.toString())) near = near.plus(by);
    const isLegal =
      !near.isLessThan(minimumUnits) && !(maximumUnits && near.isGreaterThan(maximumUnits));
    return isLegal ? near : null;
  };
  return [next(step), next(step.negated())].filter((near) => near !== null);
}
