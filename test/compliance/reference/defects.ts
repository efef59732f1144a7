import type { BookState } from "../../../src/compliance/order-book.ts";
import { reviewOrder } from "../../../src/compliance/review-order.ts";
import type { RuleSet } from "../../../src/compliance/rule-set.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { addMs } from "../../../src/core/time.ts";
import type { Trade } from "../../../src/core/trade.ts";
import { NOON } from "../../support/market.ts";
import type { Review } from "./program-side.ts";

/** Mistakes that a program could make, each planted around the real one. */
export const DEFECTS: Readonly<Record<string, Review>> = {
  "no FIFO at all": withRules((rules) => rules.filter(({ check }) => check !== "fifo")),
  "the newest trade counts as the oldest": withTrades((trades) =>
    trades.map((trade) => ({ ...trade, openedAt: mirrored(trade) })),
  ),
  "opening times are ignored": withTrades((trades) =>
    trades.map((trade, index) => ({ ...trade, openedAt: addMs(NOON, index) })),
  ),
  "of one moment, ids are compared as text": withTrades((trades) =>
    [...trades]
      .sort((a, b) =>
        a.openedAt === b.openedAt ? (a.id < b.id ? -1 : 1) : a.openedAt < b.openedAt ? -1 : 1,
      )
      .map((trade, index) => ({ ...trade, openedAt: addMs(NOON, index) })),
  ),
  "trades of other pairs count": (request, state, rules) =>
    withTrades((trades) => trades.map((trade) => ({ ...trade, instrument: request.instrument })))(
      request,
      state,
      rules,
    ),
  "a part of a trade counts as the whole": (request, state, rules) =>
    reviewOrder(request.kind === "close" ? whole(request, state) : request, state, rules),
  "a part of a newer trade is refused": withTerms({ partOfNewer: "block" }),
  "trailing stops are no exits": withTrades((trades) =>
    trades.map((trade) => ({ ...trade, trailingStop: null })),
  ),
  "take profits of the new order are no exits": (request, state, rules) =>
    reviewOrder(
      request.kind === "market" ? { ...request, takeProfit: null } : request,
      state,
      rules,
    ),
  "exits of one of two are refused": withTerms({ inconsistent: "block" }),
  "every dealer has the safeguard": (request, state, rules) =>
    reviewOrder(request, { ...state, venue: { ...state.venue, fifoSafeguard: true } }, rules),
  "the safeguard is forgotten": withRules((rules) =>
    rules.filter(({ check }) => check !== "fifo-safeguard"),
  ),
  "the exits of open trades are never refused": (request, state, rules) =>
    request.kind === "exits" ? [] : reviewOrder(request, state, rules),
};

function withTrades(change: (trades: readonly Trade[]) => readonly Trade[]): Review {
  return (request, state, rules) =>
    reviewOrder(
      request,
      { ...state, state: { ...state.state, trades: change(state.state.trades) } },
      rules,
    );
}

function withRules(change: (rules: RuleSet["rules"]) => RuleSet["rules"]): Review {
  return (request, state, set) => reviewOrder(request, state, { ...set, rules: change(set.rules) });
}

function withTerms(terms: Readonly<Record<string, string>>): Review {
  return withRules((rules) =>
    rules.map((rule) => ({ ...rule, terms: { ...rule.terms, ...terms } }) as typeof rule),
  );
}

function whole(request: Extract<OrderRequest, { kind: "close" }>, { state }: BookState) {
  const units = state.trades.find(({ id }) => id === request.tradeId)?.units;
  return units ? { ...request, units } : request;
}

function mirrored({ openedAt }: Trade) {
  return addMs(NOON, Date.parse(NOON) - Date.parse(openedAt));
}
