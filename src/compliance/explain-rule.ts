import { effectiveLeverage } from "../core/account.ts";
import type { Instrument } from "../core/instrument.ts";
import { decimal, toUnits } from "../core/money.ts";
import type { MarketOrder } from "../core/order-request.ts";
import { positionsOf } from "../core/position.ts";
import { hasExits } from "../core/trade.ts";
import { stockRuleNow } from "./explain-stock-rule.ts";
import { legalRate, type MarginRule } from "./legal-rates.ts";
import { affordableUnits, freeMargin, marginRateOf, rateText, requiredRate } from "./margin.ts";
import { oldestFirst } from "./offset.ts";
import type { BookState, OrderBook } from "./order-book.ts";
import type { ActiveRule } from "./rule-schema.ts";
import type { RuleSet } from "./rule-set.ts";
import { isBarred } from "./rules/product-ban.ts";

/** An account, what can be traded in it, and one instrument to reckon with. */
export type Picture = BookState & {
  readonly ruleSet: RuleSet;
  readonly instruments: readonly Instrument[];
};

/** More names than that are told by their number. */
const MOST_NAMES = 6;
const BOUNDLESS = decimal("1000000000000");

/** What a rule comes to in this account now, in numbers. */
export function ruleNow(rule: ActiveRule, picture: Picture): string {
  if (rule.enforcement === "off") return "switched off in your configuration";
  switch (rule.check) {
    case "fifo":
      return fifoNow(picture);
    case "hedging":
      return picture.venue.hedging
        ? "this broker would open an order against your position beside it: blocked"
        : "this broker nets an order against your position";
    case "fifo-safeguard":
      return safeguardNow(picture);
    case "currency-margin":
    case "class-margin":
      return marginNow(rule, picture);
    case "product-ban":
      return bannedNow(rule, picture);
    case "leverage-cap":
      return `leverage ${effectiveLeverage(picture.state.account)} of the account now, allowed ${rule.terms.account ?? "any"}; of one trade ${rule.terms.trade ?? "any"}`;
    case "pattern-day-trader":
    case "intraday-margin":
    case "margin-minimum":
      return stockRuleNow(rule, picture);
    case "notice":
      return marginLevel(picture);
  }
}

/** The most units that a buy of the picture's instrument could have now, by the broker's margin and every rule's. */
export function mostUnitsNow(picture: Picture) {
  const book = probeOf(picture);
  return affordableUnits(book, { free: freeMargin(book), rate: requiredRate(book) });
}

function fifoNow({ state }: Picture): string {
  const positions = positionsOf(state.trades);
  if (positions.length === 0) return "nothing is open";
  const next = positions.map(({ instrument, trades }) => {
    const [first] = oldestFirst(trades);
    return `${instrument}: ${trades.length} open, trade ${first?.id} (${first?.units}) closes first`;
  });
  return listed(next, "; ");
}

function safeguardNow({ state, venue }: Picture): string {
  if (!venue.fifoSafeguard) return "this broker has no such house rule";
  const sizes = positionsOf(state.trades).map(({ instrument, trades }) => {
    const own = trades.map((trade) => `${trade.units}${hasExits(trade) ? " with exits" : ""}`);
    return `${instrument}: ${listed(own, ", ")}`;
  });
  return sizes.length === 0 ? "nothing is open: any size" : `sizes in use: ${listed(sizes, "; ")}`;
}

function marginNow(rule: MarginRule, picture: Picture): string {
  const { instrument } = picture;
  const legal = legalRate(rule, instrument);
  if (!legal)
    return `says nothing about ${instrument.name}; the broker asks ${rateText(marginRateOf(picture))}`;
  return `${instrument.name}: ${rateText(legal.rate)} for ${legal.of}; the broker asks ${rateText(marginRateOf(picture))}; at most ${mostUnitsNow(picture)} units now`;
}

function bannedNow(
  rule: Extract<ActiveRule, { check: "product-ban" }>,
  { instruments }: Picture,
): string {
  const barred = instruments.filter(
    (instrument) => rule.products.includes(instrument.type) && isBarred(rule, instrument),
  );
  if (barred.length === 0) return "concerns nothing that this broker offers";
  return `concerns ${listed(
    barred.map(({ name }) => name),
    ", ",
  )}`;
}

function marginLevel({ state }: Picture): string {
  const { equity, marginUsed, currency, marginCloseoutPercent } = state.account;
  const closeout = marginCloseoutPercent.times(decimal("100")).toFixed(1);
  return `equity ${equity.toFixed(2)} ${currency}, margin used ${marginUsed.toFixed(2)}: ${closeout} % of the way to the broker's close-out`;
}

function listed(texts: readonly string[], separator: string): string {
  const more = texts.length - MOST_NAMES;
  const shown = texts.slice(0, MOST_NAMES).join(separator);
  return more > 0 ? `${shown}${separator}and ${more} more` : shown;
}

/** A buy of anything there is, to see how much of it would pass. */
function probeOf(picture: Picture): OrderBook {
  const request: MarketOrder = {
    kind: "market",
    clientOrderId: "probe",
    account: picture.state.account.id,
    instrument: picture.instrument.name,
    side: "buy",
    units: toUnits(picture.instrument.maximumUnits ?? BOUNDLESS),
    origin: { signalId: null, agent: null, comment: null },
    stopLoss: null,
    takeProfit: null,
    trailingStop: null,
    priceBound: null,
    reduceOnly: false,
    timeInForce: "FOK",
  };
  return { ...picture, request };
}
