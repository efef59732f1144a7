import type { RegionalResult } from "../../../src/compliance/review-order.ts";
import { reviewOrder } from "../../../src/compliance/review-order.ts";
import { parseRuleChanges } from "../../../src/compliance/rule-changes.ts";
import { newYorkDate, ruleSetOn } from "../../../src/compliance/rule-set.ts";
import type { BrokerName } from "../../../src/core/connection.ts";
import { type Decimal, decimal, toUnits } from "../../../src/core/money.ts";
import type { MarketOrder, OrderRequest } from "../../../src/core/order-request.ts";
import type { StockStanding } from "../../../src/core/stock-account.ts";
import { marketOrder } from "../../support/clear-order.ts";
import { AAPL } from "../../support/instruments.ts";
import { anAccount, aQuote, aTrade } from "../../support/market.ts";
import { aBook, wordOf } from "../regional/book.ts";
import { newYork } from "./trading-days.ts";

export type Given = Partial<StockStanding> & {
  readonly equity?: Decimal;
  readonly positions?: ReadonlyMap<string, string>;
  readonly order?: Partial<MarketOrder>;
  readonly broker?: BrokerName;
  /** As in compliance.<account>.rules. */
  readonly changes?: string;
};

export type Found = RegionalResult & { readonly word: string };

/** At 15:00 New York of the day, at a price of 10. */
export function judge(did: string, day: string, given: Given = {}): readonly Found[] {
  return judgeAt(did, `${day}T15:00:00`, given);
}

export function judgeAt(
  did: string,
  clock: string,
  { order = {}, ...given }: Given,
): readonly Found[] {
  const [instrument = "", what = ""] = did.split(" ");
  const side = what.startsWith("B") ? "buy" : "sell";
  const units = toUnits(decimal(what.slice(1)));
  return ask(marketOrder({ instrument, side, units, ...order }), clock, given);
}

/** What every rule says; `word` is the outcome, with `warn` for a pass with a warning. */
export function ask(request: OrderRequest, clock: string, told: Given | null): readonly Found[] {
  const given = told ?? {};
  const { equity = decimal("24999.99"), positions = new Map(), ...rest } = given;
  const { broker = "alpaca", changes, ...standing } = rest;
  const trades = [...positions].map(([name, units]) =>
    aTrade({
      instrument: name,
      units: toUnits(decimal(units).abs()),
      direction: decimal(units).isNegative() ? "short" : "long",
    }),
  );
  const book = aBook({
    instrument: { ...AAPL, name: request.instrument },
    quote: aQuote("10", "10", { instrument: request.instrument }),
    state: { account: anAccount({ equity }), trades, pendingOrders: [] },
    stockStanding: told && standingAt(clock, standing),
  });
  const scope = {
    region: "US",
    broker,
    changes: changes === undefined ? [] : parseRuleChanges(changes),
  } as const;
  const rules = ruleSetOn(scope, newYorkDate(newYork(clock)));
  return reviewOrder(request, book, rules).map((result) => ({ ...result, word: wordOf(result) }));
}

/** A margin account of which the broker says little, with parts replaced. */
export function standingAt(clock: string, changes: Partial<StockStanding>): StockStanding {
  return {
    asOf: newYork(clock),
    kind: "margin",
    equityAtLastClose: null,
    maintenanceAtLastClose: null,
    cash: decimal("24999.99"),
    maintenance: decimal("0"),
    isPatternDayTrader: null,
    frozenUntil: null,
    maintenanceRates: new Map(),
    executions: [],
    ...changes,
  };
}

export function found(results: readonly Found[], rule: string): Found | undefined {
  return results.find((result) => result.rule === rule);
}

export function held(units: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(units));
}
