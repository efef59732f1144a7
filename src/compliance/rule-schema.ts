import { suggestion } from "../core/nearest.ts";
import { CHECKS, type CheckName, type Parameter, type Terms } from "./rule-checks.ts";
import type { RuleRecord } from "./rule-record.ts";

/** A rule in force, its parameters read. */
export type ActiveRule = {
  readonly [C in CheckName]: RuleRecord & { readonly check: C; readonly terms: Terms<C> };
}[CheckName];
export type RuleOf<C extends CheckName> = Extract<ActiveRule, { readonly check: C }>;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const RULE_ID = /^[a-z][a-z0-9-]{1,39}$/;

/**
 * Reads a rule's parameters, and checks the rest of it. @throws RangeError saying what is wrong and what is possible: the
 * same for shipped rules and for a user's.
 */
export function readRule(record: RuleRecord): ActiveRule {
  const { id, check, parameters } = record;
  if (!RULE_ID.test(id)) throw new RangeError(`"${id}" can't name a rule: a-z, 0-9 and - only`);
  requireSpan(record);
  const known: Readonly<Record<string, Parameter<unknown>>> = CHECKS[check];
  const unknown = Object.keys(parameters).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    const possible = suggestion(unknown, Object.keys(known));
    throw new RangeError(`${id} has no parameter "${unknown}". ${possible}`);
  }
  const terms = Object.fromEntries(
    Object.entries(known).map(([name, parameter]) => [name, readOne(record, name, parameter)]),
  );
  return { ...record, terms } as unknown as ActiveRule;
}

function readOne({ id, parameters }: RuleRecord, name: string, parameter: Parameter<unknown>) {
  const text = parameters[name];
  if (text === undefined) return null;
  const value = parameter.read(text);
  if (value !== undefined) return value;
  throw new RangeError(`${id}.${name} is "${text}", expected ${parameter.expects}`);
}

function requireSpan({ id, validFrom, validTo }: RuleRecord): void {
  for (const day of [validFrom, validTo]) {
    if (day !== null && !isDay(day)) {
      throw new RangeError(`${id}: "${day}" is no day, such as 2026-11-22`);
    }
  }
  if (validTo !== null && validTo < validFrom) {
    throw new RangeError(`${id} would end (${validTo}) before it begins (${validFrom})`);
  }
}

/** Whether `text` is a day of the calendar. */
export function isDay(text: string): boolean {
  if (!DATE.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
