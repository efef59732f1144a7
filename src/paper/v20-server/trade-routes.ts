import type { Decimal } from "../../core/money.ts";
import { accountFigures } from "../engine/figures.ts";
import type { VenueTrade } from "../engine/types.ts";
import { closeTrade } from "../engine/venue.ts";
import { type AccountCall, type Answer, forAccount, type Handler, noSuch, ok } from "./call.ts";
import { decimalOf, isGiven } from "./order-request.ts";
import { numberOf } from "./order-routes.ts";
import { halfOf, orderReply } from "./outcome.ts";
import { pageOf } from "./page.ts";
import { choiceOf } from "./query.ts";
import type { Route } from "./router.ts";
import type { Json } from "./wire.ts";
import { tradeJson } from "./wire-account.ts";

const TRADES = "/v3/accounts/{account}/trades";

export const TRADE_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: TRADES, handler: forAccount(listTrades) },
  { method: "GET", path: "/v3/accounts/{account}/openTrades", handler: forAccount(listOpenTrades) },
  { method: "GET", path: `${TRADES}/{trade}`, handler: forAccount(showTrade) },
  { method: "PUT", path: `${TRADES}/{trade}/close`, handler: forAccount(close) },
];

const STATES = ["OPEN", "CLOSED", "CLOSE_WHEN_TRADEABLE", "ALL"] as const;

function listTrades(call: AccountCall): Answer {
  const state = choiceOf(call.query, "state", { values: STATES, fallback: "OPEN" });
  const page = pageOf(call, tradesIn(call, state), (trade) => trade.instrument);
  return { ...tradesReply(call, page.entries), headers: page.headers };
}

function tradesIn({ ledger }: AccountCall, state: (typeof STATES)[number]): readonly VenueTrade[] {
  if (state === "OPEN") return ledger.account.trades.toReversed();
  if (state === "ALL") return ledger.trades();
  return state === "CLOSED" ? ledger.trades().filter((trade) => trade.closeTime !== null) : [];
}

function listOpenTrades(call: AccountCall): Answer {
  return tradesReply(call, call.ledger.account.trades.toReversed());
}

function tradesReply(call: AccountCall, trades: readonly VenueTrade[]) {
  const figures = accountFigures(call.ledger.venue, call.ledger.account, call.now);
  return ok(call, { trades: trades.map((trade) => tradeJson(call.wire, trade, figures)) });
}

function showTrade(call: AccountCall): Answer {
  const { ledger, wire, now } = call;
  const trade = ledger.trade(call.parameters.get("trade") ?? "");
  if (!trade) return noSuch(call, "NO_SUCH_TRADE");
  const figures = accountFigures(ledger.venue, ledger.account, now);
  return ok(call, { trade: tradeJson(wire, trade, figures) });
}

function close(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const specifier = call.parameters.get("trade") ?? "";
  const trade = ledger.trade(specifier);
  const units = closeUnitsOf(call.body, "units") ?? "ALL";
  const step = ledger.run((venue, account) =>
    closeTrade(venue, account, {
      tradeId: trade?.id ?? numberOf(specifier),
      units,
      at: now,
      requestId,
      ...partialFill(call, trade, units),
    }),
  );
  return orderReply(call, step, 200);
}

function partialFill(call: AccountCall, trade: VenueTrade | undefined, units: Decimal | "ALL") {
  if (!trade || !call.isPartialFill()) return {};
  const places = call.ledger.venue.feed.instrument(trade.instrument)?.unitsPrecision ?? 0;
  return { maximumFillUnits: halfOf(units === "ALL" ? trade.currentUnits : units, places) };
}

/** `ALL` or a number of units; undefined where it wasn't given. @throws Refusal 400 for anything else. */
export function closeUnitsOf(body: Json, name: string): Decimal | "ALL" | undefined {
  if (!isGiven(body[name])) return undefined;
  if (body[name] === "ALL") return "ALL";
  return decimalOf(body, name, "") ?? undefined;
}
