import { type Decimal, decimal, type Price } from "../../core/money.ts";
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

function ownPrices({ request }: Circumstances): readonly { name: string; price: Price }[] {
  if (request.kind !== "market" && request.kind !== "entry") return [];
  const { stopLoss, takeProfit, priceBound } = request;
  return [
    { name: "price", price: request.kind === "entry" ? request.price : null },
    { name: "stop loss", price: stopLoss?.kind === "price" ? stopLoss.price : null },
    { name: "take profit", price: takeProfit },
    { name: "price bound", price: priceBound },
  ].flatMap(({ name, price }) => (price ? [{ name, price }] : []));
}

/** Rounded up, so that what is blocked never reads as allowed. */
function percentOf(apart: Decimal, mid: Decimal): string {
  return mid.isZero() ? "infinitely many" : apart.times(HUNDRED).dividedBy(mid, 2, "up").toFixed(2);
}
