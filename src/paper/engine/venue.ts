import type { Instant } from "../../core/time.ts";
import { takeConfiguration } from "./account.ts";
import type {
  CancelOrderCommand,
  CommandContext,
  ConfigureCommand,
  EntryOrderCommand,
  ExitOrderCommand,
  MarketOrderCommand,
  OrderExtensionsCommand,
  PositionCloseoutCommand,
  ReplaceOrderCommand,
  TradeCloseCommand,
  TradeExtensionsCommand,
  TradeOrdersCommand,
} from "./commands.ts";
import { runTo } from "./run-to.ts";
import { finishWork, startWork, type Venue, type VenueStep, type Work } from "./step.ts";
import { takeEntryOrder } from "./take-entry.ts";
import { takeExitOrder } from "./take-exit.ts";
import { takeOrderExtensions, takeTradeExtensions } from "./take-extensions.ts";
import { takeMarketOrder, takePositionCloseout, takeTradeClose } from "./take-orders.ts";
import { takeCancel, takeReplacement } from "./take-replace.ts";
import { takeTradeOrders } from "./take-trade-orders.ts";
import type { VenueAccount } from "./types.ts";

export type { Venue, VenueStep } from "./step.ts";

/**
 * Lets everything happen that falls between the account's `processedTo` and `to`, in order of time: exits, expiry,
 * financing, margin close-out. Every command below does this first, with its own `at`.
 */
export function advance(venue: Venue, account: VenueAccount, to: Instant): VenueStep {
  return step({ venue, account, command: { at: to } }, () => undefined);
}

/** Own batch: MARKET_ORDER + ORDER_FILL + exits, MARKET_ORDER + ORDER_CANCEL, or MARKET_ORDER_REJECT. */
export function placeMarketOrder(
  venue: Venue,
  account: VenueAccount,
  command: MarketOrderCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeMarketOrder(work, command));
}

/**
 * Closes one trade, wholly or in part. Own batch as of a market order; the rejection of a close without a trade has
 * an empty instrument.
 */
export function closeTrade(
  venue: Venue,
  account: VenueAccount,
  command: TradeCloseCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeTradeClose(work, command));
}

/** Closes one side of an instrument's position, oldest trades first. Own batch as of a market order. */
export function closePosition(
  venue: Venue,
  account: VenueAccount,
  command: PositionCloseoutCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takePositionCloseout(work, command));
}

/**
 * Places a limit, stop or if-touched order. Own batch: LIMIT_ORDER, STOP_ORDER or MARKET_IF_TOUCHED_ORDER; where it can
 * be filled at once, or must be and can't, then ORDER_FILL + exits, or ORDER_CANCEL. Refused: only the type's _REJECT.
 */
export function placeEntryOrder(
  venue: Venue,
  account: VenueAccount,
  command: EntryOrderCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeEntryOrder(work, command));
}

/**
 * Places an exit of an open trade. Own batch: the order; where its price is already passed, then ORDER_FILL, or
 * ORDER_CANCEL of a take-profit that would lose. Refused: only the type's _REJECT.
 */
export function placeExitOrder(
  venue: Venue,
  account: VenueAccount,
  command: ExitOrderCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeExitOrder(work, command));
}

/**
 * Puts a new order of the same type in the place of a pending one. Own batch: ORDER_CANCEL of the old one
 * (CLIENT_REQUEST_REPLACED), then as of placing the new one. Refused: the new order's _REJECT alone, and the old one
 * stays; ORDER_CANCEL_REJECT where there is no old one.
 */
export function replaceOrder(
  venue: Venue,
  account: VenueAccount,
  command: ReplaceOrderCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeReplacement(work, command));
}

/**
 * Makes, replaces or cancels exits of a trade, all or none of them. Own batch: ORDER_CANCEL of those to cancel; then exit
 * by exit (take-profit, stop-loss, guaranteed stop, trailing stop) ORDER_CANCEL of the old one and the new one; then
 * the fill of one whose price is already passed. Empty where there was nothing to do. Refused: only the _REJECT or
 * ORDER_CANCEL_REJECT of the first part that isn't taken.
 */
export function setTradeOrders(
  venue: Venue,
  account: VenueAccount,
  command: TradeOrdersCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeTradeOrders(work, command));
}

/** Changes a pending order's labels. Own batch: ORDER_CLIENT_EXTENSIONS_MODIFY, or its _REJECT. */
export function setOrderExtensions(
  venue: Venue,
  account: VenueAccount,
  command: OrderExtensionsCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeOrderExtensions(work, command));
}

/** Changes an open trade's labels. Own batch: TRADE_CLIENT_EXTENSIONS_MODIFY, or its _REJECT. */
export function setTradeExtensions(
  venue: Venue,
  account: VenueAccount,
  command: TradeExtensionsCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeTradeExtensions(work, command));
}

/** Cancels a pending order. Own batch: ORDER_CANCEL, or ORDER_CANCEL_REJECT. */
export function cancelOrder(
  venue: Venue,
  account: VenueAccount,
  command: CancelOrderCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeCancel(work, command));
}

/** Changes the alias or the margin rate. Own batch: CLIENT_CONFIGURE, or CLIENT_CONFIGURE_REJECT. */
export function configureAccount(
  venue: Venue,
  account: VenueAccount,
  command: ConfigureCommand,
): VenueStep {
  return step({ venue, account, command }, (work) => takeConfiguration(work, command));
}

type Start = {
  readonly venue: Venue;
  readonly account: VenueAccount;
  readonly command: CommandContext;
};

/** Advances the account to the command's time, then lets `act` carry out the command. */
function step({ venue, account, command }: Start, act: (work: Work) => void): VenueStep {
  const work = startWork(venue, account);
  runTo(work, command.at);
  const ownFrom = work.transactions.length;
  act(work);
  return finishWork(work, ownFrom);
}
