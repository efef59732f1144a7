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
  /** A size instead of a trade: the customer's request of the rule's second sentence. */
  | { readonly kind: "offset_same_size"; readonly tradeOfSize: number }
  | { readonly kind: "close_trade"; readonly id: number; readonly units: bigint | "all" }
  | {
      readonly kind: "close_position";
      readonly account: string;
      readonly pair: string;
      readonly units: bigint | "all";
    }
  | { readonly kind: "set_exits"; readonly id: number };

export type Opinion = {
  /** `warn`: the rule or the dealer's practice leaves it open, and the dealer's answer is the truth. */
  readonly verdict: "pass" | "warn" | "block";
  readonly reason: Reason | null;
};

export type Reason =
  | "OPPOSITE_POSITION"
  | "NOT_OLDEST_OF_SIZE"
  | "PART_OF_NEWER"
  | "FLIPS"
  | "SAME_SIZE_WITH_EXITS"
  | "REST_OF_SAME_SIZE_WITH_EXITS";

export type Ruling = {
  /** By the NFA's rule. */
  readonly law: Opinion;
  /** By the dealer's safeguard; `pass` where it has none, or where the law forbids it already. */
  readonly house: Opinion;
  /** The trade that has to go first, where the order of closing is what is wrong. */
  readonly instead: number | null;
  /** What closes, in that order, in positive units. */
  readonly closes: readonly { readonly id: number; readonly units: bigint }[];
  /** Signed units of the trade that is opened; zero for none. */
  readonly opens: bigint;
};

/** Whether the dealer has the safeguard of unique sizes. The NFA's rule holds either way. */
export type Dealer = { readonly hasSafeguard: boolean };

const PASS: Opinion = { verdict: "pass", reason: null };

/** What a US dealer may do with `wish`, of all trades that are open. */
export function ruleOn(trades: readonly BookTrade[], wish: Wish, dealer: Dealer): Ruling {
  switch (wish.kind) {
    case "order":
      return ruleOnOrder(trades, wish, dealer);
    case "offset_same_size": {
      const named = find(trades, wish.tradeOfSize);
      const oldest = oldestOfSize(inOrderOfOpening(trades, named.account, named.pair), named);
      return allow([{ id: oldest.id, units: size(oldest.units) }]);
    }
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

type OrderWish = Extract<Wish, { kind: "order" }>;

function ruleOnOrder(trades: readonly BookTrade[], wish: OrderWish, dealer: Dealer): Ruling {
  const book = inOrderOfOpening(trades, wish.account, wish.pair);
  const held = book.reduce((sum, trade) => sum + trade.units, 0n);
  const isOpposite = held !== 0n && held > 0n !== wish.units > 0n;
  if (!isOpposite) {
    if (wish.fill === "reduce_only") return allow([]);
    return { ...allow([], wish.units), house: opinionOnOpening(book, wish, dealer) };
  }
  if (wish.fill === "open_only") return forbid("OPPOSITE_POSITION");
  const { closes, left, rest } = consume(book, size(wish.units));
  // What is left after all trades are closed stands alone in its pair: there is no size to share.
  const opens = wish.fill === "reduce_only" ? 0n : wish.units > 0n ? left : -left;
  const law: Opinion = opens === 0n ? PASS : { verdict: "warn", reason: "FLIPS" };
  return { ...allow(closes, opens), law, house: opinionOnRest(book, { closes, rest }, dealer) };
}

/** The dealer's own example has exits on both; with exits on one of them its practice was seen to vary. */
function opinionOnOpening(
  book: readonly BookTrade[],
  wish: OrderWish,
  { hasSafeguard }: Dealer,
): Opinion {
  if (!hasSafeguard) return PASS;
  let opinion = PASS;
  for (const trade of book) {
    if (size(trade.units) !== size(wish.units)) continue;
    if (trade.hasExits && wish.hasExits)
      return { verdict: "block", reason: "SAME_SIZE_WITH_EXITS" };
    if (trade.hasExits || wish.hasExits)
      opinion = { verdict: "warn", reason: "SAME_SIZE_WITH_EXITS" };
  }
  return opinion;
}

function ruleOnCloseTrade(
  trades: readonly BookTrade[],
  wish: Extract<Wish, { kind: "close_trade" }>,
  dealer: Dealer,
): Ruling {
  const named = find(trades, wish.id);
  const book = inOrderOfOpening(trades, named.account, named.pair);
  const whole = size(named.units);
  const units = wish.units === "all" || wish.units > whole ? whole : wish.units;
  // Of one size only the oldest may go. That holds for a part of it too: plain first in, first out would take an older
  // one, and so would a request by size. No reading of the rule lets the younger one go first.
  const oldest = oldestOfSize(book, named);
  if (oldest.id !== named.id) return { ...forbid("NOT_OLDEST_OF_SIZE"), instead: oldest.id };
  const closes = [{ id: named.id, units }];
  if (units === whole) return allow(closes);
  const rest = { ...named, units: shrink(named.units, units) };
  const house = opinionOnRest(book, { closes, rest }, dealer);
  const first = book[0];
  if (first === undefined || first.id === named.id) return { ...allow(closes), house };
  // A part has no size of its own to ask for, and plain first in, first out would take the oldest: dealers differ.
  const law: Opinion = { verdict: "warn", reason: "PART_OF_NEWER" };
  return { ...allow(closes), law, house, instead: first.id };
}

function ruleOnClosePosition(
  trades: readonly BookTrade[],
  wish: Extract<Wish, { kind: "close_position" }>,
  dealer: Dealer,
): Ruling {
  const book = inOrderOfOpening(trades, wish.account, wish.pair);
  const total = book.reduce((sum, trade) => sum + size(trade.units), 0n);
  const units = wish.units === "all" || wish.units > total ? total : wish.units;
  const { closes, rest } = consume(book, units);
  return { ...allow(closes), house: opinionOnRest(book, { closes, rest }, dealer) };
}

function ruleOnExits(trades: readonly BookTrade[], id: number, { hasSafeguard }: Dealer): Ruling {
  const named = find(trades, id);
  let house = PASS;
  for (const other of inOrderOfOpening(trades, named.account, named.pair)) {
    if (other.id === id || size(other.units) !== size(named.units)) continue;
    if (hasSafeguard) house = { verdict: "warn", reason: "SAME_SIZE_WITH_EXITS" };
  }
  return { ...allow([]), house };
}

type Closes = readonly { readonly id: number; readonly units: bigint }[];

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
function opinionOnRest(
  book: readonly BookTrade[],
  { closes, rest }: { readonly closes: Closes; readonly rest: BookTrade | null },
  { hasSafeguard }: Dealer,
): Opinion {
  if (!hasSafeguard || rest === null) return PASS;
  for (const other of book) {
    if (closes.some(({ id }) => id === other.id)) continue;
    if (size(other.units) !== size(rest.units)) continue;
    if (other.hasExits || rest.hasExits) {
      return { verdict: "warn", reason: "REST_OF_SAME_SIZE_WITH_EXITS" };
    }
  }
  return PASS;
}

function oldestOfSize(book: readonly BookTrade[], named: BookTrade): BookTrade {
  for (const trade of book) if (size(trade.units) === size(named.units)) return trade;
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

function allow(closes: Closes, opens = 0n): Ruling {
  return { law: PASS, house: PASS, instead: null, closes, opens };
}

function forbid(reason: Reason): Ruling {
  return { law: { verdict: "block", reason }, house: PASS, instead: null, closes: [], opens: 0n };
}
