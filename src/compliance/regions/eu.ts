import type { RuleRecord } from "../rule-record.ts";
import { closeout, ladder } from "./cfd.ts";

const ESMA = {
  source: "ESMA Decision (EU) 2018/796, kept by national regulators since 2019",
  status: "verified",
  note: "national measures may be stricter",
  validFrom: "2018-08-01",
  validTo: null,
} as const;

/** The European Union: retail contracts for difference. */
export const EU_RULES: readonly RuleRecord[] = [
  ladder("EU", { ...ESMA, majors: "USD EUR JPY GBP CAD CHF" }),
  closeout("EU", ESMA),
];
