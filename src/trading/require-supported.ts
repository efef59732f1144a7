import { Failure } from "../core/failures.ts";
import type { MarketOrder } from "../core/order-request.ts";
import type { Desk } from "./desk.ts";

/**
 * What the broker can't do by itself is neither left out nor imitated.
 * @throws Failure UNSUPPORTED naming the first such part; nothing was sent.
 */
export function requireSupported(order: MarketOrder, { capabilities, profile }: Desk): void {
  const { attachedExits, orderTypes, priceBound, reduceOnly } = capabilities;
  const missing = [
    { part: "market orders", isMissing: !orderTypes.includes("market") },
    { part: "a stop loss", isMissing: order.stopLoss && !attachedExits.includes("stop_loss") },
    {
      part: "a take profit",
      isMissing: order.takeProfit && !attachedExits.includes("take_profit"),
    },
    {
      part: "a trailing stop",
      isMissing: order.trailingStop && !attachedExits.includes("trailing_stop"),
    },
    { part: "a worst price", isMissing: order.priceBound && !priceBound },
    { part: "reduce-only orders", isMissing: order.reduceOnly && !reduceOnly },
  ].find(({ isMissing }) => isMissing);
  if (!missing) return;
  throw new Failure(
    "UNSUPPORTED",
    `The broker of ${profile.name} doesn't take ${missing.part}. Nothing was sent.`,
    { hint: "See what it can do with: tmt-broker accounts capabilities" },
  );
}
