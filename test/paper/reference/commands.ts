import { advance, closeAtMarket, fire } from "./advance.ts";
import {
  type Book,
  type EntryAsk,
  type ExitKind,
  isExit,
  type OnFill,
  type Pending,
  type PendingEntry,
  type PendingExit,
  type PositionFill,
  quoteOf,
  type StopAsk,
  type TargetAsk,
  type TrailAsk,
  tradeOf,
  write,
} from "./book.ts";
import { hasTwinNow } from "./fifo.ts";
import { cancel, EXIT_TYPES, type ExitAsk, expiryOf, makeExit, tryFill } from "./fills.ts";
import { isReached, naturalPrice, triggerPrice } from "./rules.ts";

/** What a trader asks for at a moment; every one is legal as such, though it may be too late for it. */
export type Command = { readonly atMs: number } & (
  | { readonly do: "wait" }
  | MarketCommand
  | { readonly do: "entry"; readonly ask: EntryAsk }
  | {
      readonly do: "exit";
      readonly kind: ExitKind;
      readonly tradeId: number;
      readonly instrument: string;
      readonly ask: ExitAsk;
    }
  | {
      readonly do: "exits";
      readonly tradeId: number;
      readonly instrument: string;
      readonly changes: ExitChanges;
    }
  | { readonly do: "replaceEntry"; readonly orderId: number; readonly ask: EntryAsk }
  | { readonly do: "cancel"; readonly orderId: number }
  | { readonly do: "closeTrade"; readonly tradeId: number; readonly units: number | "ALL" }
  | CloseoutCommand
);

export type MarketCommand = {
  readonly do: "market";
  readonly instrument: string;
  readonly units: number;
  readonly force: "FOK" | "IOC";
  readonly bound: number | null;
  readonly positionFill: PositionFill;
  readonly onFill: OnFill;
};

export type CloseoutCommand = {
  readonly do: "closeout";
  readonly instrument: string;
  readonly isLong: boolean;
  readonly units: number | "ALL";
};

/** null cancels; what is absent stays. */
export type ExitChanges = {
  readonly target?: TargetAsk | null | undefined;
  readonly stop?: StopAsk | null | undefined;
  readonly guaranteed?: StopAsk | null | undefined;
  readonly trail?: TrailAsk | null | undefined;
};

const EXIT_ORDER = ["target", "stop", "guaranteed", "trail"] as const;

export function carryOut(book: Book, command: Command): void {
  advance(book, command.atMs);
  const batch = book.lastId + 1;
  switch (command.do) {
    case "wait":
      break;
    case "market":
      market(book, batch, command);
      break;
    case "entry":
      enter(book, batch, { ask: command.ask, reason: "CLIENT_ORDER" });
      break;
    case "exit":
      exit(book, batch, command);
      break;
    case "exits":
      exits(book, batch, command);
      break;
    case "replaceEntry":
      replaceEntry(book, batch, command);
      break;
    case "cancel":
      takeBack(book, batch, command.orderId);
      break;
    case "closeTrade":
      closeTrade(book, batch, command);
      break;
    case "closeout":
      closeout(book, batch, command);
  }
}

function market(book: Book, batch: number, command: MarketCommand): void {
  const { instrument, units, bound, positionFill, onFill } = command;
  const orderId = write(book, batch, { type: "MARKET_ORDER", units, reason: "CLIENT_ORDER" });
  const terms = { instrument, units, bound, positionFill, onFill, tradeId: null, at: null };
  const problem = tryFill(book, { ...terms, orderId, batch, reason: "MARKET_ORDER" });
  if (problem) cancel(book, batch, { id: orderId, reason: problem });
}

const ENTRY_TYPES = {
  limit: "LIMIT_ORDER",
  stop: "STOP_ORDER",
  mit: "MARKET_IF_TOUCHED_ORDER",
} as const;

function enter(
  book: Book,
  batch: number,
  { ask, reason }: { readonly ask: EntryAsk; readonly reason: string },
): void {
  const { kind, price, units, force, instrument, trigger } = ask;
  const id = write(book, batch, { type: ENTRY_TYPES[kind], price, units, reason });
  const initial = triggerPrice(quoteOf(book, instrument), units, trigger);
  const order: PendingEntry = { ...ask, id, expiresMs: expiryOf(book, ask), initial };
  book.orders.push(order);
  if (isReached(book, order)) fire(book, order, batch);
  else if (force === "FOK" || force === "IOC") cancel(book, batch, { id, reason: UNFILLED });
}

/** What an order that can't wait ends with where the price isn't there: the documentation names no other. */
const UNFILLED = "TIME_IN_FORCE_EXPIRED";

function exit(book: Book, batch: number, command: Extract<Command, { do: "exit" }>): void {
  const { kind, tradeId, ask } = command;
  const trade = tradeOf(book, tradeId);
  if (!trade) throw new Error(`no trade ${tradeId}`);
  if (refuseTwin(book, batch, { kind, tradeId })) return;
  // A separate stop's distance is measured from the current price: the ask for a long trade, the bid for a short one.
  const { bid, ask: offer } = quoteOf(book, trade.instrument);
  const from = trade.units > 0 ? offer : bid;
  const order = makeExit(book, batch, { kind, tradeId, ask, reason: "CLIENT_ORDER", from });
  fireIfReached(book, order, batch);
}

/** A US trade may have no exit while another is of its size. */
function refuseTwin(
  book: Book,
  batch: number,
  { kind, tradeId }: { readonly kind: ExitKind; readonly tradeId: number },
): boolean {
  if (!book.rules.isUs || !hasTwinNow(book, tradeId)) return false;
  const type = EXIT_TYPES[kind];
  const reason = `${type}_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD`;
  write(book, batch, { type: `${type}_REJECT`, reason });
  return true;
}

/** One whose price is already passed fills at once; a take-profit that would lose doesn't. */
function fireIfReached(book: Book, order: PendingExit, batch: number): void {
  const trade = tradeOf(book, order.tradeId);
  if (!trade || !book.orders.includes(order) || !isReached(book, order)) return;
  const now = naturalPrice(quoteOf(book, trade.instrument), -trade.units);
  const isLosing = trade.units > 0 ? now < trade.price : now > trade.price;
  if (order.kind === "target" && isLosing) {
    cancel(book, batch, { id: order.id, reason: "LOSING_TAKE_PROFIT" });
  } else {
    fire(book, order, batch);
  }
}

function exits(book: Book, batch: number, command: Extract<Command, { do: "exits" }>): void {
  const { tradeId, changes } = command;
  const first = EXIT_ORDER.find((kind) => changes[kind]);
  if (first && refuseTwin(book, batch, { kind: first, tradeId })) return;
  const old = (kind: ExitKind) =>
    book.orders.find((order) => isExit(order) && order.tradeId === tradeId && order.kind === kind);
  for (const kind of EXIT_ORDER) {
    const order = changes[kind] === null ? old(kind) : undefined;
    if (order) cancel(book, batch, { id: order.id, reason: "CLIENT_REQUEST" });
  }
  const made: PendingExit[] = [];
  for (const kind of EXIT_ORDER) {
    const ask = changes[kind];
    if (!ask) continue;
    const order = old(kind);
    if (order) cancel(book, batch, { id: order.id, reason: "CLIENT_REQUEST_REPLACED" });
    const reason = order ? "REPLACEMENT" : "CLIENT_ORDER";
    made.push(makeExit(book, batch, { kind, tradeId, ask, reason }));
  }
  for (const order of made) fireIfReached(book, order, batch);
}

function replaceEntry(
  book: Book,
  batch: number,
  { orderId, ask }: Extract<Command, { do: "replaceEntry" }>,
): void {
  cancel(book, batch, { id: orderId, reason: "CLIENT_REQUEST_REPLACED" });
  enter(book, batch, { ask, reason: "REPLACEMENT" });
}

function takeBack(book: Book, batch: number, orderId: number): void {
  const order: Pending | undefined = book.orders.find(({ id }) => id === orderId);
  if (order) cancel(book, batch, { id: orderId, reason: "CLIENT_REQUEST" });
  else
    write(book, batch, {
      type: "ORDER_CANCEL_REJECT",
      order: orderId,
      reason: "ORDER_DOESNT_EXIST",
    });
}

function closeTrade(
  book: Book,
  batch: number,
  { tradeId, units }: Extract<Command, { do: "closeTrade" }>,
): void {
  const trade = tradeOf(book, tradeId);
  if (!trade) {
    write(book, batch, { type: "MARKET_ORDER_REJECT", reason: "TRADE_DOESNT_EXIST" });
    return;
  }
  const size = units === "ALL" ? Math.abs(trade.units) : units;
  const signed = -Math.sign(trade.units) * size;
  const { instrument } = trade;
  closeAtMarket(book, { type: "TRADE_CLOSE", instrument, tradeId, units: signed, batch });
}

function closeout(book: Book, batch: number, command: CloseoutCommand): void {
  const { instrument, isLong, units } = command;
  const side = book.trades.filter(
    (trade) => trade.instrument === instrument && trade.units > 0 === isLong,
  );
  const open = side.reduce((sum, trade) => sum + Math.abs(trade.units), 0);
  if (open === 0) {
    write(book, batch, { type: "MARKET_ORDER_REJECT", reason: "CLOSEOUT_POSITION_DOESNT_EXIST" });
    return;
  }
  const signed = (units === "ALL" ? open : Math.min(open, units)) * (isLong ? -1 : 1);
  const type = "POSITION_CLOSEOUT";
  closeAtMarket(book, { type, instrument, tradeId: null, units: signed, batch });
}
