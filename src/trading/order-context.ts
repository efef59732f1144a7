import type { Check } from "../compliance/check.ts";
import type { ReviewRecord } from "../compliance/review.ts";
import type { Price } from "../core/money.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Quote } from "../core/quote.ts";
import type { SignalClaim } from "../ports/journal.ts";
import type { Desk } from "./desk.ts";
import type { AccountView } from "./market-view.ts";

/** All that is known of one request on its road; a report is made of it at any point. */
export type OrderContext = {
  readonly desk: Desk;
  readonly request: OrderRequest;
  readonly view: AccountView & { readonly quote?: Quote };
  /** What it should fill at: an entry's own price, or the market's; null for what isn't to be filled. */
  readonly expectedPrice: Price | null;
  readonly checks: readonly Check[];
  /** How it claims the signal that it names. */
  readonly claim?: SignalClaim;
  /** Which rules were asked, and on what numbers: for the audit log. */
  readonly review: ReviewRecord;
};
