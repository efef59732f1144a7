import type { RuleRecord } from "../rule-record.ts";
import { closeout, ladder } from "./cfd.ts";

const ASIC = {
  source:
    "ASIC Corporations (Product Intervention Order—Contracts for Difference) Instrument 2020/986",
  status: "verified",
  note: "the list of major pairs and the end on 2027-05-23 are from general knowledge; an extension is expected",
  validFrom: "2021-03-29",
  validTo: "2027-05-23",
} as const;

/** Australia: retail contracts for difference. */
export const AU_RULES: readonly RuleRecord[] = [
  ladder("AU", { ...ASIC, majors: "AUD CAD CHF EUR GBP JPY USD" }),
  closeout("AU", ASIC),
];
