import type { EntryOrder, MarketOrder, OrderRequest } from "../core/order-request.ts";
import { leastAgeMs } from "../core/time.ts";
import type { Intent } from "../ports/journal.ts";
import type { Desk } from "./desk.ts";
import { hasNeverLeft } from "./place-signal.ts";

/** An order like another that left a moment ago. */
export type Twin = { readonly intent: Intent; readonly ageMs: number };

/** More orders than these in one window are no slip of a hand. */
const RECENT = 100;

/**
 * The newest order within `risk.duplicateWindow` that asked for the same: instrument, side, size, type and price. One
 * that provably never left is none. null where there is none.
 */
export async function readTwin(desk: Desk, order: MarketOrder | EntryOrder): Promise<Twin | null> {
  const nowMs = desk.clock.monotonicMs();
  const recent = await desk.journal.recent(desk.profile.name, desk.account.id, RECENT);
  for (const intent of recent) {
    const ageMs = leastAgeMs(intent.createdMonotonicMs, nowMs);
    if (ageMs > desk.policy.duplicateWindowMs) continue;
    if (isSame(intent.request, order) && !hasNeverLeft(intent)) return { intent, ageMs };
  }
  return null;
}

function isSame(left: OrderRequest, right: MarketOrder | EntryOrder): boolean {
  const isAlike =
    left.kind === right.kind &&
    left.instrument === right.instrument &&
    left.side === right.side &&
    left.units.equals(right.units);
  if (!isAlike || left.kind !== "entry" || right.kind !== "entry") return isAlike;
  return left.type === right.type && left.price.equals(right.price);
}
