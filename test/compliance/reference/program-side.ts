import { warningOf } from "../../../src/compliance/check.ts";
import { offsetOf } from "../../../src/compliance/offset.ts";
import { reviewOrder } from "../../../src/compliance/review-order.ts";
import { type RuleSet, ruleSetOn } from "../../../src/compliance/rule-set.ts";
import { identityConversion } from "../../../src/core/conversion.ts";
import { Decimal, decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { addMs } from "../../../src/core/time.ts";
import type { Trade } from "../../../src/core/trade.ts";
import { closeOrder, exitsChange, marketOrder } from "../../support/clear-order.ts";
import { EUR_USD, GBP_USD, USD_JPY } from "../../support/instruments.ts";
import { anAccount, aQuote, aTrade, NOON } from "../../support/market.ts";
import type { Question } from "./books.ts";
import { type BookTrade, inOrderOfOpening, type Wish } from "./us-forex.ts";

/** What the program says of a question, in the words of the reference. */
export type Answer = {
  readonly law: Word;
  readonly house: Word;
  /** The trade that the program names to be closed first. */
  readonly instead: number | null;
  readonly closes: readonly { readonly id: number; readonly units: bigint }[];
  readonly opens: bigint;
};
export type Word = "pass" | "warn" | "block";

/** How the program judges: a defect is planted by giving another. */
export type Review = typeof reviewOrder;

/** Exits of every kind, by size and by id. */
const NEW_EXITS = [
  { stopLoss: { kind: "price", price: toPrice(decimal("0.5")) } },
  { takeProfit: toPrice(decimal("2")) },
  { trailingStop: decimal("0.3") },
] as const;
const EXITS = [
  { stopLoss: toPrice(decimal("0.5")) },
  { takeProfit: toPrice(decimal("2")) },
  { trailingStop: { distance: decimal("0.3"), price: null } },
] as const;
const CONVERSION = identityConversion("USD");
const TRADE = aTrade();
const MOMENTS = Array.from({ length: 8 }, (_, second) => addMs(NOON, second * 1000));
const INSTRUMENTS = { EUR_USD, GBP_USD, USD_JPY };
const BEFORE = /before trade (?<oldest>\d+), which is older|: trade (?<twin>\d+) \(/;
const QUOTE = aQuote("1.00000", "1.00010");
const RULES = forexRules();
const ACCOUNT = anAccount();

/** Asks the program; `review` is its own unless told. */
export function answerOf(question: Question, review: Review = reviewOrder): Answer {
  const { trades, wish, dealer } = question;
  const named = namedBy(trades, wish);
  const request = requestOf(wish, named);
  const state = {
    account: ACCOUNT,
    trades: trades.filter(({ account }) => account === named.account).map(toTrade),
    pendingOrders: [],
  };
  const book = {
    state,
    instrument: INSTRUMENTS[named.pair as keyof typeof INSTRUMENTS],
    quote: QUOTE,
    conversion: CONVERSION,
    venue: { hedging: false, fifoSafeguard: dealer.hasSafeguard },
  };
  const results = review(request, book, RULES);
  const wordsOf = (...rules: readonly string[]) =>
    worst(
      results
        .filter(({ rule }) => rules.includes(rule))
        .map((result) =>
          result.outcome === "block" ? "block" : warningOf(result) ? "warn" : "pass",
        ),
    );
  const fifo = results.find(({ rule }) => rule === "us-fifo");
  const offset = offsetOf({ request, state });
  const opened = offset.opened.isPositive() && wish.kind === "order" ? offset.opened : null;
  return {
    law: wordsOf("us-fifo", "us-hedging"),
    house: wordsOf("us-fifo-safeguard"),
    instead: insteadOf(fifo),
    closes: offset.closes.map(({ trade, units }) => ({
      id: Number(trade.id),
      units: whole(units),
    })),
    opens: opened ? (request.side === "buy" ? whole(opened) : -whole(opened)) : 0n,
  };
}

function forexRules(): RuleSet {
  const set = ruleSetOn({ region: "US", broker: "oanda", changes: [] }, "2026-11-18");
  const asked = ["us-fifo", "us-hedging", "us-fifo-safeguard"];
  return { ...set, rules: set.rules.filter(({ id }) => asked.includes(id)) };
}

type Place = Pick<BookTrade, "account" | "pair" | "units">;

/** Where the wish is about, with the signed units of the trade or the position that it names. */
function namedBy(trades: readonly BookTrade[], wish: Wish): Place {
  if (wish.kind === "order") return wish;
  if (wish.kind === "close_position") {
    const { account, pair } = wish;
    const book = inOrderOfOpening(trades, account, pair);
    return { account, pair, units: book.reduce((sum, trade) => sum + trade.units, 0n) };
  }
  const id = wish.kind === "offset_same_size" ? wish.tradeOfSize : wish.id;
  const trade = trades.find((each) => each.id === id);
  if (!trade) throw new RangeError(`no trade ${id}`);
  return trade;
}

function requestOf(wish: Wish, { account, pair, units }: Place): OrderRequest {
  const common = { account, instrument: pair };
  if (wish.kind === "order") {
    return marketOrder({
      ...common,
      side: units > 0n ? "buy" : "sell",
      units: sizeOf(units),
      ...(wish.hasExits ? NEW_EXITS[Number(sizeOf(units).digits % 3n)] : {}),
      reduceOnly: wish.fill === "reduce_only",
    });
  }
  const closing = { ...common, side: units > 0n ? "sell" : "buy" } as const;
  if (wish.kind === "set_exits") {
    const takeProfit = { set: toPrice(decimal("2")) };
    return exitsChange({ ...closing, tradeId: String(wish.id), units: sizeOf(units), takeProfit });
  }
  if (wish.kind === "offset_same_size") throw new RangeError("the program takes no such request");
  const tradeId = wish.kind === "close_trade" ? String(wish.id) : null;
  const isWhole = wish.units === "all";
  const size = sizeOf(wish.units === "all" ? units : wish.units);
  return closeOrder({ ...closing, tradeId, units: size, isWhole });
}

function toTrade({ id, pair, units, openedAt, hasExits }: BookTrade): Trade {
  return {
    ...TRADE,
    id: String(id),
    instrument: pair,
    direction: units > 0n ? "long" : "short",
    // As `1000` and as `1000.0`: it is the same size.
    units: toUnits(new Decimal(magnitude(units) * (id % 3 === 0 ? 10n : 1n), id % 3 === 0 ? 1 : 0)),
    openedAt: MOMENTS[openedAt] ?? NOON,
    ...(hasExits ? EXITS[id % EXITS.length] : {}),
  };
}

/** The trade that the rule's words name as the one before. */
function insteadOf(fifo: { readonly detail: string } | undefined): number | null {
  const { groups } = BEFORE.exec(fifo?.detail ?? "") ?? {};
  const id = groups?.twin ?? groups?.oldest;
  return id === undefined ? null : Number(id);
}

function worst(words: readonly Word[]): Word {
  return words.includes("block") ? "block" : words.includes("warn") ? "warn" : "pass";
}

function sizeOf(units: bigint) {
  return toUnits(new Decimal(magnitude(units), 0));
}

function magnitude(units: bigint): bigint {
  return units < 0n ? -units : units;
}

function whole(units: Decimal): bigint {
  return BigInt(units.toFixed(0));
}
