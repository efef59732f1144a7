import type { Instrument } from "../../core/instrument.ts";
import { ONE } from "../../core/money.ts";
import { exemption, notApplicable, pass, type RuleResult } from "../check.ts";
import { marginRateOf } from "../margin.ts";
import type { OrderBook } from "../order-book.ts";
import type { RuleOf } from "../rule-schema.ts";

/** Products that an account of the region may not open a position in. Closing one stays possible. */
export function reviewProductBan(rule: RuleOf<"product-ban">, book: OrderBook): RuleResult {
  const { instrument } = book;
  const exempt = exemption(book);
  if (exempt) return notApplicable(exempt);
  const { unlessFullyPaid } = rule.terms;
  if (!isBarred(rule, instrument)) return notApplicable(`says nothing about ${instrument.name}`);
  if (unlessFullyPaid && !marginRateOf(book).isLessThan(ONE)) {
    return pass(`${instrument.name} is paid in full: no leverage`);
  }
  return {
    outcome: "block",
    code: "COMPLIANCE_INSTRUMENT",
    detail: `${instrument.name} (${instrument.type}) is not for accounts of region ${rule.region}`,
    message: `${instrument.name} may not be traded in an account of region ${rule.region}: ${lower(rule.title)} (${rule.source}). Nothing was sent.`,
    hint: unlessFullyPaid
      ? "Allowed only where the broker asks for the whole value, without leverage. Positions that are open can be closed."
      : "Positions that are open can be closed.",
  };
}

/** Whether the rule is about that instrument. */
export function isBarred(
  { terms: { types, bases } }: RuleOf<"product-ban">,
  instrument: Instrument,
): boolean {
  const base = instrument.name.split("_")[0] ?? instrument.baseCurrency;
  return types?.includes(instrument.type) === true || bases?.has(base) === true;
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
