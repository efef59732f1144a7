import type { Decimal } from "../../core/money.ts";
import type { VenueQuote } from "../feed/feed.ts";
import type { ExitOrderCommand, ExitOrderRequest } from "./commands.ts";
import { dealingNow } from "./dealing.ts";
import { settleNewExit } from "./execute-exit.ts";
import { EXIT_PREFIXES, type ExitMaking, type ExitPlan, exitPlan, makeExit } from "./exits.ts";
import { findById } from "./orders.ts";
import type { RejectReason } from "./reasons.ts";
import { type Batch, openBatch, stamp, type Work, write } from "./step.ts";
import { subjectOf } from "./take-orders.ts";
import { marketPrice } from "./trigger.ts";
import type { ExitOrder, VenueAccount, VenueTrade } from "./types.ts";
import { refusalOfExit } from "./validate-exit.ts";

/** Takes or refuses an exit of an open trade. */
export function takeExitOrder(work: Work, command: ExitOrderCommand): void {
  const batch = openBatch(work, command.requestId);
  const asked: AskedExit = { ...askedExit(command), replaced: null };
  const found = findExit(work, asked, work.account);
  if (typeof found === "string") {
    refuseExit(work, batch, { asked, refusal: found });
    return;
  }
  settleNewExit(work, beginExit(work, batch, { asked, found }), batch);
}

/** An exit as it is asked for. */
export type AskedExit = {
  readonly plan: ExitPlan;
  readonly tradeId: number;
  /** The order that it is to replace. */
  readonly replaced: ExitOrder | null;
  /** What a stop's distance is measured from: the trade's open price, or the current one. */
  readonly distanceFrom: "open" | "current";
};

/** A trade with its current prices, for which an exit was accepted. */
export type FoundExit = {
  readonly trade: VenueTrade;
  readonly quote: VenueQuote;
  readonly stopFrom: Decimal;
};

/** A request for an exit as an order of its own. */
export function askedExit(request: ExitOrderRequest): Omit<AskedExit, "replaced"> {
  return {
    plan: exitPlan(request.type, request),
    tradeId: request.tradeId,
    distanceFrom: "current",
  };
}

/** What the exit belongs to, or why the venue doesn't take it for an account that is as `account`. */
export function findExit(
  work: Work,
  asked: AskedExit,
  account: VenueAccount,
): FoundExit | RejectReason {
  const trade = findById(account.trades, asked.tradeId);
  if (!trade) return "TRADE_DOESNT_EXIST";
  const dealing = dealingNow(work, trade.instrument);
  if (!dealing) return "INSTRUMENT_PRICE_UNKNOWN";
  const { quote, instrument } = dealing;
  const isLong = !trade.currentUnits.isNegative();
  const stopFrom = asked.distanceFrom === "open" ? trade.price : marketPrice(quote, isLong);
  const subject = { ...subjectOf(work, instrument), account, trade, quote, stopFrom };
  const refusal = refusalOfExit(asked.plan, { ...subject, replaced: asked.replaced });
  return refusal ?? { trade, quote, stopFrom };
}

/** Makes an exit that was accepted. */
export function beginExit(
  work: Work,
  batch: Batch,
  {
    asked,
    found,
    cancelId,
  }: { readonly asked: AskedExit; readonly found: FoundExit; readonly cancelId?: number },
): ExitOrder {
  const origin: ExitMaking["origin"] =
    asked.replaced && cancelId !== undefined
      ? {
          reason: "REPLACEMENT",
          replacesOrderId: asked.replaced.id,
          cancellingTransactionId: cancelId,
        }
      : { reason: "CLIENT_ORDER" };
  return makeExit(work, batch, { ...found, plan: asked.plan, origin });
}

export function refuseExit(
  work: Work,
  batch: Batch,
  {
    asked,
    refusal,
    intended = null,
  }: {
    readonly asked: AskedExit;
    readonly refusal: RejectReason;
    /** The order that the refused one was to replace. */
    readonly intended?: number | null;
  },
): void {
  const { plan, tradeId } = asked;
  const { type, ...terms } = plan;
  write(work, {
    ...stamp(work, batch),
    ...terms,
    type: `${EXIT_PREFIXES[type]}_ORDER_REJECT`,
    tradeId,
    clientTradeId: findById(work.account.trades, tradeId)?.clientExtensions?.id ?? null,
    reason: intended === null ? "CLIENT_ORDER" : "REPLACEMENT",
    orderFillTransactionId: null,
    intendedReplacesOrderId: intended,
    rejectReason: refusal,
  });
}
