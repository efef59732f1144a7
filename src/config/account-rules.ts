import { doubtsAbout, parseRuleChanges } from "../compliance/rule-changes.ts";
import type { ConnectionProfile, RuleChange } from "../core/connection.ts";
import { invalid, joined, sentence, shown } from "./document.ts";
import type { Settings } from "./schema.ts";

type Ruled = {
  readonly settings: Pick<Settings, "compliance">;
  readonly profiles: ReadonlyMap<string, ConnectionProfile>;
  readonly ruleChanges: ReadonlyMap<string, readonly RuleChange[]>;
  readonly warnings: readonly string[];
};

/**
 * Reads what the settings say about accounts' rules against the rules there are, and gives it to the accounts.
 * @throws Failure CONFIG_INVALID naming the place, what is unknown, and the nearest name.
 */
export function withAccountRules<T extends Ruled>(config: T): T {
  const ruleChanges = new Map(
    [...config.settings.compliance].flatMap(([id, { rules }]) =>
      rules === null ? [] : [[id, changesOf(id, rules)] as const],
    ),
  );
  const profiles = new Map(
    [...config.profiles].map(([name, profile]) => {
      const accounts = profile.accounts.map((account) => {
        const changes = ruleChanges.get(account.id);
        return changes ? { ...account, ruleChanges: changes } : account;
      });
      return [name, { ...profile, accounts }];
    }),
  );
  const ruled = { ...config, profiles, ruleChanges };
  return { ...ruled, warnings: [...config.warnings, ...oddRules(ruled)] };
}

function changesOf(id: string, text: string): readonly RuleChange[] {
  try {
    return parseRuleChanges(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const place = `${joined("compliance", id)}.rules`;
    throw invalid(place, `${shown(text)} is refused: ${sentence(error.message)}`);
  }
}

/** Rules that are off, or of another region: nobody should believe to be held by them. */
function oddRules({ profiles }: Pick<Ruled, "profiles">): readonly string[] {
  const accounts = [...profiles.values()].flatMap((profile) => profile.accounts);
  const odd = accounts.flatMap(({ id, region, ruleChanges = [] }) =>
    doubtsAbout(ruleChanges, region).map((doubt) => `compliance.${id}.rules: ${doubt}.`),
  );
  return [...new Set(odd)];
}
