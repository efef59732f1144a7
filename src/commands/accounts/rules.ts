import type { RiskLimits } from "../../compliance/check.ts";
import { RULE_ENGINE } from "../../compliance/review-order.ts";
import type { RuleRecord } from "../../compliance/rule-record.ts";
import { SHIPPED_RULES } from "../../compliance/rules-of-regions.ts";
import { usageFailure } from "../../core/failures.ts";
import { decimal } from "../../core/money.ts";
import { suggestion } from "../../core/nearest.ts";
import type { Desk } from "../../trading/desk.ts";
import { type RulesView, type RuleView, readRules } from "../../trading/read-rules.ts";
import { rulesText, ruleText } from "../../ui/output/rules-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

export const rules: CommandMaker = (context) =>
  examples(
    command("rules", "The compliance rules of the account: source, dates, numbers")
      .option("--explain <rule>", "one rule in full: us-fifo")
      .action((options: { readonly explain?: string }) => run(context, options.explain ?? null)),
    ["accounts rules", "accounts rules --explain us-leverage", "accounts rules -c oanda --json"],
  );

async function run(context: Context, id: string | null): Promise<void> {
  const desk = await context.desk();
  const view = await readRules(desk);
  if (view.problem) context.note(`${view.problem.message} The rules are shown without numbers.`);
  const document = rulesDocument(desk, view);
  if (id === null) {
    context.print(() => rulesText(document, context.theme), document);
    return;
  }
  const chosen = document.rules.find(({ rule }) => rule === id) ?? notThere(id, document);
  const earlier = SHIPPED_RULES.filter((rule) => rule.id === id).map(timesOf);
  const one = { ...chosen, times: earlier };
  context.print(() => ruleText(one), one);
}

function rulesDocument(desk: Desk, { ruleSet, rules: views, figures }: RulesView) {
  return {
    connection: desk.profile.name,
    environment: desk.profile.environment,
    account: desk.account.id,
    region: ruleSet.region,
    ruleSet: ruleSet.id,
    engine: RULE_ENGINE,
    date: ruleSet.date,
    changes: ruleSet.changes,
    figures,
    rules: views.map(ruleDocument),
    limits: limitDocuments(desk.policy.limits),
  };
}

function ruleDocument({ rule, now }: RuleView) {
  const { id, title, source, status, note, check, enforcement, products, parameters } = rule;
  const { validFrom, validTo } = rule;
  return {
    rule: id,
    title,
    source,
    status,
    note,
    check,
    enforcement,
    validFrom,
    validTo,
    products,
    parameters,
    now,
  };
}

/** A rule's parameters over the years. */
function timesOf({ validFrom, validTo, source, status, parameters }: RuleRecord) {
  return { validFrom, validTo, source, status, parameters };
}

function limitDocuments(limits: RiskLimits) {
  const { maxDailyLoss, priceCollar } = limits;
  const loss =
    maxDailyLoss.kind === "amount" ? `${maxDailyLoss.amount}` : `${percent(maxDailyLoss.share)}%`;
  return [
    { rule: "order.maxQuoteAge", allowed: `${limits.maxQuoteAgeMs / 1000}s` },
    { rule: "risk.maxUnits", allowed: `${limits.maxUnits}` },
    { rule: "risk.maxNotional", allowed: `${limits.maxNotional}` },
    { rule: "risk.maxOrdersPerMinute", allowed: `${limits.maxOrdersPerMinute}` },
    { rule: "risk.maxDailyLoss", allowed: loss },
    { rule: "risk.maxSpreadPips", allowed: `${limits.maxSpreadPips}` },
    { rule: "risk.priceCollar", allowed: `${percent(priceCollar)}%` },
  ];
}

function percent(share: RiskLimits["priceCollar"]): string {
  return share.times(decimal("100")).toString();
}

function notThere(id: string, { region, rules: known, date }: ReturnType<typeof rulesDocument>) {
  const names = known.map(({ rule }) => rule);
  const elsewhere = SHIPPED_RULES.find((rule) => rule.id === id);
  const why = elsewhere
    ? elsewhere.region === region
      ? `is not in force on ${date}`
      : `is a rule of region ${elsewhere.region}, and the account's is ${region}`
    : "is no rule of this account";
  const hint = names.length > 0 ? suggestion(id, names) : "The account has no such rules at all.";
  return usage(`"${id.slice(0, 60)}" ${why}.`, hint);
}

function usage(message: string, hint: string): never {
  throw usageFailure(message, hint);
}
