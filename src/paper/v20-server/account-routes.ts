import { accountFigures } from "../engine/figures.ts";
import { configureAccount } from "../engine/venue.ts";
import {
  type AccountCall,
  type Answer,
  type Call,
  forAccount,
  type Handler,
  lastIdOf,
  ok,
} from "./call.ts";
import { invalidValue } from "./errors.ts";
import { decimalOf, textOf } from "./fields.ts";
import { rejectedReply, rejectReasonOf } from "./outcome.ts";
import { listOf } from "./query.ts";
import type { Route } from "./router.ts";
import type { Json } from "./wire.ts";
import { summaryJson } from "./wire-account.ts";
import { instrumentJson } from "./wire-market.ts";
import { orderJson } from "./wire-orders.ts";
import { positionsJson } from "./wire-positions.ts";
import { tradeSummaryJson, tradeValues } from "./wire-trades.ts";
import { transactionJson } from "./wire-transactions.ts";

export const ACCOUNT_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: "/v3/accounts", handler: listAccounts },
  { method: "GET", path: "/v3/accounts/{account}", handler: forAccount(showAccount) },
  { method: "GET", path: "/v3/accounts/{account}/summary", handler: forAccount(showSummary) },
  {
    method: "GET",
    path: "/v3/accounts/{account}/instruments",
    handler: forAccount(listInstruments),
  },
  { method: "PATCH", path: "/v3/accounts/{account}/configuration", handler: forAccount(configure) },
];

function listAccounts({ ledgers }: Call): Answer {
  const accounts = [...ledgers.keys()].map((id) => ({ id, tags: [] }));
  return { status: 200, body: { accounts } };
}

function showAccount(call: AccountCall): Answer {
  const { wire, ledger } = call;
  const figures = accountFigures(ledger.venue, ledger.account, call.now);
  const values = tradeValues(figures);
  const account: Json = {
    ...summaryJson(wire, figures),
    trades: ledger.account.trades.map((trade) => tradeSummaryJson(wire, trade, values)),
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

function configure(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const body = { record: call.body, path: "" };
  const alias = textOf(body, "alias");
  const marginRate = decimalOf(body, "marginRate");
  const step = ledger.run((venue, account) =>
    configureAccount(venue, account, { alias, marginRate, at: now, requestId }),
  );
  const [transaction] = step.own;
  const json = transaction && transactionJson(call.wire, transaction);
  const reason = rejectReasonOf(step);
  if (reason === undefined) return ok(call, { clientConfigureTransaction: json });
  const rejected = { clientConfigureRejectTransaction: json, lastTransactionID: lastIdOf(ledger) };
  return rejectedReply(reason, rejected);
}
