import type { Order, OrderOutcome } from "../../src/core/order.ts";
import type {
  CloseOrder,
  EntryOrder,
  MarketOrder,
  OrderRequest,
} from "../../src/core/order-request.ts";
import type { Quote } from "../../src/core/quote.ts";
import { closingSide, type Trade } from "../../src/core/trade.ts";
import { clearOrder } from "../support/clear-order.ts";
import { filled, only, pending, required, units } from "./answers.ts";
import { quoteOf } from "./market.ts";
import { closeRequest, entryRequest, marketRequest } from "./requests.ts";
import type { BrokerUnderTest } from "./subject.ts";

export function send(subject: BrokerUnderTest, request: OrderRequest): Promise<OrderOutcome> {
  return subject.broker.place(clearOrder(request), { signal: neverAborted() });
}

/** Sends with a signal that was aborted before. */
export function sendStopped(
  subject: BrokerUnderTest,
  request: OrderRequest,
): Promise<OrderOutcome> {
  return subject.broker.place(clearOrder(request), { signal: AbortSignal.abort() });
}

/** Sends, and asks `beforeLeaving` right before. */
export function sendAsking(
  subject: BrokerUnderTest,
  request: OrderRequest,
  beforeLeaving: () => void,
): Promise<OrderOutcome> {
  return subject.broker.place(clearOrder(request), { signal: neverAborted(), beforeLeaving });
}

export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** Places a market order. */
export function place(subject: BrokerUnderTest, changes: Partial<MarketOrder> = {}) {
  return send(subject, marketRequest(subject, changes));
}

/** Opens a trade with a market order, and gives the trade. */
export async function open(
  subject: BrokerUnderTest,
  changes: Partial<MarketOrder> = {},
): Promise<Trade> {
  const { openedTradeId } = filled(await place(subject, changes));
  const { trades } = await subject.broker.state();
  return only(trades.filter((trade) => trade.id === openedTradeId));
}

/** Places an order that waits, and gives it as the broker keeps it. */
export async function wait(
  subject: BrokerUnderTest,
  changes: Partial<EntryOrder> = {},
): Promise<Order> {
  const outcome = await send(subject, await entryRequest(subject, changes));
  return required(await subject.broker.order(pending(outcome).orderId));
}

export async function close(subject: BrokerUnderTest, changes: Partial<CloseOrder>) {
  return send(subject, closeRequest(subject, changes));
}

export async function closeWhole(
  subject: BrokerUnderTest,
  trades: readonly Trade[],
): Promise<void> {
  for (const { id, direction, units: size } of trades) {
    const side = closingSide(direction);
    await close(subject, { side, tradeId: id, units: size, isWhole: true });
  }
}

const QUOTE_TRIES = 10;

/** Places at a moment when the price stands still, so that the fill can be compared with the quote. */
export async function placeAtQuote(
  subject: BrokerUnderTest,
  changes: Partial<MarketOrder>,
): Promise<{ quote: Quote; outcome: OrderOutcome }> {
  for (let attempt = 0; attempt < QUOTE_TRIES; attempt += 1) {
    const before = await quoteOf(subject);
    const outcome = await place(subject, changes);
    const after = await quoteOf(subject);
    const isStill = before.bid.equals(after.bid) && before.ask.equals(after.ask);
    if (isStill) return { quote: before, outcome };
    await closeWhole(subject, (await subject.broker.state()).trades);
  }
  throw new Error(`the price moved during each of ${QUOTE_TRIES} orders`);
}

const MOST_LARGE_ORDERS = 10;

/** Places large orders until the margin is used up, and returns the first that was refused. */
export async function placeUntilRefused(subject: BrokerUnderTest) {
  for (let count = 0; count < MOST_LARGE_ORDERS; count += 1) {
    const since = await newest(subject);
    const request = marketRequest(subject, { units: units(subject.largeUnits) });
    const outcome = await send(subject, request);
    if ("rejection" in outcome) return { request, outcome, since, filledBefore: count };
  }
  throw new Error(`${MOST_LARGE_ORDERS} orders of ${subject.largeUnits} were all filled`);
}

/** The account's newest transaction. */
export async function newest({ broker }: BrokerUnderTest): Promise<string> {
  return (await broker.state()).account.lastTransactionId;
}

export async function sizes({ broker }: BrokerUnderTest): Promise<Record<string, string>> {
  const { trades } = await broker.state();
  return Object.fromEntries(trades.map((trade) => [trade.id, trade.units.toString()]));
}
