import type { BookedRow } from "../core/history-row.ts";
import { type Decimal, ZERO } from "../core/money.ts";
import { positionsOf } from "../core/position.ts";
import type { Instant } from "../core/time.ts";
import type { AccountState } from "../ports/broker.ts";
import type { HistoryStore } from "../ports/history.ts";
import { type BookTrade, HistoryBook, isSameMoney } from "./history-book.ts";
import { type SyncDesk, type SyncOptions, syncHistory } from "./sync-history.ts";

/** One thing that our record and the broker's don't agree on; null where one of them doesn't have it. */
export type DriftItem = {
  readonly kind: "order" | "trade" | "position" | "balance";
  /** The order's or trade's id, the instrument, or the transaction's id. */
  readonly id: string;
  readonly instrument: string | null;
  readonly ours: string | null;
  readonly brokers: string | null;
};

export type Reconciliation = {
  readonly connection: string;
  readonly account: string;
  /** The transaction up to which both were compared. */
  readonly through: string;
  /** False where the history doesn't reach back to the account's beginning: then only the balance was compared. */
  readonly isWhole: boolean;
  readonly compared: {
    readonly orders: number;
    readonly trades: number;
    readonly positions: number;
  };
  readonly drift: readonly DriftItem[];
};

/**
 * Brings the history up to date, and compares what it adds up to with the broker's own view of the same moment.
 * @throws Failure as syncHistory does.
 */
export async function reconcileHistory(
  desk: SyncDesk,
  store: HistoryStore,
  options: SyncOptions,
): Promise<Reconciliation> {
  const state = await desk.broker.state();
  const { connection, account, beginsAt } = await syncHistory(desk, store, options);
  const through = state.account.lastTransactionId;
  const prunedBefore = (await store.progress({ connection, account }))?.prunedBefore ?? null;
  const book = await readBook(store.bookings({ connection, account }), { through, prunedBefore });
  const isWhole = (beginsAt === null || beginsAt === prunedBefore) && book.unclear === 0;
  const drift = [
    ...(isWhole ? compareBooks(book, state) : []),
    ...compareBalance(book, state, isWhole),
  ];
  const { trades, pendingOrders } = state;
  const positions = positionsOf(trades).length;
  const compared = isWhole
    ? { orders: pendingOrders.length, trades: trades.length, positions }
    : { orders: 0, trades: 0, positions: 0 };
  return { connection, account, through, isWhole, compared, drift };
}

async function readBook(
  batches: AsyncIterable<readonly BookedRow[]>,
  { through, prunedBefore }: { readonly through: string; readonly prunedBefore: Instant | null },
): Promise<HistoryBook> {
  const book = new HistoryBook();
  for await (const rows of batches) {
    for (const row of rows) {
      if (isAfter(row.id, through)) continue;
      if (prunedBefore !== null && row.time < prunedBefore) book.carry(row);
      else book.add(row);
    }
  }
  return book;
}

/** Ids of other kinds than numbers don't tell; then all that is known counts. */
function isAfter(id: string, through: string): boolean {
  if (!/^\d+$/.test(id) || !/^\d+$/.test(through)) return false;
  return BigInt(id) > BigInt(through);
}

function compareBooks(book: HistoryBook, state: AccountState): readonly DriftItem[] {
  return [
    ...compareMaps("order", ordersOf(book), brokersOrders(state)),
    ...compareMaps("trade", tradesOf(book), brokersTrades(state)),
    ...compareMaps("position", netOf([...book.trades.values()]), netOf(state.trades)),
  ];
}

type Line = { readonly instrument: string | null; readonly text: string };
type Lines = ReadonlyMap<string, Line>;

function compareMaps(kind: DriftItem["kind"], ours: Lines, brokers: Lines): readonly DriftItem[] {
  const ids = [...new Set([...ours.keys(), ...brokers.keys()])];
  return ids.flatMap((id) => {
    const [own, other] = [ours.get(id), brokers.get(id)];
    if (own?.text === other?.text) return [];
    const instrument = own?.instrument ?? other?.instrument ?? null;
    return [{ kind, id, instrument, ours: own?.text ?? null, brokers: other?.text ?? null }];
  });
}

function ordersOf({ orders }: HistoryBook): Lines {
  return new Map([...orders].map(([id, { instrument }]) => [id, { instrument, text: "pending" }]));
}

function brokersOrders({ pendingOrders }: AccountState): Lines {
  return new Map(
    pendingOrders.map(({ orderId, instrument }) => [orderId, { instrument, text: "pending" }]),
  );
}

function tradesOf({ trades }: HistoryBook): Lines {
  return new Map([...trades].map(([id, trade]) => [id, lineOf(trade)]));
}

function brokersTrades({ trades }: AccountState): Lines {
  return new Map(trades.map((trade) => [trade.id, lineOf(trade)]));
}

function lineOf({ instrument, direction, units }: BookTrade): Line {
  return { instrument, text: `${direction} ${units}` };
}

/** Open units of each instrument and direction. */
function netOf(trades: readonly BookTrade[]): Lines {
  const sums = new Map<string, BookTrade>();
  for (const { instrument, direction, units } of trades) {
    const key = `${instrument} ${direction}`;
    const sum: Decimal = (sums.get(key)?.units ?? ZERO).plus(units);
    sums.set(key, { instrument, direction, units: sum });
  }
  return new Map([...sums].map(([key, trade]) => [key, lineOf(trade)]));
}

function compareBalance(
  book: HistoryBook,
  { account }: AccountState,
  isWhole: boolean,
): readonly DriftItem[] {
  // A history that begins later doesn't know the balance that it began with.
  const misfits = isWhole ? book.misfits : book.misfits.slice(1);
  const items = misfits.map(({ id, expected, balance }) => ({
    ...BALANCE,
    id,
    ours: expected.toString(),
    brokers: balance.toString(),
  }));
  const ours = book.balance ?? ZERO;
  if (isSameMoney(ours, account.balance)) return items;
  const now = { ...BALANCE, id: account.lastTransactionId };
  return [...items, { ...now, ours: ours.toString(), brokers: account.balance.toString() }];
}

const BALANCE = { kind: "balance", instrument: null } as const;
