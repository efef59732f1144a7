import * as v from "valibot";
import type { TimeInForce } from "../../core/order.ts";
import { wireDecimal, wirePrice, wireTime } from "./wire-values.ts";

/** An exit that an order attaches when it fills. `guaranteed` is the older way to ask for a guaranteed stop. */
const attached = v.object({
  price: v.nullish(wirePrice),
  distance: v.nullish(wireDecimal),
  guaranteed: v.nullish(v.boolean()),
});

/** What orders and the transactions that make them say of how they wait and what they attach. */
export const termEntries = {
  distance: v.nullish(wireDecimal),
  guaranteed: v.nullish(v.boolean()),
  timeInForce: v.nullish(v.string()),
  gtdTime: v.nullish(wireTime),
  priceBound: v.nullish(wirePrice),
  positionFill: v.nullish(v.string()),
  stopLossOnFill: v.nullish(attached),
  guaranteedStopLossOnFill: v.nullish(attached),
  takeProfitOnFill: v.nullish(attached),
  trailingStopLossOnFill: v.nullish(attached),
};

const terms = v.object(termEntries);
export type WireTerms = v.InferOutput<typeof terms>;

const DURATIONS: Readonly<Record<string, TimeInForce>> = {
  GTC: "GTC",
  GTD: "GTD",
  GFD: "DAY",
  FOK: "FOK",
  IOC: "IOC",
};

/** OANDA's word for how long an order waits. */
export function toDuration(timeInForce: TimeInForce): string {
  return timeInForce === "DAY" ? "GFD" : timeInForce;
}

/** How long it waits in our words; `usual` where the broker doesn't say. */
export function waitingOf({ timeInForce, gtdTime }: WireTerms, usual: TimeInForce) {
  return { timeInForce: DURATIONS[timeInForce ?? ""] ?? usual, expiresAt: gtdTime ?? null };
}

/** What it attaches and how it may fill, in our words. A stop has either a price or a distance. */
export function openingOf(wire: WireTerms) {
  const stop = wire.guaranteedStopLossOnFill ?? wire.stopLossOnFill;
  return {
    stopLoss: stop?.price ?? null,
    stopLossDistance: stop?.price ? null : (stop?.distance ?? null),
    isStopGuaranteed: Boolean(wire.guaranteedStopLossOnFill ?? stop?.guaranteed),
    takeProfit: wire.takeProfitOnFill?.price ?? null,
    trailingStop: wire.trailingStopLossOnFill?.distance ?? null,
    priceBound: wire.priceBound ?? null,
  };
}
