import { mostUnitsNow, type Picture, ruleNow } from "../compliance/explain-rule.ts";
import { requiredRate } from "../compliance/margin.ts";
import type { ActiveRule } from "../compliance/rule-schema.ts";
import type { RuleSet } from "../compliance/rule-set.ts";
import { effectiveLeverage } from "../core/account.ts";
import { Failure } from "../core/failures.ts";
import type { Instrument } from "../core/instrument.ts";
import { type Decimal, ONE } from "../core/money.ts";
import { type Desk, instrumentsOf } from "./desk.ts";
import { readMarket, rulesOf, venueOf } from "./market-view.ts";

/** What an account may carry now, reckoned with one instrument. */
export type RuleFigures = {
  readonly currency: string;
  readonly equity: Decimal;
  readonly marginUsed: Decimal;
  /** Value of all positions over equity. */
  readonly leverage: Decimal;
  readonly instrument: string;
  /** The highest that the broker and the rules ask for. */
  readonly requiredMarginRate: Decimal;
  readonly maxLeverage: Decimal;
  /** The most units that could be bought now. */
  readonly maxUnits: Decimal;
};

export type RuleView = { readonly rule: ActiveRule; readonly now: string | null };

export type RulesView = {
  readonly ruleSet: RuleSet;
  readonly rules: readonly RuleView[];
  /** null while the broker can't be asked: rules need no broker, their numbers do. */
  readonly figures: RuleFigures | null;
  /** Why there are no figures. */
  readonly problem: Failure | null;
};

/** What the numbers of an account are reckoned with where the broker has it. */
const USUAL = "EUR_USD";

/** The rules that bind the desk's account today, with its numbers of now. */
export async function readRules(desk: Desk): Promise<RulesView> {
  const ruleSet = rulesOf(desk, desk.clock.now());
  const read = await pictureOf(desk, ruleSet).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  const picture = read instanceof Failure ? null : read;
  return {
    ruleSet,
    rules: ruleSet.rules.map((rule) => ({ rule, now: picture && ruleNow(rule, picture) })),
    figures: picture && figuresOf(picture),
    problem: read instanceof Failure ? read : null,
  };
}

async function pictureOf(desk: Desk, ruleSet: RuleSet): Promise<Picture> {
  const instruments = await instrumentsOf(desk);
  const instrument = usualOf(instruments, desk);
  const view = await readMarket(desk, instrument);
  return { ...view, instrument, instruments, ruleSet, venue: venueOf(desk, view.state) };
}

function usualOf(instruments: readonly Instrument[], { profile }: Desk): Instrument {
  const usual =
    instruments.find(({ name }) => name === USUAL) ??
    instruments.find(({ type }) => type === "forex") ??
    instruments[0];
  if (usual) return usual;
  throw new Failure("INSTRUMENT_NOT_FOUND", `${profile.name} offers nothing to trade.`);
}

function figuresOf(picture: Picture): RuleFigures {
  const { account } = picture.state;
  const rate = requiredRate(picture);
  return {
    currency: account.currency,
    equity: account.equity,
    marginUsed: account.marginUsed,
    leverage: effectiveLeverage(account),
    instrument: picture.instrument.name,
    requiredMarginRate: rate,
    maxLeverage: ONE.dividedBy(rate, 2, "toward_zero"),
    maxUnits: mostUnitsNow(picture),
  };
}
