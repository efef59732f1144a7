import { accountFigures } from "../engine/figures.ts";
import { type AccountCall, type Answer, type Call, forAccount, type Handler, ok } from "./call.ts";
import { invalidValue } from "./errors.ts";
import { listOf } from "./query.ts";
import type { Route } from "./router.ts";
import type { Json } from "./wire.ts";
import { positionsJson, summaryJson, tradeSummaryJson } from "./wire-account.ts";
import { instrumentJson } from "./wire-market.ts";
import { orderJson } from "./wire-orders.ts";

export const ACCOUNT_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: "/v3/accounts", handler: listAccounts },
  { method: "GET", path: "/v3/accounts/{account}", handler: forAccount(showAccount) },
  { method: "GET", path: "/v3/accounts/{account}/summary", handler: forAccount(showSummary) },
  {
    method: "GET",
    path: "/v3/accounts/{account}/instruments",
    handler: forAccount(listInstruments),
  },
];

function listAccounts({ ledgers }: Call): Answer {
  const accounts = [...ledgers.keys()].map((id) => ({ id, tags: [] }));
  return { status: 200, body: { accounts } };
}

function showAccount(call: AccountCall): Answer {
  const { wire, ledger } = call;
  const figures = accountFigures(ledger.venue, ledger.account, call.now);
  const account: Json = {
    ...summaryJson(wire, figures),
    trades: ledger.account.trades.map((trade) => tradeSummaryJson(wire, trade, figures)),
    positions: positionsJson(wire, figures),
    orders: ledger.account.orders.map((order) => orderJson(wire, order)),
  };
  return ok(call, { account });
}

function showSummary(call: AccountCall): Answer {
  const figures = accountFigures(call.ledger.venue, call.ledger.account, call.now);
  return ok(call, { account: summaryJson(call.wire, figures) });
}

function listInstruments(call: AccountCall): Answer {
  const { feed, profile } = call.ledger.venue;
  const names = listOf(call.query, "instruments");
  const instruments = names?.map((name) => feed.instrument(name) ?? refuse()) ?? feed.instruments();
  return ok(call, {
    instruments: instruments.map((instrument) => instrumentJson(instrument, profile)),
  });
}

function refuse(): never {
  throw invalidValue("instruments");
}
