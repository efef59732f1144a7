import type { BookState } from "../../../src/compliance/order-book.ts";
import type { RegionalResult } from "../../../src/compliance/review-order.ts";
import { reviewOrder } from "../../../src/compliance/review-order.ts";
import { type RuleSet, ruleSetOn } from "../../../src/compliance/rule-set.ts";
import type { Region } from "../../../src/core/account.ts";
import { identityConversion } from "../../../src/core/conversion.ts";
import type { Instrument } from "../../../src/core/instrument.ts";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { addMs } from "../../../src/core/time.ts";
import type { Trade } from "../../../src/core/trade.ts";
import { EUR_USD } from "../../support/instruments.ts";
import { anAccount, aQuote, aTrade, NOON } from "../../support/market.ts";

export const TODAY = "2026-11-18";

/** The rules of a region on a day, at an OANDA account without changes. */
export function rulesOf(region: Region, date = TODAY): RuleSet {
  return ruleSetOn({ region, broker: "oanda", changes: [] }, date);
}

/** A flat account with 10000 USD and EUR_USD at 1.1080, with parts replaced. */
export function aBook(changes: Partial<BookState> & { readonly trades?: readonly Trade[] } = {}) {
  const { trades = [], ...rest } = changes;
  const book: BookState = {
    instrument: EUR_USD,
    quote: aQuote("1.10800", "1.10800"),
    conversion: identityConversion("USD"),
    state: { account: anAccount(), trades, pendingOrders: [] },
    venue: { hedging: false, fifoSafeguard: false },
    ...rest,
  };
  return book;
}

/** A pair of two currencies whose broker asks for `marginRate`. */
export function aPair(name: string, marginRate = "0.02"): Instrument {
  const [baseCurrency = "", quoteCurrency = ""] = name.split("_");
  const type = baseCurrency === "XAU" || baseCurrency === "XAG" ? "metal" : "forex";
  const rate = decimal(marginRate);
  return {
    ...EUR_USD,
    name,
    displayName: name,
    type,
    baseCurrency,
    quoteCurrency,
    marginRate: rate,
  };
}

/** T1, T2 and so on, each opened a second after the one before it. */
export function tradeOf(
  number: number,
  units: string,
  changes: Partial<Trade> & { readonly at?: string } = {},
): Trade {
  const { at = "1.10000", ...rest } = changes;
  const [open, now] = [decimal(at), decimal("1.10800")];
  return aTrade({
    id: String(number),
    units: toUnits(decimal(units)),
    openedAt: addMs(NOON, number * 1000),
    openPrice: toPrice(open),
    unrealizedPl: now.minus(open).times(decimal(units)),
    ...rest,
  });
}

export const STOP = { stopLoss: toPrice(decimal("1.05")) };
export const TARGET = { takeProfit: toPrice(decimal("1.25")) };

export function units(text: string) {
  return toUnits(decimal(text));
}

/** What one rule says; a warning begins with the word. */
export function verdictOn(
  rule: string,
  order: OrderRequest,
  { set = rulesOf("US"), ...state }: BookState & { readonly set?: RuleSet },
): RegionalResult {
  const found = reviewOrder(order, state, set).find((result) => result.rule === rule);
  if (!found) throw new Error(`${set.id} has no rule ${rule}`);
  return found;
}

/** `pass`, `block`, `not_applicable`, or `warn`. */
export function wordOf({ outcome, detail }: RegionalResult): string {
  return detail.startsWith("warning: ") ? "warn" : outcome;
}
