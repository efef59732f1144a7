import type { RuleRecord } from "../rule-record.ts";

const FSA = {
  region: "JP",
  source: "FSA, Cabinet Office Ordinance on Financial Instruments Business",
  products: ["forex"],
  validTo: null,
} as const;

/** Japan: margin trading of currencies by individuals. */
export const JP_RULES: readonly RuleRecord[] = [
  pairs("2010-08-01", "2011-07-31", "2%"),
  pairs("2011-08-01", null, "4%"),
  {
    ...FSA,
    id: "jp-hedging",
    check: "hedging",
    title: "Opposite positions are allowed; the account is to be warned of their cost",
    status: "unverified",
    note: "the text wasn't read",
    validFrom: "2011-08-01",
    enforcement: "warn",
    parameters: {},
  },
  {
    ...FSA,
    id: "jp-closeout",
    check: "notice",
    title: "The broker has a loss-cut rule and looks at the margin at least once a day",
    status: "unverified",
    note: "the text wasn't read; at which level is the broker's own rule",
    validFrom: "2011-08-01",
    enforcement: "block",
    parameters: {},
  },
];

function pairs(validFrom: string, validTo: string | null, pairRate: string): RuleRecord {
  return {
    ...FSA,
    id: "jp-leverage",
    check: "class-margin",
    title: `Margin of ${pairRate} for every currency pair`,
    status: "verified",
    note: "the day of the month is from general knowledge",
    validFrom,
    validTo,
    enforcement: "block",
    parameters: { pairRate },
  };
}
