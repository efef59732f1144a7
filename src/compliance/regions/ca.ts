import type { RuleRecord } from "../rule-record.ts";

/** Canada: rates change with the list that CIRO publishes, so none is shipped. */
export const CA_RULES: readonly RuleRecord[] = [
  {
    id: "ca-leverage",
    region: "CA",
    check: "currency-margin",
    title: "Margin by CIRO's list of spot risk rates",
    source: "CIRO rules 5460 to 5469, the list of the day",
    status: "unverified",
    note: "no list is shipped: take it over with ca-leverage.rates=USD:2% EUR:3% and so on; until then the broker's rates hold",
    products: ["forex"],
    validFrom: "2008-01-01",
    validTo: null,
    enforcement: "block",
    parameters: { free: "CAD" },
  },
];
