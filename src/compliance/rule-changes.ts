import type { Region } from "../core/account.ts";
import type { RuleChange } from "../core/connection.ts";
import { suggestion } from "../core/nearest.ts";
import { CHECK_NAMES, CHECKS, type CheckName, INSTRUMENT_TYPES } from "./rule-checks.ts";
import type { Enforcement, RuleRecord } from "./rule-record.ts";
import { isDay, readRule } from "./rule-schema.ts";
import { SHIPPED_RULES } from "./rules-of-regions.ts";

/** What a user may say of every rule, besides its check's own parameters. */
const FIELDS = ["enforcement", "validFrom", "validTo", "confirmed", "products"] as const;
const ENFORCEMENTS: readonly Enforcement[] = ["block", "warn", "off"];
/** Begins the name of a rule that isn't shipped. */
const OWN = "own-";
const ITEM = /^([a-z][a-z0-9-]{1,39})(?:\.([A-Za-z]{1,40}))?=(.{1,1000})$/;

/**
 * Reads what a user says about rules: items separated by commas, each `RULE=off|warn|block` or `RULE.FIELD=VALUE`.
 * A rule of the user's own is named `own-…` and has a check: `own-cap.check=leverage-cap, own-cap.account=10`.
 * @throws RangeError naming what is unknown, and the nearest name.
 */
export function parseRuleChanges(text: string): readonly RuleChange[] {
  const items = text.split(",").map((item) => readItem(item.trim()));
  const groups = Map.groupBy(items, ({ rule }) => rule);
  const changes = [...groups].map(([rule, own]) => ({ rule, set: fieldsOf(rule, own) }));
  for (const change of changes) requireReadable(change);
  return changes;
}

/** The changes as text that `parseRuleChanges` reads back. */
export function changesText(changes: readonly RuleChange[]): string {
  return changes
    .flatMap(({ rule, set }) =>
      Object.entries(set).map(([field, value]) => `${rule}.${field}=${value}`),
    )
    .join(", ");
}

/** What the user should know of the changes: rules of the region that are off, and rules that aren't the region's. */
export function doubtsAbout(changes: readonly RuleChange[], region: Region): readonly string[] {
  return changes.flatMap(({ rule, set }) => {
    if (rule.startsWith(OWN)) return [];
    const shipped = SHIPPED_RULES.filter(({ id }) => id === rule);
    if (!shipped.some((record) => record.region === region)) {
      return [`${rule} has no effect, the account's region is ${region}`];
    }
    const isLaw = shipped.some(({ enforcement }) => enforcement === "block");
    return isLaw && set.enforcement === "off" ? [`${rule} is switched off`] : [];
  });
}

/** The records of a region with the user's changes, and the user's own ones after them. */
export function changedRules(
  records: readonly RuleRecord[],
  region: Region,
  changes: readonly RuleChange[],
): readonly RuleRecord[] {
  if (changes.length === 0) return records;
  const changed = records.map((record, index) => {
    const change = changes.find(({ rule }) => rule === record.id);
    const isNewest = !records.slice(index + 1).some(({ id }) => id === record.id);
    return change ? withChange(record, isNewest ? change : withoutSpan(change)) : record;
  });
  const own = changes.filter(({ rule }) => rule.startsWith(OWN));
  return [...changed, ...own.map((change) => withChange(ownRule(region, change), change))];
}

/** Of several records one after the other, only the newest is moved in time. */
function withoutSpan({ rule, set }: RuleChange): RuleChange {
  const { validFrom: _, validTo: __, ...rest } = set;
  return { rule, set: rest };
}

type Item = { readonly rule: string; readonly field: string; readonly value: string };

function readItem(text: string): Item {
  const [, rule, field = "enforcement", value] = ITEM.exec(text) ?? [];
  if (rule === undefined || value === undefined) {
    const shown = text === "" ? "an empty item" : `"${text.slice(0, 60)}"`;
    throw new RangeError(
      `expected RULE=off or RULE.FIELD=VALUE, separated by commas, not ${shown}`,
    );
  }
  return { rule, field, value };
}

function fieldsOf(rule: string, items: readonly Item[]): RuleChange["set"] {
  const twice = items.find(({ field }, index) =>
    items.slice(0, index).some((earlier) => earlier.field === field),
  );
  if (twice) throw new RangeError(`${rule}.${twice.field} is there twice`);
  return Object.fromEntries(items.map(({ field, value }) => [field, value]));
}

/** Against every shipped record of that name, so that a wrong value shows when it is written and not when it counts. */
function requireReadable(change: RuleChange): void {
  const { rule } = change;
  if (rule.startsWith(OWN)) {
    readRule(withChange(ownRule("NONE", change), change));
    return;
  }
  const shipped = SHIPPED_RULES.filter(({ id }) => id === rule);
  if (shipped.length === 0) {
    const ids = [...new Set(SHIPPED_RULES.map(({ id }) => id))];
    throw new RangeError(
      `there is no rule "${rule}". ${suggestion(rule, ids)} Rules of your own begin with ${OWN}`,
    );
  }
  for (const record of shipped) readRule(withChange(record, change));
}

function withChange(record: RuleRecord, { rule, set }: RuleChange): RuleRecord {
  const { enforcement, validFrom, validTo, confirmed, products, check: _, ...rest } = set;
  const known = [...FIELDS, ...Object.keys(CHECKS[record.check])];
  const unknown = Object.keys(rest).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`${rule} has no "${unknown}". ${suggestion(unknown, known)}`);
  }
  return {
    ...record,
    ...(confirmed === undefined ? {} : confirmedOn(rule, confirmed)),
    enforcement: choice(`${rule}.enforcement`, enforcement, ENFORCEMENTS) ?? record.enforcement,
    products:
      products?.split(" ").map((word) => required(`${rule}.products`, word, INSTRUMENT_TYPES)) ??
      record.products,
    validFrom: validFrom ?? record.validFrom,
    validTo: validTo === "never" ? null : (validTo ?? record.validTo),
    phases: validFrom === undefined && validTo === undefined ? (record.phases ?? {}) : {},
    parameters: { ...record.parameters, ...rest },
  };
}

function confirmedOn(rule: string, day: string): Pick<RuleRecord, "status" | "note"> {
  if (!isDay(day)) {
    throw new RangeError(
      `${rule}.confirmed is "${day}", expected the day your broker said so, such as 2026-11-22`,
    );
  }
  return { status: "verified", note: `confirmed by you on ${day}` };
}

function ownRule(region: Region, { rule, set }: RuleChange): RuleRecord {
  const check = choice<CheckName>(`${rule}.check`, set.check, CHECK_NAMES);
  if (check === null) {
    throw new RangeError(`${rule} needs a check: ${rule}.check=… ${suggestion("", CHECK_NAMES)}`);
  }
  return {
    id: rule,
    region,
    check,
    title: "A rule of your own",
    source: "your configuration",
    status: "verified",
    note: null,
    products: INSTRUMENT_TYPES,
    validFrom: "1970-01-01",
    validTo: null,
    enforcement: "block",
    parameters: {},
  };
}

function choice<T extends string>(
  place: string,
  text: string | undefined,
  choices: readonly T[],
): T | null {
  return text === undefined ? null : required(place, text, choices);
}

function required<T extends string>(place: string, text: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === text);
  if (found !== undefined) return found;
  throw new RangeError(`${place} is "${text.slice(0, 60)}". ${suggestion(text, choices)}`);
}
