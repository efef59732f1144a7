import type { ClientExtensions, MarketOrderTerms } from "./types.ts";

/** What all closing orders have in common: all or nothing, and they never open. Instrument and units are added to it. */
export function closingTerms(
  clientExtensions: ClientExtensions | null,
): Omit<MarketOrderTerms, "instrument" | "units"> {
  return {
    timeInForce: "FOK",
    priceBound: null,
    positionFill: "REDUCE_ONLY",
    takeProfitOnFill: null,
    stopLossOnFill: null,
    guaranteedStopLossOnFill: null,
    trailingStopOnFill: null,
    clientExtensions,
    tradeClientExtensions: null,
    tradeClose: null,
    positionCloseout: null,
    delayedTradeClose: null,
  };
}
