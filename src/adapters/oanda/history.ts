import * as v from "valibot";
import { Failure } from "../../core/failures.ts";
import { addMs, type Instant, msBetween } from "../../core/time.ts";
import type { Transaction } from "../../core/transaction.ts";
import type { TimeSpan } from "../../ports/broker.ts";
import type { AccountReader } from "./api.ts";
import { type LabelBook, toTransactionPage, toTransactions } from "./wire-transactions.ts";
import { compareIds, readWire, wireCount, wireId } from "./wire-values.ts";

/** OANDA lists at most a year at once, and so many transactions a page. */
const LONGEST_SPAN_MS = 365 * 86_400_000;
const PAGE_SIZE = 1000;
const MOST_PAGES = 100_000;

/**
 * The log of a span of time, oldest first, page by page, each transaction once.
 * @throws Failure BROKER_UNAVAILABLE when what comes isn't what the broker has counted.
 */
export async function* readHistory(
  span: TimeSpan,
  read: AccountReader,
): AsyncGenerator<readonly Transaction[]> {
  const book: LabelBook = new Map();
  let newest = "0";
  for (const part of partsOf(span)) {
    const { count, ranges } = await readListing(part, read);
    // Two parts meet in a moment, whose transactions both of them have.
    let seen = 0;
    let partNewest = "0";
    for (const range of ranges) {
      const page = await readRange(range, read);
      const inPart = page.filter(({ id }) => compareIds(id, partNewest) > 0);
      seen += inPart.length;
      partNewest = inPart.at(-1)?.id ?? partNewest;
      const fresh = inPart.filter(({ id }) => compareIds(id, newest) > 0);
      newest = fresh.at(-1)?.id ?? newest;
      if (fresh.length > 0) yield toTransactions(fresh, book);
    }
    if (seen !== count) throw miscounted(part, { count, seen });
  }
}

/** The span in parts that the broker lists at once; each begins where the one before ends. */
function partsOf({ from, to }: TimeSpan): readonly TimeSpan[] {
  const parts: TimeSpan[] = [];
  let start: Instant = from;
  while (msBetween(start, to) > LONGEST_SPAN_MS) {
    const end = addMs(start, LONGEST_SPAN_MS);
    parts.push({ from: start, to: end });
    start = end;
  }
  if (start <= to) parts.push({ from: start, to });
  return parts;
}

type IdRange = { readonly from: string; readonly to: string };
type Listing = { readonly count: number; readonly ranges: readonly IdRange[] };

const listing = v.object({ count: wireCount, pages: v.nullish(v.array(v.string()), []) });

async function readListing({ from, to }: TimeSpan, read: AccountReader): Promise<Listing> {
  const path = `/transactions?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}&pageSize=${PAGE_SIZE}`;
  return read(path, (body) => {
    const { count, pages } = readWire(listing, body, "list of transaction pages");
    if (pages.length > MOST_PAGES) throw unreadablePages();
    const ranges = pages.map(toRange).toSorted((a, b) => compareIds(a.from, b.from));
    return { count, ranges };
  });
}

/** A page is named by a URL: its ids are taken, and never its host. */
function toRange(page: string): IdRange {
  const query = new URLSearchParams(page.slice(page.indexOf("?") + 1));
  const range = { from: query.get("from"), to: query.get("to") };
  const ids = v.safeParse(v.object({ from: wireId, to: wireId }), range);
  if (!ids.success) throw unreadablePages();
  return ids.output;
}

async function readRange({ from, to }: IdRange, read: AccountReader) {
  try {
    const { transactions } = await read(
      `/transactions/idrange?from=${from}&to=${to}`,
      toTransactionPage,
      { isAnswerLarge: true },
    );
    return transactions;
  } catch (error) {
    const isMissing = error instanceof Failure && error.details.status === 404;
    throw isMissing ? missingPage({ from, to }, error) : error;
  }
}

const TRY_AGAIN = "Try again; if it goes on, ask for shorter spans of time.";

function miscounted(
  { from, to }: TimeSpan,
  { count, seen }: { readonly count: number; readonly seen: number },
): Failure {
  return new Failure(
    "BROKER_UNAVAILABLE",
    `OANDA counts ${count} transactions from ${from} to ${to} and gave ${seen}: the history isn't complete.`,
    { hint: TRY_AGAIN, retryable: true, details: { from, to, count, seen } },
  );
}

function missingPage({ from, to }: IdRange, cause: Failure): Failure {
  return new Failure(
    "BROKER_UNAVAILABLE",
    `OANDA has named transactions ${from} to ${to} and doesn't give them: the history isn't complete.`,
    { hint: TRY_AGAIN, retryable: true, details: { from, to }, cause },
  );
}

function unreadablePages(): Failure {
  return new Failure("BROKER_UNAVAILABLE", "OANDA's list of transaction pages can't be read.", {
    hint: "The broker may have changed its interface; look for an update of this program.",
  });
}
