import { openingUnits } from "../compliance/check.ts";
import { freeMargin, homeValue, marginNeeded, marginTaken } from "../compliance/margin.ts";
import { type ExpectedCosts, expectedCosts } from "../core/costs.ts";
import { type Decimal, maximumOf, ZERO } from "../core/money.ts";
import type { OrderPreview } from "./place-order.ts";

/** What an order costs and takes, before it is sent; in account currency. */
export type OrderCosts = ExpectedCosts & {
  /** null: no broker tells it before the fill. */
  readonly commission: Decimal | null;
  readonly marginTaken: Decimal;
  readonly marginAvailableAfter: Decimal;
};

const PLACES = 4;

/** Worked out on the view of the market that the order was decided on. */
export function orderCosts({ built, view }: Pick<OrderPreview, "built" | "view">): OrderCosts {
  const { order: request, expected } = built;
  const facts = { ...view, request };
  const opening = openingUnits(facts);
  const rounded = (amount: Decimal) => amount.rounded(PLACES, "half_even");
  return {
    ...expectedCosts({
      side: request.side,
      opening,
      entry: expected.price,
      stop: nearerStop(built),
      quote: view.quote,
      instrument: view.instrument,
      value: homeValue(opening, facts),
      conversion: view.conversion,
    }),
    commission: null,
    marginTaken: rounded(marginTaken(facts)),
    marginAvailableAfter: rounded(maximumOf(ZERO, freeMargin(facts).minus(marginNeeded(facts)))),
  };
}

function nearerStop({ order, expected }: OrderPreview["built"]): Decimal | null {
  const { stopLoss, trailingStop } = expected;
  if (!stopLoss || !trailingStop) return stopLoss ?? trailingStop;
  const isNearer =
    order.side === "buy" ? trailingStop.isGreaterThan(stopLoss) : trailingStop.isLessThan(stopLoss);
  return isNearer ? trailingStop : stopLoss;
}
