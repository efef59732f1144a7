import { type Decimal, ZERO } from "../../core/money.ts";
import type { AccountFigures } from "../engine/figures.ts";
import type { VenueAccount } from "../engine/types.ts";
import type { GuaranteedStopMode } from "../venue-profile.ts";
import {
  amount,
  type Json,
  NO_AMOUNT,
  optional,
  PERCENT_PLACES,
  userOf,
  type Wire,
} from "./wire.ts";

/** Account without its trades, positions and orders. */
export function summaryJson(wire: Wire, figures: AccountFigures): Json {
  const { account, venue } = wire.ledger;
  return {
    id: account.id,
    alias: account.alias ?? undefined,
    currency: account.currency,
    createdByUserID: userOf(account.id),
    createdTime: wire.time(account.createdTime),
    ...lifetimeJson(account),
    marginRate: optional(account.marginRate, String),
    openTradeCount: account.trades.length,
    openPositionCount: new Set(account.trades.map((trade) => trade.instrument)).size,
    pendingOrderCount: account.orders.length,
    hedgingEnabled: false,
    ...guaranteedJson(venue.profile.guaranteedStops.mode),
    lastOrderFillTimestamp: optional(account.lastFillTime, wire.time),
    ...figuresJson(figures),
    lastTransactionID: String(account.lastTransactionId),
  };
}

/** Whether trades may have guaranteed stops, and what may become of one while the market is open, and while it isn't. */
function guaranteedJson(mode: GuaranteedStopMode): Json {
  if (mode === "DISABLED") return { guaranteedStopLossOrderMode: mode };
  return {
    guaranteedStopLossOrderMode: mode,
    guaranteedStopLossOrderParameters: {
      mutabilityMarketOpen: mode === "REQUIRED" ? "REPLACEABLE" : "CANCELABLE",
      mutabilityMarketHalted: "PRICE_WIDEN_ONLY",
    },
  };
}

/** The account's totals since it was opened. */
export function lifetimeJson(account: VenueAccount): Json {
  return {
    balance: amount(account.balance),
    pl: amount(account.pl),
    resettablePL: amount(account.pl),
    resettablePLTime: "0",
    financing: amount(account.financing),
    commission: amount(account.commission),
    guaranteedExecutionFees: amount(account.guaranteedFees),
    dividendAdjustment: NO_AMOUNT,
  };
}

/** The figures that move with the prices. */
export function figuresJson(figures: AccountFigures): Json {
  const marginUsed = amount(figures.marginUsed);
  const positionValue = amount(figures.positionValue);
  return {
    unrealizedPL: amount(figures.unrealizedPl),
    NAV: amount(figures.nav),
    marginUsed,
    marginAvailable: amount(figures.marginAvailable),
    positionValue,
    marginCloseoutUnrealizedPL: amount(figures.closeoutUnrealizedPl),
    marginCloseoutNAV: amount(figures.closeoutNav),
    marginCloseoutMarginUsed: marginUsed,
    marginCloseoutPercent: figures.closeoutPercent.toFixed(PERCENT_PLACES),
    marginCloseoutPositionValue: positionValue,
    withdrawalLimit: amount(figures.marginAvailable),
    marginCallMarginUsed: marginUsed,
    marginCallPercent: marginCallPercent(figures).toFixed(PERCENT_PLACES),
  };
}

function marginCallPercent({ marginUsed, nav }: AccountFigures): Decimal {
  return nav.isPositive() ? marginUsed.dividedBy(nav, PERCENT_PLACES) : ZERO;
}
