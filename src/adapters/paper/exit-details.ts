import type { AttachedExits, AttachedStop } from "../../core/order-request.ts";
import type { StopLossDetails } from "../../paper/engine/types.ts";

/** How a new exit waits. */
export const UNTIL_CANCELLED = {
  timeInForce: "GTC",
  gtdTime: null,
  clientExtensions: null,
} as const;

/** Where a stop stands, as the venue asks for it. */
export function stopLevel(stop: AttachedStop): Pick<StopLossDetails, "price" | "distance"> {
  return stop.kind === "price"
    ? { price: stop.price, distance: null }
    : { price: null, distance: stop.distance };
}

/** The exits that a new order attaches when it fills. */
export function attachedExits({ stopLoss, takeProfit, trailingStop }: AttachedExits) {
  const stop = stopLoss && { ...UNTIL_CANCELLED, ...stopLevel(stopLoss) };
  return {
    stopLossOnFill: stopLoss?.isGuaranteed ? null : stop,
    guaranteedStopLossOnFill: stopLoss?.isGuaranteed ? stop : null,
    takeProfitOnFill: takeProfit && { ...UNTIL_CANCELLED, price: takeProfit },
    trailingStopOnFill: trailingStop && { ...UNTIL_CANCELLED, distance: trailingStop },
  };
}
