import type { OrderOutcome } from "../core/order.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Desk } from "./desk.ts";

/** Pauses between looks, about eight seconds in all: a lost answer is usually in the log at once. */
const LOOK_UP_PAUSES_MS = [0, 250, 500, 1000, 2000, 4000];

/**
 * Looks for an order's outcome in the broker's log, never resending it. null when the log didn't show it in time
 * or couldn't be read: its fate is still open.
 */
export async function lookUpOutcome(
  desk: Desk,
  request: OrderRequest,
  sinceTransactionId: string,
): Promise<OrderOutcome | null> {
  for (const pauseMs of LOOK_UP_PAUSES_MS) {
    if (pauseMs > 0) await desk.clock.sleep(pauseMs);
    const outcome = await readOutcome(desk, request, sinceTransactionId);
    if (outcome && outcome !== "unreadable") return outcome;
  }
  return null;
}

/** What the broker's log says of an order; null when it doesn't hold it. */
export async function readOutcome(
  desk: Desk,
  request: OrderRequest,
  sinceTransactionId: string,
): Promise<OrderOutcome | null | "unreadable"> {
  try {
    return await desk.broker.outcomeOf(request, sinceTransactionId);
  } catch {
    // Whatever went wrong, also a log that the adapter can't make sense of, proves nothing about the order: its
    // fate stays open, and nothing else may fail because of it.
    return "unreadable";
  }
}
