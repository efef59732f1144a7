import type { VenueProfile } from "../venue-profile.ts";
import { exitsOf } from "./pending.ts";
import type { CancelReason } from "./reasons.ts";
import type { FillTransaction } from "./transactions.ts";
import type { VenueAccount, VenueTrade } from "./types.ts";

/** Whether the venue closes same-sized trades oldest first. NFA Compliance Rule 2-43(b): US accounts only. */
export function isFifoVenue({ region }: Pick<VenueProfile, "region">): boolean {
  return region === "US";
}

/** Whether closing (a part of) that trade would overtake an older one of the same instrument and size. */
export function overtakesOlder(account: VenueAccount, trade: VenueTrade): boolean {
  return equalsOf(account, trade).some((other) => other.id < trade.id);
}

/** Whether another open trade of the instrument has the trade's size: then it can't have exits, which might overtake. */
export function hasEqual(account: VenueAccount, trade: VenueTrade): boolean {
  return equalsOf(account, trade).length > 0;
}

/**
 * OANDA's safeguard for US accounts, since 2019-08-16: of two trades of one instrument and size neither may have exits.
 * Why the account that a fill leaves (its orders not yet cancelled) breaks it; null when it doesn't.
 */
export function refusalBySafeguard(
  after: VenueAccount,
  fill: FillTransaction,
  hasExitsOnFill: boolean,
): CancelReason | null {
  const changed = fill.tradeOpened ?? fill.tradeReduced;
  const trade = changed && after.trades.find((candidate) => candidate.id === changed.tradeId);
  if (!trade) return null;
  const isProtected = (each: VenueTrade) => exitsOf(after, each).length > 0;
  const equals = equalsOf(after, trade);
  if (fill.tradeOpened) {
    const isBroken = equals.some((other) => hasExitsOnFill || isProtected(other));
    return isBroken ? "FIFO_VIOLATION_SAFEGUARD_VIOLATION" : null;
  }
  const isBroken = equals.some((other) => isProtected(trade) || isProtected(other));
  return isBroken ? "FIFO_VIOLATION_SAFEGUARD_PARTIAL_CLOSE_VIOLATION" : null;
}

function equalsOf({ trades }: VenueAccount, trade: VenueTrade): readonly VenueTrade[] {
  const size = trade.currentUnits.abs();
  return trades.filter(
    (other) =>
      other.instrument === trade.instrument &&
      other.id !== trade.id &&
      other.currentUnits.abs().equals(size),
  );
}
