import type { CancelOrder, Cleared, OrderRequest } from "../core/order-request.ts";
import {
  type AccountCircumstances,
  type Block,
  type Check,
  type Circumstances,
  exemption,
  type Rule,
  type RuleResult,
} from "./check.ts";
import { accountInputs, inputsOf } from "./review-inputs.ts";
import { RULE_ENGINE, reviewOrder } from "./review-order.ts";
import type { RuleSet } from "./rule-set.ts";
import { priceCollarRule } from "./rules/collar.ts";
import { haltRule } from "./rules/halt.ts";
import { quoteAgeRule, quoteSaneRule, spreadRule, tradeableRule } from "./rules/market.ts";
import { dailyLossRule, ordersPerMinuteRule } from "./rules/pace.ts";
import { marginRule, maxNotionalRule, maxUnitsRule } from "./rules/size.ts";
import { weakenedStop } from "./stop-risk.ts";

/** Whether anything may be decided now, and on these prices. */
const MOMENT_RULES: readonly Rule[] = [haltRule, tradeableRule, quoteSaneRule, quoteAgeRule];

/** The user's own limits, and the broker's margin. */
const LIMIT_RULES: readonly Rule[] = [
  spreadRule,
  maxUnitsRule,
  maxNotionalRule,
  priceCollarRule,
  ordersPerMinuteRule,
  dailyLossRule,
  marginRule,
];

/** The numbers that a review rests on, and the rules it asked: what the audit log keeps of it. */
export type ReviewRecord = {
  readonly ruleSet: string;
  /** What the user changed of the region's rules. */
  readonly ruleChanges: string | null;
  readonly engine: string;
  readonly inputs: Readonly<Record<string, unknown>>;
};

/** What review found: every check with its numbers, and the cleared order when none of them blocks. */
export type Verdict<T extends OrderRequest = OrderRequest> = {
  readonly id: string;
  readonly checks: readonly Check[];
  readonly blocks: readonly Block[];
  readonly cleared: Cleared<T> | null;
  readonly record: ReviewRecord;
  /** What it rests on and others may change before the order leaves. */
  readonly basis: Basis;
};

export type Basis = {
  readonly wasHalted: boolean;
  /** null where the pace doesn't bind the request. */
  readonly maxOrdersPerMinute: number | null;
  /** Whether it would let an open trade lose more than its stops allow now. */
  readonly weakensStop: boolean;
};

/**
 * Asks every rule about one request, in the order in which they are explained. This is the only maker of a `ClearedOrder`: what wasn't reviewed can't
 * be given to an adapter.
 */
export function review<T extends OrderRequest>(
  circumstances: Circumstances & { readonly request: T },
  verdictId: string,
): Verdict<T> {
  const { limits, request, ruleSet } = circumstances;
  const ask = ({ id, review: asked }: Rule) => ({ rule: id, ...asked(circumstances) });
  // The law comes before the limits: what nobody may do is told before what a setting forbids.
  const results = [
    ...MOMENT_RULES.map(ask),
    ...reviewOrder(request, circumstances, ruleSet),
    ...LIMIT_RULES.map(ask),
  ];
  const isPaced = exemption(circumstances) === null;
  const maxOrdersPerMinute = isPaced ? limits.maxOrdersPerMinute : null;
  return {
    ...verdictOf(circumstances, results, verdictId),
    record: recordOf(ruleSet, inputsOf(circumstances)),
    basis: basisOf(circumstances, maxOrdersPerMinute),
  };
}

/** Asks about a cancellation, which needs no price: only a halt can forbid to take a stop away. */
export function reviewCancel(
  circumstances: AccountCircumstances & {
    readonly request: CancelOrder;
    readonly ruleSet: RuleSet;
  },
  verdictId: string,
): Verdict<CancelOrder> {
  const results = [{ rule: haltRule.id, ...haltRule.review(circumstances) }];
  const { halt, state, ruleSet } = circumstances;
  const record = recordOf(ruleSet, { halt, account: accountInputs(state) });
  const basis = basisOf(circumstances, null);
  return { ...verdictOf(circumstances, results, verdictId), record, basis };
}

function recordOf(ruleSet: RuleSet, inputs: ReviewRecord["inputs"]): ReviewRecord {
  return { ruleSet: ruleSet.id, ruleChanges: ruleSet.changes, engine: RULE_ENGINE, inputs };
}

function basisOf(circumstances: AccountCircumstances, maxOrdersPerMinute: number | null): Basis {
  const weakensStop = weakenedStop(circumstances) !== null;
  return { wasHalted: circumstances.halt !== null, maxOrdersPerMinute, weakensStop };
}

function verdictOf<T extends OrderRequest>(
  circumstances: Pick<AccountCircumstances, "halt"> & { readonly request: T },
  results: readonly (RuleResult & { readonly rule: string })[],
  id: string,
): Omit<Verdict<T>, "basis" | "record"> {
  const checks = results.map(({ rule, outcome, detail }) => ({ rule, outcome, detail }));
  const blocks = results.flatMap((result) =>
    result.outcome === "block"
      ? [{ rule: result.rule, code: result.code, message: result.message, hint: result.hint }]
      : [],
  );
  const cleared = blocks.length === 0 ? clear(circumstances) : null;
  return { id, checks, blocks, cleared };
}

/** While trading is halted nothing may open, also when what it was to reduce is gone by the time it arrives. */
function clear<T extends OrderRequest>({
  request,
  halt,
}: Pick<AccountCircumstances, "halt"> & { readonly request: T }): Cleared<T> {
  const isBound = halt !== null && (request.kind === "market" || request.kind === "entry");
  return (isBound ? { ...request, reduceOnly: true } : request) as Cleared<T>;
}
