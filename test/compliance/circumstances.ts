import type { Circumstances, Here, RiskLimits } from "../../src/compliance/check.ts";
import { NO_RULES } from "../../src/compliance/rule-set.ts";
import { identityConversion } from "../../src/core/conversion.ts";
import { decimal } from "../../src/core/money.ts";
import type { Trade } from "../../src/core/trade.ts";
import { marketOrder } from "../support/clear-order.ts";
import { EUR_USD } from "../support/instruments.ts";
import { anAccount, aQuote, NOON } from "../support/market.ts";

export const LIMITS: RiskLimits = {
  maxQuoteAgeMs: 60_000,
  maxUnits: decimal("100000"),
  maxNotional: decimal("200000"),
  maxOrdersPerMinute: 60,
  maxDailyLoss: { kind: "amount", amount: decimal("500") },
  maxSpreadPips: decimal("3"),
  priceCollar: decimal("0.05"),
};

type Changes = Partial<Circumstances> & { readonly trades?: readonly Trade[] };

/** Where commands in hints act. */
export const HERE: Here = { connection: "oanda", account: "001", selecting: "-c oanda -a 001" };

/** A market buy of 1000 EUR_USD on a flat account that passes every rule, with parts replaced. */
export function circumstances({ trades = [], ...changes }: Changes = {}): Circumstances {
  return {
    request: marketOrder(),
    instrument: EUR_USD,
    quote: aQuote("1.08000", "1.08010"),
    conversion: identityConversion("USD"),
    state: { account: anAccount(), trades, pendingOrders: [] },
    limits: LIMITS,
    halt: null,
    ordersInLastMinute: 0,
    equityAtDayStart: decimal("10000"),
    now: NOON,
    venue: { hedging: false, fifoSafeguard: false },
    ruleSet: NO_RULES,
    ...changes,
  };
}
