import { entryTermsOf } from "../../core/entry-order.ts";
import { type Decimal, decimal, type Price } from "../../core/money.ts";
import type { ExitsChange, OpeningTerms } from "../../core/order-request.ts";
import { midOf } from "../../core/quote.ts";
import { type Circumstances, notApplicable, pass, type Rule } from "../check.ts";

const HUNDRED = decimal("100");

/** An order's own prices must lie near the market: a slipped digit is caught here. */
export const priceCollarRule: Rule = {
  id: "risk.priceCollar",
  review: (circumstances) => {
    const prices = ownPrices(circumstances);
    if (prices.length === 0) return notApplicable("the order names no price of its own");
    const { quote, limits } = circumstances;
    const mid = midOf(quote);
    const share = limits.priceCollar.times(HUNDRED);
    const far = prices
      .map(({ name, price }) => ({ name, price, apart: price.minus(mid).abs() }))
      .reduce((left, right) => (right.apart.isGreaterThan(left.apart) ? right : left));
    const detail = `farthest price is ${percentOf(far.apart, mid)} % from the market, allowed ${share} %`;
    if (!far.apart.isGreaterThan(mid.times(limits.priceCollar))) return pass(detail);
    return {
      outcome: "block",
      code: "RISK_LIMIT",
      detail,
      message: `The ${far.name} ${far.price} is more than ${share} % from the market (${mid}). Nothing was sent.`,
      hint: "Check the digits. If it is meant, raise risk.priceCollar.",
    };
  },
};

type Named = { readonly name: string; readonly price: Price };

function ownPrices({ request }: Circumstances): readonly Named[] {
  if (request.kind === "exits") return exitPrices(request);
  if (request.kind === "market") return orderPrices(request, null);
  const entry = entryTermsOf(request);
  if (entry) return orderPrices(entry, entry.price);
  return request.kind === "change" ? named([["price", request.terms.price]]) : [];
}

function orderPrices(terms: OpeningTerms, price: Price | null): readonly Named[] {
  const { stopLoss, takeProfit, priceBound } = terms;
  return named([
    ["price", price],
    ["stop loss", stopLoss?.kind === "price" ? stopLoss.price : null],
    ["take profit", takeProfit],
    ["price bound", priceBound],
  ]);
}

function exitPrices({ stopLoss, takeProfit }: ExitsChange): readonly Named[] {
  const stop = typeof stopLoss === "object" ? stopLoss.set : null;
  return named([
    ["stop loss", stop?.kind === "price" ? stop.price : null],
    ["take profit", typeof takeProfit === "object" ? takeProfit.set : null],
  ]);
}

function named(prices: readonly (readonly [string, Price | null])[]): readonly Named[] {
  return prices.flatMap(([name, price]) => (price ? [{ name, price }] : []));
}

/** Rounded up, so that what is blocked never reads as allowed. */
function percentOf(apart: Decimal, mid: Decimal): string {
  return mid.isZero() ? "infinitely many" : apart.times(HUNDRED).dividedBy(mid, 2, "up").toFixed(2);
}
