import { type Decimal, minimumOf, ONE as ONE_TO_ONE } from "../../core/money.ts";
import {
  actsAtOnce,
  exemption,
  notApplicable,
  openingUnits,
  pass,
  type RuleResult,
  warn,
} from "../check.ts";
import { type LegalRate, legalRate, type MarginRule } from "../legal-rates.ts";
import {
  affordableUnits,
  freeMargin,
  homeValue,
  leverageAfter,
  marginRateOf,
  rateText,
  requiredRate,
} from "../margin.ts";
import type { OrderBook } from "../order-book.ts";
import type { RuleOf } from "../rule-schema.ts";

/**
 * The margin that the law asks for what the order opens. The broker's own rate, where it is higher, is another rule's: what
 * only that one refuses is the broker's margin, and what this one refuses is leverage that nobody may give.
 */
export function reviewMarginRule(rule: MarginRule, book: OrderBook): RuleResult {
  const exempt = exemption(book);
  if (exempt) return notApplicable(exempt);
  const legal = legalRate(rule, book.instrument);
  if (!legal) return notApplicable(`says nothing about ${book.instrument.name}`);
  const { currency } = book.state.account;
  const needed = homeValue(openingUnits(book), book).times(legal.rate);
  const free = freeMargin(book);
  const what = `${rateText(legal.rate)} for ${legal.of}: needs ${upTo(needed)} ${currency}, free ${free.toFixed(2)}`;
  const isEnough = !needed.isGreaterThan(free);
  if (!actsAtOnce(book)) {
    return isEnough
      ? pass(`${what}; it counts when the order fills`)
      : warn(`${what}: as things are, the broker would refuse it when it fills`);
  }
  if (isEnough) return enough(book, legal, `${what}, left ${free.minus(needed).toFixed(2)}`);
  if (rule.enforcement === "warn") return warn(`${what}${doubt(book, legal)}`);
  return {
    outcome: "block",
    code: "COMPLIANCE_LEVERAGE",
    detail: `${what}${leverageText(book)}`,
    message: `${openingUnits(book)} ${book.instrument.name} need ${upTo(needed)} ${currency} of margin at ${rateText(legal.rate)}, which ${rule.source} asks for ${legal.of}, and ${free.toFixed(2)} is free${leverageText(book)}. Nothing was sent.`,
    hint: mostUnits(book, free),
  };
}

/** Less asked by the broker than by a table is told; it is a warning only where the table alone would refuse. */
function enough(book: OrderBook, legal: LegalRate, detail: string): RuleResult {
  const isBelow = marginRateOf(book).isLessThan(legal.rate);
  const isDoubtful = isBelow && legal.rule.enforcement === "warn";
  return pass(`${detail}${leverageText(book)}${isDoubtful ? doubt(book, legal) : ""}`);
}

/** A table that asks more than the broker does may be out of date. */
function doubt(book: OrderBook, { rule }: LegalRate): string {
  return `. The broker asks ${rateText(marginRateOf(book))}: the table of ${rule.validFrom} may be outdated`;
}

/** Most leverage of the user's own choosing. */
export function reviewLeverageCap(rule: RuleOf<"leverage-cap">, book: OrderBook): RuleResult {
  const exempt = exemption(book);
  if (exempt) return notApplicable(exempt);
  const after = leverageAfter(book);
  const { trade, account } = rule.terms;
  if (!after) return notApplicable("the account has no equity");
  const detail = `leverage ${after.trade} of the trade (allowed ${trade ?? "any"}), ${after.account} of the account (allowed ${account ?? "any"})`;
  const isOver =
    (trade && after.trade.isGreaterThan(trade)) ||
    (account && after.account.isGreaterThan(account));
  if (!isOver) return pass(detail);
  return {
    outcome: "block",
    code: "COMPLIANCE_LEVERAGE",
    detail,
    message: `The order would bring ${detail} (${rule.source}: ${rule.id}). Nothing was sent.`,
    hint: `At most ${unitsWithin(book, rule)} units of ${book.instrument.name} would pass now.`,
  };
}

function unitsWithin(book: OrderBook, { terms }: RuleOf<"leverage-cap">): Decimal {
  const { equity, positionValue } = book.state.account;
  const reduced = homeValue(book.request.units.minus(openingUnits(book)), book);
  const rooms = [
    terms.trade?.times(equity),
    terms.account?.times(equity).minus(positionValue.minus(reduced)),
  ].filter((room) => room !== undefined);
  const [first, second = first] = rooms;
  const free = first && second ? minimumOf(first, second) : equity;
  return affordableUnits(book, { free, rate: ONE_TO_ONE });
}

function mostUnits(book: OrderBook, free: Decimal): string {
  const units = affordableUnits(book, { free, rate: requiredRate(book) });
  return `At most ${units} units of ${book.instrument.name} would pass now.`;
}

function leverageText(book: OrderBook): string {
  const after = leverageAfter(book);
  return after
    ? `; leverage ${after.trade} of the trade, ${after.account} of the account after it`
    : "";
}

function upTo(amount: Decimal): string {
  return amount.rounded(2, "up").toFixed(2);
}
