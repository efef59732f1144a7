import type { Region } from "../core/account.ts";
import type { BrokerName, RuleChange } from "../core/connection.ts";
import { type Instant, instantFromMs, instantToMs } from "../core/time.ts";
import { newYorkOffsetHours } from "../core/trading-day.ts";
import { changedRules, changesText } from "./rule-changes.ts";
import type { RuleRecord, Span } from "./rule-record.ts";
import { type ActiveRule, readRule } from "./rule-schema.ts";
import { RULES } from "./rules-of-regions.ts";

/** The rules of one account on one day. */
export type RuleSet = {
  /** Region and the day since which these rules have been the ones: `US-2023-03-13`; with a user's changes and their mark. */
  readonly id: string;
  readonly region: Region;
  readonly date: string;
  /** In the order in which they are explained; those that are off are among them. */
  readonly rules: readonly ActiveRule[];
  /** As the user wrote them; null where there are none. */
  readonly changes: string | null;
};

/** Whose rules: an account's region, its broker (some rules begin and end at other times there), and what the user changed. */
export type RuleScope = {
  readonly region: Region;
  readonly broker: BrokerName;
  readonly changes: readonly RuleChange[];
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NO_CHANGES: readonly RuleChange[] = [];

/** No rule at all. */
export const NO_RULES: RuleSet = {
  id: "NONE",
  region: "NONE",
  date: "1970-01-01",
  rules: [],
  changes: null,
};

/** The rules in force on `date` (`2026-11-22`). @throws RangeError for a change that isn't one. */
export function ruleSetOn({ region, broker, changes }: RuleScope, date: string): RuleSet {
  const records = changedRules(RULES[region], region, changes).flatMap((record) =>
    atBroker(record, broker),
  );
  const rules = records.filter((record) => isInForce(record, date)).map(readRule);
  const since = lastTurn(records, date);
  const mark = changes.length > 0 ? `+${markOf(changesText(changes))}` : "";
  return {
    id: `${region}${since === null ? "" : `-${since}`}${mark}`,
    region,
    date,
    rules,
    changes: changes.length > 0 ? changesText(changes) : null,
  };
}

/** A day of an account's rules is worked out once: by the account, then by the day. */
const KNOWN = new WeakMap<object, Map<string, RuleSet>>();

type RuledAccount = { readonly region: Region; readonly ruleChanges?: readonly RuleChange[] };

/** The rules of an account at a moment. Its day is New York's, where most of them turn. */
export function ruleSetAt(account: RuledAccount, broker: BrokerName, now: Instant): RuleSet {
  const days = KNOWN.get(account) ?? new Map<string, RuleSet>();
  KNOWN.set(account, days);
  const date = newYorkDate(now);
  const key = `${broker} ${date}`;
  const known = days.get(key);
  if (known) return known;
  const { region, ruleChanges: changes = NO_CHANGES } = account;
  const set = ruleSetOn({ region, broker, changes }, date);
  days.clear();
  days.set(key, set);
  return set;
}

export function newYorkDate(now: Instant): string {
  const ms = instantToMs(now);
  return instantFromMs(ms + newYorkOffsetHours(ms) * HOUR_MS).slice(0, 10);
}

function atBroker(record: RuleRecord, broker: BrokerName): readonly RuleRecord[] {
  const span = record.phases?.[broker];
  return span === null ? [] : [{ ...record, ...span }];
}

function isInForce({ validFrom, validTo }: Span, date: string): boolean {
  return validFrom <= date && (validTo === null || date <= validTo);
}

/** The last day up to `date` on which a rule began or was no longer in force. */
function lastTurn(records: readonly Span[], date: string): string | null {
  const turns = records.flatMap(({ validFrom, validTo }) =>
    validTo === null ? [validFrom] : [validFrom, dayAfter(validTo)],
  );
  return turns.filter((turn) => turn <= date).reduce<string | null>(later, null);
}

function later(left: string | null, right: string): string {
  return left !== null && left > right ? left : right;
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/** A short mark of a text (FNV-1a, 32 bits): other changes, another mark. */
function markOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}
