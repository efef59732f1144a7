/**
 * A second opinion on US currency accounts, written from the rules' own text and kept apart from the program's code, so that
 * the same mistake isn't made twice. Plain loops over whole numbers; nothing is imported.
 *
 * - NFA Compliance Rule 2-43(b) (Notice I-09-10, in force 2009-05-15): one account and one pair carry no opposite positions;
 *   what is offset goes first in, first out; at the customer's request a transaction of the same size may be offset
 *   although older ones of other sizes exist, and then the oldest of that size.
 * - OANDA's FIFO FAQ (its US division since 2019-08-16), as a switch: an open trade with a take profit, stop loss or trailing
 *   stop has a size that no other trade of the pair has.
 */

export type BookTrade = {
  /** Ascending as trades are opened; decides between trades of one moment. */
  readonly id: number;
  readonly account: string;
  readonly pair: string;
  /** Above zero bought, below zero sold. */
  readonly units: bigint;
  readonly openedAt: number;
  readonly hasExits: boolean;
};

export type Wish =
  | {
      readonly kind: "order";
      readonly account: string;
      readonly pair: string;
      readonly units: bigint;
      readonly hasExits: boolean;
      readonly fill: "reduce_first" | "reduce_only" | "open_only";
    }
  | { readonly kind: "offset_same_size"; readonly tradeOfSize: number }
  | { readonly kind: "close_trade"; readonly id: number; readonly units: bigint | "all" }
  | {
      readonly kind: "close_position";
      readonly account: string;
      readonly pair: string;
      readonly units: bigint | "all";
    }
  | { readonly kind: "set_exits"; readonly id: number };

export type Reason =
  | "OPPOSITE_POSITION"
  | "NOT_OLDEST_OF_SIZE"
  | "PART_OF_NEWER"
  | "SAME_SIZE_WITH_EXITS"
  | "REST_OF_SAME_SIZE_WITH_EXITS"
  | "NOTHING_TO_REDUCE";

export type Ruling = {
  /** `warn`: the rules or the dealer's practice leave it open, and the dealer's answer is the truth. */
  readonly verdict: "pass" | "warn" | "block";
  readonly reason: Reason | null;
  /** The trade that has to go first, where the order of closing is what is wrong. */
  readonly instead: number | null;
  /** What closes, in that order, in positive units. */
  readonly closes: readonly { readonly id: number; readonly units: bigint }[];
  /** Signed units of the trade that is opened; zero for none. */
  readonly opens: bigint;
};

/** Whether the dealer has the safeguard of unique sizes. The NFA's rule holds either way. */
export type Dealer = { readonly hasSafeguard: boolean };

const NOTHING = { closes: [], opens: 0n, instead: null } as const;

/** What a US dealer may do with `wish`, of all trades that are open. */
export function ruleOn(trades: readonly BookTrade[], wish: Wish, dealer: Dealer): Ruling {
  switch (wish.kind) {
    case "order":
      return ruleOnOrder(trades, wish, dealer);
    case "offset_same_size":
      return ruleOnSameSize(trades, wish.tradeOfSize);
    case "close_trade":
      return ruleOnCloseTrade(trades, wish, dealer);
    case "close_position":
      return ruleOnClosePosition(trades, wish, dealer);
    case "set_exits":
      return ruleOnExits(trades, wish.id, dealer);
  }
}

/** The trades of one account and pair, as they come first in, first out. */
export function inOrderOfOpening(
  trades: readonly BookTrade[],
  account: string,
  pair: string,
): readonly BookTrade[] {
  const found: BookTrade[] = [];
  for (const trade of trades) {
    if (trade.account === account && trade.pair === pair) found.push(trade);
  }
  found.sort((a, b) => (a.openedAt === b.openedAt ? a.id - b.id : a.openedAt - b.openedAt));
  return found;
}

function ruleOnOrder(
  trades: readonly BookTrade[],
  wish: Extract<Wish, { kind: "order" }>,
  dealer: Dealer,
): Ruling {
  const book = inOrderOfOpening(trades, wish.account, wish.pair);
  const held = book.reduce((sum, trade) => sum + trade.units, 0n);
  const isOpposite = held !== 0n && held > 0n !== wish.units > 0n;
  if (!isOpposite) {
    if (wish.fill === "reduce_only") return block("NOTHING_TO_REDUCE");
    return open(book, wish, dealer);
  }
  if (wish.fill === "open_only") return block("OPPOSITE_POSITION");
  const { closes, left, rest } = consume(book, size(wish.units));
  // Whatever is left after all trades are closed stands alone in the pair: no size to share.
  const opens = wish.fill === "reduce_only" ? 0n : wish.units > 0n ? left : -left;
  if (dealer.hasSafeguard && rest !== null && sharesSize(survivors(book, closes), rest)) {
    return warn("REST_OF_SAME_SIZE_WITH_EXITS", { closes, opens });
  }
  return { verdict: "pass", reason: null, instead: null, closes, opens };
}

function open(
  book: readonly BookTrade[],
  wish: Extract<Wish, { kind: "order" }>,
  dealer: Dealer,
): Ruling {
  const opens = wish.units;
  if (!dealer.hasSafeguard) return { verdict: "pass", reason: null, ...NOTHING, opens };
  let clash: "none" | "one" | "both" = "none";
  for (const trade of book) {
    if (size(trade.units) !== size(opens)) continue;
    if (trade.hasExits && wish.hasExits) clash = "both";
    else if ((trade.hasExits || wish.hasExits) && clash === "none") clash = "one";
  }
  // The dealer's own example has exits on both; with exits on one of them its practice was seen to vary.
  if (clash === "both") return block("SAME_SIZE_WITH_EXITS");
  if (clash === "one") return warn("SAME_SIZE_WITH_EXITS", { closes: [], opens });
  return { verdict: "pass", reason: null, ...NOTHING, opens };
}

function ruleOnSameSize(trades: readonly BookTrade[], id: number): Ruling {
  const named = find(trades, id);
  const oldest = oldestOfSize(trades, named);
  const closes = [{ id: oldest.id, units: size(oldest.units) }];
  return { verdict: "pass", reason: null, instead: null, closes, opens: 0n };
}

function ruleOnCloseTrade(
  trades: readonly BookTrade[],
  wish: Extract<Wish, { kind: "close_trade" }>,
  dealer: Dealer,
): Ruling {
  const named = find(trades, wish.id);
  const whole = size(named.units);
  const units = wish.units === "all" || wish.units > whole ? whole : wish.units;
  const closes = [{ id: named.id, units }];
  if (units === whole) {
    const oldest = oldestOfSize(trades, named);
    if (oldest.id !== named.id) {
      return { ...block("NOT_OLDEST_OF_SIZE"), instead: oldest.id };
    }
    return { verdict: "pass", reason: null, instead: null, closes, opens: 0n };
  }
  const book = inOrderOfOpening(trades, named.account, named.pair);
  const rest = { ...named, units: shrink(named.units, units) };
  if (dealer.hasSafeguard && sharesSize(survivors(book, closes), rest)) {
    return warn("REST_OF_SAME_SIZE_WITH_EXITS", { closes, opens: 0n });
  }
  const first = book[0];
  if (first !== undefined && first.id !== named.id) {
    return { ...warn("PART_OF_NEWER", { closes, opens: 0n }), instead: first.id };
  }
  return { verdict: "pass", reason: null, instead: null, closes, opens: 0n };
}

function ruleOnClosePosition(
  trades: readonly BookTrade[],
  wish: Extract<Wish, { kind: "close_position" }>,
  dealer: Dealer,
): Ruling {
  const book = inOrderOfOpening(trades, wish.account, wish.pair);
  if (book.length === 0) return block("NOTHING_TO_REDUCE");
  const total = book.reduce((sum, trade) => sum + size(trade.units), 0n);
  const units = wish.units === "all" || wish.units > total ? total : wish.units;
  const { closes, rest } = consume(book, units);
  if (dealer.hasSafeguard && rest !== null && sharesSize(survivors(book, closes), rest)) {
    return warn("REST_OF_SAME_SIZE_WITH_EXITS", { closes, opens: 0n });
  }
  return { verdict: "pass", reason: null, instead: null, closes, opens: 0n };
}

function ruleOnExits(trades: readonly BookTrade[], id: number, dealer: Dealer): Ruling {
  const named = find(trades, id);
  const pass = { verdict: "pass", reason: null, ...NOTHING } as const;
  if (!dealer.hasSafeguard || named.hasExits) return pass;
  for (const other of inOrderOfOpening(trades, named.account, named.pair)) {
    if (other.id === named.id || size(other.units) !== size(named.units)) continue;
    return warn("SAME_SIZE_WITH_EXITS", NOTHING);
  }
  return pass;
}

function consume(book: readonly BookTrade[], units: bigint) {
  const closes: { id: number; units: bigint }[] = [];
  let left = units;
  let rest: BookTrade | null = null;
  for (const trade of book) {
    if (left === 0n) break;
    const part = left < size(trade.units) ? left : size(trade.units);
    closes.push({ id: trade.id, units: part });
    left -= part;
    if (part < size(trade.units)) rest = { ...trade, units: shrink(trade.units, part) };
  }
  return { closes, left, rest };
}

/** Whether the shrunken `rest` now has the size of another trade, with exits on either. */
function sharesSize(others: readonly BookTrade[], rest: BookTrade): boolean {
  for (const other of others) {
    if (size(other.units) === size(rest.units) && (other.hasExits || rest.hasExits)) return true;
  }
  return false;
}

/** The trades of a book that nothing is taken from. */
function survivors(
  book: readonly BookTrade[],
  closes: readonly { readonly id: number }[],
): readonly BookTrade[] {
  return book.filter((trade) => !closes.some((close) => close.id === trade.id));
}

function oldestOfSize(trades: readonly BookTrade[], named: BookTrade): BookTrade {
  for (const trade of inOrderOfOpening(trades, named.account, named.pair)) {
    if (size(trade.units) === size(named.units)) return trade;
  }
  return named;
}

function find(trades: readonly BookTrade[], id: number): BookTrade {
  for (const trade of trades) if (trade.id === id) return trade;
  throw new RangeError(`no trade ${id} in the book`);
}

function size(units: bigint): bigint {
  return units < 0n ? -units : units;
}

function shrink(units: bigint, by: bigint): bigint {
  return units > 0n ? units - by : units + by;
}

function block(reason: Reason): Ruling {
  return { verdict: "block", reason, ...NOTHING };
}

function warn(reason: Reason, effect: Pick<Ruling, "closes" | "opens">): Ruling {
  return { verdict: "warn", reason, instead: null, ...effect };
}
