import type { Region } from "../core/account.ts";
import { AU_RULES } from "./regions/au.ts";
import { CA_RULES } from "./regions/ca.ts";
import { EU_RULES } from "./regions/eu.ts";
import { JP_RULES } from "./regions/jp.ts";
import { SG_RULES } from "./regions/sg.ts";
import { UK_RULES } from "./regions/uk.ts";
import { US_RULES } from "./regions/us.ts";
import type { RuleRecord } from "./rule-record.ts";

/** Every shipped rule, of all times. */
export const RULES: Readonly<Record<Region, readonly RuleRecord[]>> = {
  US: US_RULES,
  EU: EU_RULES,
  UK: UK_RULES,
  AU: AU_RULES,
  JP: JP_RULES,
  SG: SG_RULES,
  CA: CA_RULES,
  NONE: [],
};

export const SHIPPED_RULES: readonly RuleRecord[] = Object.values(RULES).flat();
