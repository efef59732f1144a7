import { decimal, sumOf } from "../../src/core/money.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import type { JournalIntent } from "./journal.ts";
import type { Step } from "./plan.ts";
import type { Ended } from "./program.ts";
import type { Entry, VenueAccount } from "./venue.ts";

/** A step that was taken, and how its process ended. */
export type Taken = {
  readonly step: Step;
  readonly words: readonly string[];
  readonly ended: Ended;
};

export type Facts = {
  readonly taken: readonly Taken[];
  readonly accounts: readonly VenueAccount[];
  readonly intents: readonly JournalIntent[];
  /** `accounts --json` and `positions --json` of every account. */
  readonly shown: readonly { readonly id: string; readonly balance: string }[];
  readonly positions: readonly {
    readonly account: string;
    readonly instrument: string;
    readonly side: "long" | "short";
    readonly units: string;
  }[];
  readonly isAuditWhole: boolean;
  /** The most requests that reached the venue in any second: OANDA takes a hundred. */
  readonly maxPerSecond: number;
};

const MOST_PER_SECOND = 100;

/** Where the program, its journal and the venue don't agree, or an order was doubled or lost; empty when all is well. */
export function violationsIn(facts: Facts): readonly string[] {
  const books = facts.accounts.map((account) => bookOf(account, facts));
  return [
    ...books.flatMap(doubledIn),
    ...books.flatMap(orphansIn),
    ...books.flatMap(lostIn),
    ...books.flatMap(balanceOf),
    ...facts.taken.flatMap((taken) => toldFalsely(taken, books, againOf(facts.taken))),
    ...(facts.isAuditWhole ? [] : ["the audit trail is broken"]),
    ...(facts.maxPerSecond <= MOST_PER_SECOND
      ? []
      : [`${facts.maxPerSecond} requests in a second`]),
  ];
}

/** An account at the venue beside all that we know of it. */
type Book = {
  readonly account: VenueAccount;
  readonly intents: readonly JournalIntent[];
  /** Orders that somebody asked for, without those that replace another. */
  readonly orders: readonly Entry[];
  readonly replacements: readonly Entry[];
  /** Cancellations that somebody asked for. */
  readonly cancellations: readonly Entry[];
  readonly fills: readonly Entry[];
  readonly facts: Facts;
};

const BY_REQUEST = new Set(["CLIENT_ORDER", "TRADE_CLOSE", "POSITION_CLOSEOUT"]);
const ENTRY_TYPES = /^(MARKET|LIMIT|STOP|MARKET_IF_TOUCHED)_ORDER$/;

function bookOf(account: VenueAccount, facts: Facts): Book {
  const { log } = account;
  const asked = log.filter(
    ({ type, reason = "" }) => ENTRY_TYPES.test(type) && BY_REQUEST.has(reason),
  );
  return {
    account,
    intents: facts.intents.filter((intent) => intent.account === account.id),
    orders: asked,
    replacements: log.filter(
      ({ type, reason }) => ENTRY_TYPES.test(type) && reason === "REPLACEMENT",
    ),
    cancellations: log.filter(
      ({ type, reason }) => type === "ORDER_CANCEL" && reason === "CLIENT_REQUEST",
    ),
    fills: log.filter(({ type }) => type === "ORDER_FILL"),
    facts,
  };
}

const idOf = (entry: Entry) => entry.clientExtensions?.id ?? "";

/** P1: an intent's order is there at most once, and filled at most once. */
function doubledIn({ account, orders, fills, intents }: Book): readonly string[] {
  const twice = (entries: readonly Entry[], id: (entry: Entry) => string, what: string) =>
    [
      ...Map.groupBy(
        entries.filter((entry) => id(entry) !== ""),
        id,
      ),
    ]
      .filter(([, group]) => group.length > 1)
      .map(([each, group]) => `${account.id} ${each} was ${what} ${group.length} times`);
  const closes = intents.filter(({ request }) => request.kind === "close" && request.tradeId);
  const closed = Map.groupBy(
    orders.filter(({ tradeClose }) => tradeClose),
    tradeOf,
  );
  const overClosed = [...closed].filter(
    ([trade, group]) =>
      group.length > closes.filter(({ request }) => request.tradeId === trade).length,
  );
  return [
    ...twice(orders, idOf, "ordered"),
    ...twice(fills, ({ clientOrderID = "" }) => clientOrderID, "filled"),
    ...overClosed.map(([trade]) => `${account.id} trade ${trade} was closed more often than asked`),
  ];
}

const tradeOf = ({ tradeClose }: Entry) => tradeClose?.tradeID ?? "";

/** Everything that was done at the venue was asked for by an intent in the journal. */
function orphansIn({
  account,
  orders,
  replacements,
  cancellations,
  intents,
}: Book): readonly string[] {
  const ids = new Set(intents.map(({ clientOrderId }) => clientOrderId));
  const about = (kind: string) =>
    new Set(
      intents.flatMap(({ request }) => (request.kind === kind ? [request.orderId ?? ""] : [])),
    );
  const trades = new Set(intents.map(({ request }) => request.tradeId ?? ""));
  const changed = about("change");
  const cancelled = about("cancel");
  const orphans = [
    ...orders.filter((order) => !ids.has(idOf(order)) && !trades.has(tradeOf(order) || "-")),
    ...replacements.filter(({ replacesOrderID = "" }) => !changed.has(replacesOrderID)),
    ...cancellations.filter(
      ({ id, orderID = "" }) =>
        !cancelled.has(orderID) && !replacements.some((each) => Number(each.id) === Number(id) + 1),
    ),
  ];
  return orphans.map(({ id, type }) => `${account.id} ${type} ${id} belongs to no intent`);
}

/** P2: every intent has its outcome, and the venue says the same. */
function lostIn(book: Book): readonly string[] {
  return book.intents.flatMap((intent) => {
    const name = `${book.account.id} ${intent.clientOrderId} (${intent.request.kind})`;
    const { state, report, sent, concluded } = intent;
    if (sent !== 1) return [`${name} is ${sent} times in the audit trail as sent`];
    if (concluded === 0) return [`${name} has no conclusion in the audit trail`];
    if (state !== "settled" || !report) return [`${name} is ${state} in the end`];
    return contradictions(report, intent, book).map((what) => `${name}: ${what}`);
  });
}

function contradictions(report: OrderReport, intent: JournalIntent, book: Book): readonly string[] {
  const { request, clientOrderId } = intent;
  const isFilled = report.status === "filled" || report.status === "partially_filled";
  if (isFilled) return wrongFills(report, book);
  if (request.kind === "change" || request.kind === "cancel")
    return wrongChange(report, intent, book);
  const own = book.orders.filter((order) => idOf(order) === clientOrderId);
  const filled = book.fills.filter((fill) => own.some(({ id }) => id === fill.orderID));
  if (report.status === "pending") {
    return own.length === 1 ? [] : [`journaled as pending, and ${own.length} at the venue`];
  }
  if (filled.length > 0) return [`journaled as ${report.status}, and filled at the venue`];
  const isAbsent = report.error?.message.includes("never reached it") ?? false;
  return isAbsent && own.length > 0 ? ["journaled as never sent, and at the venue"] : [];
}

function wrongFills(report: OrderReport, { fills }: Book): readonly string[] {
  return report.fills.flatMap((told) => {
    const fill = fills.find(({ id }) => id === told.transactionId);
    if (!fill) return [`fill ${told.transactionId} isn't at the venue`];
    const isSame =
      isEqual(
        decimal(fill.units ?? "0")
          .abs()
          .toString(),
        told.units,
      ) &&
      isEqual(fill.price, told.price) &&
      isEqual(fill.pl, told.realizedPl);
    return isSame ? [] : [`fill ${told.transactionId} is another one at the venue`];
  });
}

function wrongChange(report: OrderReport, intent: JournalIntent, book: Book): readonly string[] {
  const { kind, orderId } = intent.request;
  const made =
    kind === "change"
      ? book.replacements.filter(({ replacesOrderID }) => replacesOrderID === orderId)
      : book.cancellations.filter((each) => each.orderID === orderId);
  const isDone = report.status === "pending" || report.status === "cancelled";
  if (isDone && made.length !== 1)
    return [`journaled as ${report.status}, and not so at the venue`];
  return [];
}

/** The venue's own sums, the program's and the log's are the same. */
function balanceOf({ account, fills, facts }: Book): readonly string[] {
  const shown = facts.shown.find(({ id }) => id === account.id);
  const sums = fills.flatMap(({ pl, financing, commission, guaranteedExecutionFee }) => [
    ...[pl, financing].map((text) => decimal(text ?? "0")),
    ...[commission, guaranteedExecutionFee].map((text) => decimal(text ?? "0").negated()),
  ]);
  const balance = decimal("100000").plus(sumOf(sums)).toString();
  const wrong = [];
  if (!isEqual(account.balance, balance)) wrong.push(`${account.id} balance isn't its fills' sum`);
  if (!isEqual(shown?.balance, account.balance)) {
    wrong.push(`${account.id} is shown with ${shown?.balance}, and has ${account.balance}`);
  }
  const byInstrument = Map.groupBy(fills, ({ instrument = "" }) => instrument);
  for (const [instrument, group] of byInstrument) {
    const units = sumOf(group.map((fill) => decimal(fill.units ?? "0"))).toString();
    const told = facts.positions.find(
      (each) => each.account === account.id && each.instrument === instrument,
    );
    const toldUnits = told ? `${told.side === "short" ? "-" : ""}${told.units}` : "0";
    const held = account.positions.get(instrument) ?? "0";
    if (!isEqual(units, held) || !isEqual(toldUnits, held)) {
      wrong.push(`${account.id} ${instrument}: ${units} filled, ${held} held, ${toldUnits} shown`);
    }
  }
  return wrong;
}

/** Exit codes that say that nothing was sent, or that nothing is there. */
const NOTHING_SENT = new Set([2, 3, 4, 6, 8, 10]);
const ORDINARY = new Set([0, 2, 4, 5, 6, 7, 8]);

/** Ids that were given to a second command: what isn't there after the first one may be there after the second. */
function againOf(taken: readonly Taken[]): ReadonlySet<string> {
  return new Set(taken.flatMap(({ step }) => (step.kind === "again" ? (step.clientId ?? []) : [])));
}

/** What the program told its user, by exit code and by document, against what the venue has. */
function toldFalsely(
  taken: Taken,
  books: readonly Book[],
  again: ReadonlySet<string>,
): readonly string[] {
  const { step, ended } = taken;
  const book = books[step.account];
  const name = `${taken.words.slice(0, 4).join(" ")} (${step.clientId ?? "no id"}) ended with ${ended.code}`;
  if (!book) return [`${name}: no such account`];
  if (ended.code === null) return step.kill ? [] : [`${name}: it died by itself`];
  if (!ORDINARY.has(ended.code)) return [`${name}: ${ended.stderr.slice(0, 400)}`];
  const said = ended.code === 0 ? toldDone(taken, book) : toldNotDone(taken, book, again);
  return said.map((what) => `${name}: ${what}`);
}

function toldDone({ ended }: Taken, book: Book): readonly string[] {
  const document = JSON.parse(ended.stdout);
  const reports: readonly OrderReport[] = Array.isArray(document) ? document : [document];
  return reports.flatMap((report) => {
    const intent = book.intents.find((each) => each.clientOrderId === report.clientOrderId);
    if (!intent) return [`${report.clientOrderId} isn't in the journal`];
    const isGood = ["filled", "partially_filled", "pending", "cancelled"].includes(report.status);
    if (!isGood) return [`it is told as done, and ${report.status}`];
    return contradictions(report, intent, book);
  });
}

function isToldNaked({ status, stopRefused }: OrderReport): boolean {
  return ["filled", "partially_filled"].includes(status) && stopRefused !== undefined;
}

function toldNotDone(
  { step, ended }: Taken,
  book: Book,
  again: ReadonlySet<string>,
): readonly string[] {
  const lines = ended.stderr.trim().split("\n");
  const error = lines
    .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line).error] : []))
    .at(-1);
  if (!error?.code || !error.message) return [`no error is told: ${ended.stderr.slice(0, 200)}`];
  if (step.clientId === null || again.has(step.clientId)) return [];
  const own = book.orders.filter((order) => idOf(order) === step.clientId);
  const filled = book.fills.filter(({ orderID }) => own.some(({ id }) => id === orderID));
  const isFenced = ended.code === 7 && ended.stdout === "";
  if ((NOTHING_SENT.has(ended.code ?? -1) || isFenced) && own.length > 0) {
    return [`told as not sent (${error.code}), and at the venue as ${own.map(({ id }) => id)}`];
  }
  // Filled without its stop, which the user has to see to: that ends with 5 as well, and says so.
  const isNaked = ended.stdout.startsWith("{") && isToldNaked(JSON.parse(ended.stdout));
  if (ended.code === 5 && filled.length > 0 && !isNaked) {
    return [`told as refused (${error.code}), and filled`];
  }
  const isJournaled = book.intents.some(({ clientOrderId }) => clientOrderId === step.clientId);
  return ended.code === 7 && !isFenced && !isJournaled ? ["unknown, and not in the journal"] : [];
}

function isEqual(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return decimal(left).equals(decimal(right));
}
