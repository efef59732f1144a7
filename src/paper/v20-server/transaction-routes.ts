import { addMs, type Instant } from "../../core/time.ts";
import type { VenueTransaction } from "../engine/transactions.ts";
import {
  type AccountCall,
  type Answer,
  forAccount,
  type Handler,
  lastIdOf,
  noSuch,
  ok,
  outOfRange,
} from "./call.ts";
import { invalidValue, Refusal } from "./errors.ts";
import type { LineStream, LineWriter } from "./line-stream.ts";
import { idOf, listOf, parseId, type Query, requiredIdOf, timeOf } from "./query.ts";
import { reasonText } from "./reasons.ts";
import type { Route } from "./router.ts";
import { parseTransactionFilter } from "./transaction-filter.ts";
import type { Json } from "./wire.ts";
import { transactionJson } from "./wire-transactions.ts";

const TRANSACTIONS = "/v3/accounts/{account}/transactions";

export const TRANSACTION_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: TRANSACTIONS, handler: forAccount(listPages) },
  { method: "GET", path: `${TRANSACTIONS}/idrange`, handler: forAccount(listRange) },
  { method: "GET", path: `${TRANSACTIONS}/sinceid`, handler: forAccount(listSince) },
  { method: "GET", path: `${TRANSACTIONS}/stream`, handler: forAccount(streamTransactions) },
  { method: "GET", path: `${TRANSACTIONS}/{transaction}`, handler: forAccount(showTransaction) },
];

const WEEK_MS = 7 * 86_400_000;
const PAGE_SIZE = 100;
/** The most transactions of one page and of one answer. */
const TRANSACTIONS_MAX = 1000;

/** Answers with links to pages; the transactions themselves are behind them. */
function listPages(call: AccountCall): Answer {
  const { query, ledger, wire } = call;
  const to = timeOf(query, "to") ?? call.now;
  const from = timeOf(query, "from") ?? defaultFrom(call, to);
  if (from > to) throw invalidValue("from");
  const pageSize = pageSizeOf(query);
  const isWanted = parseTransactionFilter(query);
  const found = between(ledger.log, from, to).filter(isWanted);
  const starts = Array.from(
    { length: Math.ceil(found.length / pageSize) },
    (_, page) => page * pageSize,
  );
  return ok(call, {
    from: wire.time(from),
    to: wire.time(to),
    pageSize,
    type: listOf(query, "type"),
    count: found.length,
    pages: starts.map((start) => pageUrl(call, found.slice(start, start + pageSize))),
  });
}

/** A week, or all there is: OANDA's documents say since the creation, its answers show a week. */
function defaultFrom({ ledger }: AccountCall, to: Instant): Instant {
  const weekBefore = addMs(to, -WEEK_MS);
  const { createdTime } = ledger.account;
  return weekBefore > createdTime || createdTime > to ? weekBefore : createdTime;
}

/** The part of the log, whose times ascend, from `from` to `to`. */
function between(
  log: readonly VenueTransaction[],
  from: Instant,
  to: Instant,
): readonly VenueTransaction[] {
  return log.slice(
    firstIndex(log, ({ time }) => time >= from),
    firstIndex(log, ({ time }) => time > to),
  );
}

/** The index of the first entry that passes, where all after it pass too. */
function firstIndex<T>(entries: readonly T[], passes: (entry: T) => boolean): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && passes(entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function pageSizeOf(query: Query): number {
  const pageSize = idOf(query, "pageSize") ?? PAGE_SIZE;
  if (pageSize >= 1 && pageSize <= TRANSACTIONS_MAX) return pageSize;
  const errorCode = "INVALID_PAGESIZE";
  throw new Refusal(400, reasonText(errorCode), { errorCode });
}

function pageUrl({ url, ledger, query }: AccountCall, page: readonly VenueTransaction[]): string {
  const type = query.get("type");
  const filter = type ? `&type=${encodeURIComponent(type)}` : "";
  const range = `from=${page[0]?.id}&to=${page.at(-1)?.id}`;
  return `${url}/v3/accounts/${ledger.id}/transactions/idrange?${range}${filter}`;
}

function showTransaction(call: AccountCall): Answer {
  const id = parseId(call.parameters.get("transaction") ?? "");
  if (id === undefined) throw invalidValue("transactionID");
  const transaction = call.ledger.log[id - 1];
  if (!transaction) return noSuch(call, "NO_SUCH_TRANSACTION");
  return ok(call, { transaction: transactionJson(call.wire, transaction) });
}

function listRange(call: AccountCall): Answer {
  const from = requiredIdOf(call.query, "from");
  const to = requiredIdOf(call.query, "to");
  if (from < 1 || from > to || to > call.ledger.account.lastTransactionId) throw outOfRange();
  return transactionsReply(call, from, to);
}

function listSince(call: AccountCall): Answer {
  const id = requiredIdOf(call.query, "id");
  const last = call.ledger.account.lastTransactionId;
  if (id > last) throw outOfRange();
  return transactionsReply(call, id + 1, last);
}

/** The first thousand wanted ones from id `from` to id `to`: the client asks on from the last it got. */
function transactionsReply(call: AccountCall, from: number, to: number): Answer {
  const isWanted = parseTransactionFilter(call.query);
  const { log } = call.ledger;
  const transactions: Json[] = [];
  for (let id = from; id <= to && transactions.length < TRANSACTIONS_MAX; id += 1) {
    const entry = log[id - 1];
    if (entry && isWanted(entry)) transactions.push(transactionJson(call.wire, entry));
  }
  return ok(call, { transactions });
}

function streamTransactions(call: AccountCall): Answer {
  return { openStream: (lines) => transactionStream(call, lines) };
}

/** Every transaction from now on, in order. The log itself is the queue: a slow reader costs no memory. */
function transactionStream({ ledger, wire, clock }: AccountCall, lines: LineWriter): LineStream {
  let sent = ledger.account.lastTransactionId;
  const pump = () => {
    while (!lines.isBehind()) {
      const next = ledger.log[sent];
      if (!next) return;
      lines.write(transactionJson(wire, next));
      sent = next.id;
    }
  };
  lines.onClose(ledger.onTransactions(pump));
  return {
    pump,
    heartbeat: () => ({
      type: "HEARTBEAT",
      lastTransactionID: lastIdOf(ledger),
      time: wire.time(clock.now()),
    }),
  };
}
