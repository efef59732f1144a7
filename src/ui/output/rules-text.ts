import type { Decimal } from "../../core/money.ts";
import type { Environment } from "../../core/order.ts";
import { grouped, money } from "./numbers.ts";
import { fields, table } from "./table.ts";
import type { Theme } from "./theme.ts";

type RuleRow = {
  readonly rule: string;
  readonly title: string;
  readonly source: string;
  readonly status: string;
  readonly note: string | null;
  readonly enforcement: string;
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly products: readonly string[];
  readonly parameters: Readonly<Partial<Record<string, string>>>;
  readonly now: string | null;
};

type Times = Pick<RuleRow, "validFrom" | "validTo" | "parameters">;

export type RulesDocument = {
  readonly connection: string;
  readonly environment: Environment;
  readonly account: string;
  readonly region: string;
  readonly ruleSet: string;
  readonly date: string;
  readonly changes: string | null;
  readonly figures: {
    readonly currency: string;
    readonly equity: Decimal;
    readonly marginUsed: Decimal;
    readonly leverage: Decimal;
    readonly instrument: string;
    readonly maxLeverage: Decimal;
    readonly maxUnits: Decimal;
  } | null;
  readonly rules: readonly RuleRow[];
  readonly limits: readonly { readonly rule: string; readonly allowed: string }[];
};

const ADVICE =
  "This helps not to be refused or surprised. It is no legal advice, and no proof that you comply.";

/** The rules of an account: what each asks, where it is from, and what it comes to now. */
export function rulesText(document: RulesDocument, theme: Theme): string {
  const { connection, account, region, ruleSet, changes } = document;
  return [
    `${theme.badge(document.environment)} ${connection} / ${account}: region ${region}, rule set ${ruleSet}`,
    fields([...figureFields(document), ...(changes === null ? [] : [pair("changed", changes)])]),
    rulesPart(document),
    `Your own limits\n${fields(document.limits.map(({ rule, allowed }) => pair(rule, allowed)))}`,
    ADVICE,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function rulesPart({ region, rules }: RulesDocument): string {
  if (rules.length === 0) return `No rules of region ${region} bind this account.`;
  return rules
    .map(
      (rule) =>
        `${rule.rule}${marks(rule)}\n${fields([
          pair("asks", rule.title),
          pair("source", `${rule.source}, ${spanText(rule)}`),
          ...(rule.now === null ? [] : [pair("now", rule.now)]),
        ])}`,
    )
    .join("\n");
}

/** One rule in full, with how it was at other times. */
export function ruleText(rule: RuleRow & { readonly times: readonly Times[] }): string {
  const parts = [
    pair("asks", rule.title),
    pair("source", rule.source),
    pair("in force", spanText(rule)),
    pair("products", rule.products.join(", ")),
    pair("breaking it", ENFORCED[rule.enforcement] ?? rule.enforcement),
    pair(
      "status",
      rule.status === "verified" ? "the source was read" : "UNVERIFIED: ask your broker",
    ),
    ...(rule.note === null ? [] : [pair("note", rule.note)]),
    ...(rule.now === null ? [] : [pair("now", rule.now)]),
    ...Object.entries(rule.parameters).map(([name, value]) => pair(name, value ?? "")),
  ];
  const change = `Change it: tmt-broker config set compliance.<account>.rules "${rule.rule}=warn" (or =off, or ${rule.rule}.PARAMETER=VALUE)`;
  return `${rule.rule}\n${fields(parts)}${timesPart(rule.times)}\n${change}\n${ADVICE}`;
}

const ENFORCED: Readonly<Record<string, string>> = {
  block: "blocks the order, exit 4",
  warn: "is a warning",
  off: "is allowed: the rule is switched off",
};

function timesPart(times: readonly Times[]): string {
  if (times.length < 2) return "";
  const rows = times.map((time) => [
    spanText(time),
    Object.entries(time.parameters)
      .map(([name, value]) => `${name} ${value}`)
      .join("; "),
  ]);
  return `\n${table([{ head: "When" }, { head: "What" }], rows)}`;
}

function figureFields({ figures }: RulesDocument): [string, string][] {
  if (!figures) return [];
  const { currency, equity, marginUsed, leverage, instrument, maxLeverage, maxUnits } = figures;
  return [
    pair("equity", `${money(equity, currency)}, margin used ${money(marginUsed, currency)}`),
    pair("leverage", `${leverage} now, at most ${maxLeverage} in ${instrument}`),
    pair("most units", `${grouped(maxUnits)} ${instrument} could be bought now`),
  ];
}

function marks({ status, enforcement }: RuleRow): string {
  const words = [
    ...(status === "unverified" ? ["unverified"] : []),
    ...(enforcement === "block" ? [] : [enforcement === "off" ? "off" : "warns only"]),
  ];
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}

function spanText({ validFrom, validTo }: Times): string {
  return validTo === null ? `since ${validFrom}` : `${validFrom} to ${validTo}`;
}

function pair(name: string, value: string): [string, string] {
  return [name, value];
}
