import { toPrice } from "../../core/money.ts";
import type { EntryOrderCommand, EntryOrderRequest } from "./commands.ts";
import { dealingNow } from "./dealing.ts";
import { ENTRY_PREFIXES, startEntry } from "./execute-entry.ts";
import { expiryOf } from "./pending.ts";
import type { RejectReason } from "./reasons.ts";
import { type Batch, openBatch, stamp, type Work, write } from "./step.ts";
import { fillableTerms, refusalWithoutPrice, subjectOf } from "./take-orders.ts";
import { sidePrice, triggerSide } from "./trigger.ts";
import type { EntryOrder, EntryOrderTerms, VenueAccount } from "./types.ts";
import { refusalOfEntry } from "./validate.ts";

/** Takes or refuses a limit, stop or if-touched order. */
export function takeEntryOrder(work: Work, command: EntryOrderCommand): void {
  const batch = openBatch(work, command.requestId);
  const refusal = refusalOfRequest(work, command, work.account);
  if (refusal) refuseEntry(work, batch, { request: command, refusal, replaced: null });
  else beginEntry(work, batch, { request: command, replaced: null });
}

/** Why the venue doesn't take the request for an account that is as `account`; null when it does. */
export function refusalOfRequest(
  work: Work,
  request: EntryOrderRequest,
  account: VenueAccount,
): RejectReason | null {
  const instrument = work.venue.feed.instrument(request.instrument);
  if (!instrument) return "INSTRUMENT_UNKNOWN";
  const subject = { ...subjectOf(work, instrument), account };
  return (
    refusalOfEntry(request.type, termsOf(request), subject) ??
    refusalWithoutPrice(work, request.instrument)
  );
}

/** The order that a new one took the place of, and its cancellation. */
type Replaced = { readonly orderId: number; readonly cancelId: number };

/** Makes the order of a request that was accepted. */
export function beginEntry(
  work: Work,
  batch: Batch,
  {
    request,
    replaced,
  }: { readonly request: EntryOrderRequest; readonly replaced: Replaced | null },
): void {
  const terms = termsOf(request);
  const order: EntryOrder = {
    ...terms,
    id: stamp(work, batch).id,
    type: request.type,
    createTime: batch.time,
    expiresAt: expiryOf(terms, batch.time),
    initialMarketPrice: request.type === "market_if_touched" ? currentPrice(work, terms) : null,
    reason: replaced ? "REPLACEMENT" : "CLIENT_ORDER",
    replacesOrderId: replaced?.orderId ?? null,
    maximumFillUnits: request.maximumFillUnits ?? null,
    end: null,
  };
  startEntry(work, batch, { order, cancellingTransactionId: replaced?.cancelId ?? null });
}

export function refuseEntry(
  work: Work,
  batch: Batch,
  {
    request,
    refusal,
    replaced,
  }: {
    readonly request: EntryOrderRequest;
    readonly refusal: RejectReason;
    /** The order that the refused one was to replace. */
    readonly replaced: number | null;
  },
): void {
  write(work, {
    ...stamp(work, batch),
    ...termsOf(request),
    type: `${ENTRY_PREFIXES[request.type]}_REJECT`,
    reason: replaced === null ? "CLIENT_ORDER" : "REPLACEMENT",
    intendedReplacesOrderId: replaced,
    rejectReason: refusal,
  });
}

function termsOf(request: EntryOrderRequest): EntryOrderTerms {
  return {
    ...fillableTerms(request),
    price: request.price,
    timeInForce: request.timeInForce ?? "GTC",
    gtdTime: request.gtdTime ?? null,
    triggerCondition: request.triggerCondition ?? "DEFAULT",
  };
}

/** The price that sets the order off, as it is now. */
function currentPrice(work: Work, { instrument, units, triggerCondition }: EntryOrderTerms) {
  const quote = dealingNow(work, instrument)?.quote;
  const side = triggerSide(triggerCondition, !units.isNegative());
  return quote ? toPrice(sidePrice(quote, side)) : null;
}
