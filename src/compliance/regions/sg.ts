import type { RuleRecord } from "../rule-record.ts";

/** Singapore: leveraged currency trading of retail customers. Accredited investors keep 2 %. */
export const SG_RULES: readonly RuleRecord[] = [
  {
    id: "sg-leverage",
    region: "SG",
    check: "class-margin",
    title: "Margin of 5% for every currency pair",
    source: "MAS, leveraged foreign exchange trading of retail customers",
    status: "verified",
    note: "accredited investors: sg-leverage.pairRate=2%",
    products: ["forex"],
    validFrom: "2019-10-08",
    validTo: null,
    enforcement: "block",
    parameters: { pairRate: "5%" },
  },
];
