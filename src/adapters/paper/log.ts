import { Failure } from "../../core/failures.ts";
import type { Instant } from "../../core/time.ts";
import type { Transaction } from "../../core/transaction.ts";
import { parseTransaction } from "../../paper/engine/snapshot.ts";
import type { VenueTransaction } from "../../paper/engine/transactions.ts";
import type { TimeSpan } from "../../ports/broker.ts";
import { orderById, tradeById } from "./archive.ts";
import type { Run, Session } from "./session.ts";
import { toTransaction } from "./wire-log.ts";

/** Log entries in one answer. */
const PAGE = 1000;
const ID = /^\d{1,15}$/;

/** Entries after `id` in our words, oldest first, at most a page. */
export function transactionsAfter(session: Session, id: number): readonly Transaction[] {
  return inWords(session, pageAfter(session, id));
}

/** Everything in the log after `id`, as the venue keeps it. */
export function logAfter(session: Session, id: number): readonly VenueTransaction[] {
  const log: VenueTransaction[] = [];
  let page = pageAfter(session, id);
  while (page.length > 0) {
    log.push(...page);
    page = pageAfter(session, page.at(-1)?.id ?? id);
  }
  return log;
}

/** The log of a span of time, oldest first, page by page. */
export async function* readHistory(
  run: Run,
  { from, to }: TimeSpan,
): AsyncGenerator<readonly Transaction[]> {
  let after = run((session) => lastBefore(session, from));
  for (;;) {
    const page = run((session) => {
      const entries = pageAfter(session, after).filter((entry) => entry.time <= to);
      return inWords(session, entries);
    });
    if (page.length === 0) return;
    yield page;
    after = Number(page.at(-1)?.id);
  }
}

/** The id of the newest entry before a moment, 0 where there is none. Ids have no gap, and grow with time. */
function lastBefore(session: Session, moment: Instant): number {
  let [low, high] = [0, session.account.lastTransactionId];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [entry] = session.records.entriesSince(middle - 1, 1);
    if (entry && parseTransaction(entry.body).time < moment) low = middle;
    else high = middle - 1;
  }
  return low;
}

function pageAfter({ records }: Session, id: number): readonly VenueTransaction[] {
  return records.entriesSince(id, PAGE).map((entry) => parseTransaction(entry.body));
}

function inWords(session: Session, entries: readonly VenueTransaction[]): readonly Transaction[] {
  const lookup = {
    order: (orderId: number) => orderById(session, orderId),
    trade: (tradeId: number) => tradeById(session, tradeId),
  };
  return entries.map((entry) => toTransaction(entry, lookup));
}

/** @throws Failure TRANSACTION_NOT_FOUND for what can't be a transaction's id. */
export function toTransactionId(text: string): number {
  if (ID.test(text)) return Number(text);
  throw new Failure("TRANSACTION_NOT_FOUND", `"${text}" isn't a transaction's id.`);
}
