import type { Decimal } from "../../core/money.ts";
import { accountFigures } from "../engine/figures.ts";
import type { VenueTrade } from "../engine/types.ts";
import { closeTrade, setTradeExtensions, setTradeOrders } from "../engine/venue.ts";
import { type AccountCall, type Answer, forAccount, type Handler, noSuch, ok } from "./call.ts";
import { missingData } from "./errors.ts";
import { parseTradeOrders } from "./exit-details.ts";
import { decimalOf, extensionsOf, type Fields, isGiven } from "./fields.ts";
import { numberOf } from "./order-routes.ts";
import { halfOf, orderReply, stepReply, writtenNames } from "./outcome.ts";
import { matching, pageOf } from "./page.ts";
import { choiceOf } from "./query.ts";
import type { Route } from "./router.ts";
import { tradeOrderNames } from "./trade-order-names.ts";
import { stateOfTrade, tradeJson, tradeValues } from "./wire-trades.ts";

const ACCOUNT = "/v3/accounts/{account}";
const TRADE = `${ACCOUNT}/trades/{trade}`;

export const TRADE_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: `${ACCOUNT}/trades`, handler: forAccount(listTrades) },
  { method: "GET", path: `${ACCOUNT}/openTrades`, handler: forAccount(listOpenTrades) },
  { method: "GET", path: TRADE, handler: forAccount(showTrade) },
  { method: "PUT", path: `${TRADE}/close`, handler: forAccount(close) },
  { method: "PUT", path: `${TRADE}/orders`, handler: forAccount(setOrders) },
  { method: "PUT", path: `${TRADE}/clientExtensions`, handler: forAccount(setExtensions) },
];

const STATES = ["OPEN", "CLOSED", "CLOSE_WHEN_TRADEABLE", "ALL"] as const;

function listTrades(call: AccountCall): Answer {
  const state = choiceOf(call.query, "state", { values: STATES, fallback: "OPEN" });
  const page = pageOf(call, tradesIn(call, state), (trade) => trade.instrument);
  return { ...tradesReply(call, page.entries), headers: page.headers };
}

function tradesIn({ ledger }: AccountCall, state: (typeof STATES)[number]): Iterable<VenueTrade> {
  if (state === "ALL") return ledger.trades();
  const isWanted = (trade: VenueTrade) => stateOfTrade(trade) === state;
  if (state === "CLOSED") return matching(ledger.trades(), isWanted);
  return ledger.account.trades.toReversed().filter(isWanted);
}

function listOpenTrades(call: AccountCall): Answer {
  return tradesReply(call, call.ledger.account.trades.toReversed());
}

function tradesReply(call: AccountCall, trades: readonly VenueTrade[]) {
  const figures = accountFigures(call.ledger.venue, call.ledger.account, call.now);
  const values = tradeValues(figures);
  return ok(call, { trades: trades.map((trade) => tradeJson(call.wire, trade, values)) });
}

function showTrade(call: AccountCall): Answer {
  const { ledger, wire, now } = call;
  const trade = ledger.trade(call.parameters.get("trade") ?? "");
  if (!trade) return noSuch(call, "NO_SUCH_TRADE");
  const figures = accountFigures(ledger.venue, ledger.account, now);
  return ok(call, { trade: tradeJson(wire, trade, tradeValues(figures)) });
}

function close(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const specifier = call.parameters.get("trade") ?? "";
  const trade = ledger.trade(specifier);
  const units = closeUnitsOf(bodyOf(call), "units") ?? "ALL";
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

function setOrders(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const orders = parseTradeOrders(bodyOf(call));
  if (Object.keys(orders).length === 0) throw missingData();
  const trade = ledger.trade(call.parameters.get("trade") ?? "");
  if (!trade || trade.closeTime !== null) return noSuch(call, "NO_SUCH_TRADE");
  const step = ledger.run((venue, account) =>
    setTradeOrders(venue, account, { tradeId: trade.id, ...orders, at: now, requestId }),
  );
  const names = writtenNames(call, tradeOrderNames(ledger, step));
  return stepReply(call, step, { accepted: 200, names });
}

function setExtensions(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const specifier = call.parameters.get("trade") ?? "";
  const tradeId = ledger.trade(specifier)?.id ?? numberOf(specifier);
  const clientExtensions = extensionsOf(bodyOf(call), "clientExtensions") ?? NO_LABELS;
  const step = ledger.run((venue, account) =>
    setTradeExtensions(venue, account, { tradeId, clientExtensions, at: now, requestId }),
  );
  return orderReply(call, step, 200);
}

const NO_LABELS = { id: null, tag: null, comment: null } as const;

export function bodyOf({ body }: AccountCall): Fields {
  return { record: body, path: "" };
}

/** `ALL` or a number of units; undefined where it wasn't given. @throws Refusal 400 for anything else. */
export function closeUnitsOf(body: Fields, name: string): Decimal | "ALL" | undefined {
  const value = body.record[name];
  if (!isGiven(value)) return undefined;
  if (value === "ALL") return "ALL";
  return decimalOf(body, name) ?? undefined;
}
