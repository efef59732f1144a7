import type { Side } from "./order.ts";
import type { EntryTerms, ExitTerms, OrderRequest } from "./order-request.ts";
import { entryPrice, type Quote } from "./quote.ts";

/** The terms of the entry that a request places or puts in another's place; null for every other request. */
export function entryTermsOf(request: OrderRequest): EntryTerms | null {
  if (request.kind === "entry") return request;
  return request.kind === "change" && isEntry(request.terms) ? request.terms : null;
}

export function isEntry(terms: EntryTerms | ExitTerms): terms is EntryTerms {
  return terms.type === "limit" || terms.type === "stop" || terms.type === "mit";
}

/**
 * Whether the market is where the order waits for it, so that it executes at once: a limit at the market or beyond it, a
 * stop that the market has passed, a market-if-touched order at the very price.
 */
export function isReached(
  { type, price }: Pick<EntryTerms, "type" | "price">,
  side: Side,
  quote: Quote,
): boolean {
  const market = entryPrice(quote, side);
  const apart = side === "buy" ? price.compare(market) : market.compare(price);
  if (type === "limit") return apart >= 0;
  return type === "stop" ? apart <= 0 : apart === 0;
}
