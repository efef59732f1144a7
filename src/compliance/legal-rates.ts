import type { Instrument } from "../core/instrument.ts";
import { type Decimal, maximumOf } from "../core/money.ts";
import type { Terms } from "./rule-checks.ts";
import type { RuleOf } from "./rule-schema.ts";
import type { RuleSet } from "./rule-set.ts";

export type MarginRule = RuleOf<"currency-margin"> | RuleOf<"class-margin">;
/** A margin rate that a rule asks for, and for what: `GBP`, `major pairs`. */
export type LegalRate = { readonly rule: MarginRule; readonly rate: Decimal; readonly of: string };

/** What every rule of margin asks for an instrument; rules that are off and other products' aren't among them. */
export function legalRates(
  { rules }: Pick<RuleSet, "rules">,
  instrument: Instrument,
): readonly LegalRate[] {
  return rules.flatMap((rule) => {
    const isMargin = rule.check === "currency-margin" || rule.check === "class-margin";
    const rate = isMargin && rule.enforcement !== "off" ? legalRate(rule, instrument) : null;
    return rate ? [rate] : [];
  });
}

/** What one rule asks for an instrument; null where it says nothing about it. */
export function legalRate(rule: MarginRule, instrument: Instrument): LegalRate | null {
  if (!rule.products.includes(instrument.type)) return null;
  return rule.check === "currency-margin"
    ? byCurrency(rule, instrument)
    : byClass(rule, instrument);
}

/** Of two currencies with different rates the higher one counts. NFA Notice I-23-08. */
function byCurrency(rule: RuleOf<"currency-margin">, instrument: Instrument): LegalRate | null {
  const { baseCurrency, quoteCurrency } = instrument;
  const base = currencyRate(rule.terms, baseCurrency);
  const quote = currencyRate(rule.terms, quoteCurrency);
  if (!base || !quote) {
    const only = base ?? quote;
    return only && { rule, rate: only, of: base ? baseCurrency : quoteCurrency };
  }
  const of = base.equals(quote)
    ? `${baseCurrency} and ${quoteCurrency}`
    : base.isGreaterThan(quote)
      ? baseCurrency
      : quoteCurrency;
  return { rule, rate: maximumOf(base, quote), of };
}

function currencyRate(
  { rates, others, free }: Terms<"currency-margin">,
  currency: string,
): Decimal | null {
  if (free?.has(currency)) return null;
  return rates?.get(currency) ?? others;
}

function byClass(rule: RuleOf<"class-margin">, instrument: Instrument): LegalRate | null {
  const [of, rate] = classOf(rule.terms, instrument);
  return rate && { rule, rate, of };
}

type Class = readonly [name: string, rate: Decimal | null];

function classOf(terms: Terms<"class-margin">, instrument: Instrument): Class {
  const { type, baseCurrency: base, quoteCurrency: quote } = instrument;
  if (type === "forex") {
    const isMajor = terms.majors?.has(base) && terms.majors.has(quote);
    return isMajor && terms.majorRate
      ? ["major pairs", terms.majorRate]
      : ["currency pairs", terms.pairRate];
  }
  const name = instrument.name.split("_")[0] ?? base;
  const isOf = (list: ReadonlySet<string> | null) => list?.has(base) || list?.has(name);
  if (base === "XAU") return ["gold", terms.goldRate];
  if (isOf(terms.commodities)) return ["commodities", terms.commodityRate];
  if (isOf(terms.majorIndices)) return ["major indices", terms.majorIndexRate];
  if (isOf(terms.indices)) return ["other indices", terms.indexRate];
  if (isOf(terms.cryptos)) return ["cryptocurrencies", terms.cryptoRate];
  if (isOf(terms.bonds) && terms.bondRate) return ["government bonds", terms.bondRate];
  return ["everything else", terms.otherRate];
}
