import { warningOf } from "../../src/compliance/check.ts";
import { offsetOf } from "../../src/compliance/offset.ts";
import type { BookState } from "../../src/compliance/order-book.ts";
import { reviewOrder } from "../../src/compliance/review-order.ts";
import type { RuleSet } from "../../src/compliance/rule-set.ts";
import { identityConversion } from "../../src/core/conversion.ts";
import { type Decimal, decimal, toPrice, toUnits, wholeNumber } from "../../src/core/money.ts";
import { type OrderOutcome, oppositeSide, type Side } from "../../src/core/order.ts";
import type { OrderRequest } from "../../src/core/order-request.ts";
import type { Quote } from "../../src/core/quote.ts";
import { closingSide, type Trade } from "../../src/core/trade.ts";
import type { Broker } from "../../src/ports/broker.ts";
import type { Random } from "../simulation/random.ts";
import {
  clearOrder,
  closeOrder,
  entryOrder,
  exitsChange,
  marketOrder,
} from "../support/clear-order.ts";
import { EUR_USD, GBP_USD } from "../support/instruments.ts";

/** One request of a random trader, what the program said of it, and what the venue then did. */
export type Step = {
  readonly request: OrderRequest;
  readonly said: "pass" | "warn" | "block";
  readonly did: "accepted" | "refused for FIFO" | "refused otherwise";
  /** Trades that the program expected to close or shrink, and those that did; empty unless it was filled. */
  readonly expected: readonly string[];
  readonly closed: readonly string[];
  readonly words: string;
};

const FIFO_RULES = ["us-fifo", "us-hedging", "us-fifo-safeguard"];
const SIZES = [500, 1000, 1500] as const;
const INSTRUMENTS = { EUR_USD, GBP_USD } as const;
type Pair = keyof typeof INSTRUMENTS;

/** Sends everything, also what the program would block: only so can it be seen to be wrong in both directions. */
export async function playSession(
  broker: Broker,
  random: Random,
  rest: { readonly steps: number; readonly rules: RuleSet; readonly venue: BookState["venue"] },
): Promise<readonly Step[]> {
  const { quotes } = await broker.quotes(["EUR_USD", "GBP_USD"]);
  const steps: Step[] = [];
  for (let number = 0; number < rest.steps; number += 1) {
    const state = await broker.state();
    const request = drawRequest(random, { trades: state.trades, quotes });
    const book = { ...bookOf(request, quotes), state, venue: rest.venue };
    const results = reviewOrder(request, book, rest.rules).filter(({ rule }) =>
      FIFO_RULES.includes(rule),
    );
    const isBlocked = results.some(({ outcome }) => outcome === "block");
    const isWarned = results.some((result) => warningOf(result) !== null);
    const outcome = await broker.place(clearOrder(request), {
      signal: AbortSignal.timeout(10_000),
    });
    const isFilled = outcome.status === "filled";
    steps.push({
      request,
      said: isBlocked ? "block" : isWarned ? "warn" : "pass",
      did: deedOf(outcome),
      expected: isFilled ? offsetOf({ request, state }).closes.map(({ trade }) => trade.id) : [],
      closed: isFilled ? outcome.closedTradeIds : [],
      words: results.map(({ rule, detail }) => `${rule}: ${detail}`).join("; "),
    });
  }
  return steps;
}

function bookOf({ instrument }: OrderRequest, quotes: readonly Quote[]) {
  const quote = quotes.find((each) => each.instrument === instrument);
  if (!quote) throw new Error(`no quote of ${instrument}`);
  const known = INSTRUMENTS[instrument as Pair];
  return { instrument: known, quote, conversion: identityConversion("USD") };
}

function deedOf(outcome: OrderOutcome): Step["did"] {
  if (outcome.status !== "rejected" && outcome.status !== "cancelled") return "accepted";
  return /FIFO/.test(outcome.rejection.brokerCode) ? "refused for FIFO" : "refused otherwise";
}

type Scene = { readonly trades: readonly Trade[]; readonly quotes: readonly Quote[] };

function drawRequest(random: Random, scene: Scene): OrderRequest {
  const trade = scene.trades[random.between(0, scene.trades.length - 1)];
  const kind = random.weighted({ order: 6, entry: 2, close: 5, position: 1, exits: 3 });
  if (!trade || kind === "order" || kind === "entry") return drawEntry(random, kind, scene);
  const { instrument, direction } = trade;
  const common = { instrument, side: closingSide(direction) };
  if (kind === "exits") return drawExits(random, trade);
  if (kind === "close") {
    return closeOrder({ ...common, tradeId: trade.id, units: drawPart(random, trade.units) });
  }
  const whole = scene.trades
    .filter((each) => each.instrument === instrument)
    .reduce((sum, { units }) => sum.plus(units), decimal("0"));
  const units = drawPart(random, whole);
  return closeOrder({ ...common, tradeId: null, units, isWhole: units.equals(whole) });
}

/** Against what is open as often as with it; an entry's price is one that the market has reached. */
function drawEntry(random: Random, kind: string, { trades, quotes }: Scene): OrderRequest {
  const instrument = random.chance(0.8) ? "EUR_USD" : "GBP_USD";
  const held = trades.find((trade) => trade.instrument === instrument);
  const along: Side = held ? oppositeSide(closingSide(held.direction)) : random.pick("buy", "sell");
  const side = random.chance(0.8) ? along : oppositeSide(along);
  const units = toUnits(wholeNumber(random.pick(...SIZES) + (random.chance(0.15) ? 250 : 0)));
  const exits = random.chance(0.4) ? exitOf(random, side) : {};
  const reduceOnly = random.chance(0.1);
  const common = { instrument, side, units, reduceOnly, ...exits };
  if (kind !== "entry") return marketOrder(common);
  const quote = quotes.find((each) => each.instrument === instrument);
  const price = toPrice(decimal(side === "buy" ? "1.5" : "1"));
  return quote ? entryOrder({ ...common, price }) : marketOrder(common);
}

function exitOf(random: Random, side: Side) {
  const isBuy = side === "buy";
  return random.pick(
    { stopLoss: { kind: "price", price: toPrice(decimal(isBuy ? "0.8" : "1.9")) } } as const,
    { takeProfit: toPrice(decimal(isBuy ? "1.9" : "0.8")) },
    { trailingStop: decimal("0.3") },
  );
}

function drawExits(random: Random, trade: Trade): OrderRequest {
  const side = closingSide(trade.direction);
  const common = { instrument: trade.instrument, side, tradeId: trade.id, units: trade.units };
  const target = toPrice(decimal(trade.direction === "long" ? "1.8" : "0.9"));
  const isTaken = trade.takeProfit !== null && random.chance(0.5);
  return exitsChange({ ...common, takeProfit: isTaken ? "remove" : { set: target } });
}

function drawPart(random: Random, whole: Decimal) {
  const part = wholeNumber(random.pick(500, 500, 1000, 250));
  return toUnits(random.chance(0.5) && part.isLessThan(whole) ? part : whole);
}
