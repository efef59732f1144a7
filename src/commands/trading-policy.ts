import type { Config } from "../config/load.ts";
import { exitDistanceFor } from "../config/schema.ts";
import type { TradingPolicy } from "../trading/desk.ts";

/** The user's limits and default exits, as the configuration has them. */
export function policyOf({ settings }: Config): TradingPolicy {
  const { risk, order } = settings;
  const exits = (type: "forex" | "stock") => ({
    stopLoss: exitDistanceFor("stopLoss", type, settings),
    takeProfit: exitDistanceFor("takeProfit", type, settings),
    trailingStop: exitDistanceFor("trailingStop", type, settings),
  });
  const limits = {
    maxQuoteAgeMs: order.maxQuoteAgeMs,
    maxUnits: risk.maxUnits,
    maxNotional: risk.maxNotional,
    maxOrdersPerMinute: risk.maxOrdersPerMinute,
    maxDailyLoss: risk.maxDailyLoss,
    maxSpreadPips: risk.maxSpreadPips,
    priceCollar: risk.priceCollar,
  };
  const { onStopRefused } = order;
  const { duplicateWindowMs } = risk;
  return {
    limits,
    onStopRefused,
    duplicateWindowMs,
    exits: { pair: exits("forex"), stock: exits("stock") },
  };
}
