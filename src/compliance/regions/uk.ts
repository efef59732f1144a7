import type { RuleRecord } from "../rule-record.ts";
import { CRYPTOS, closeout, ladder } from "./cfd.ts";

const FCA = {
  source: "FCA COBS 22.5, PS19/18",
  status: "verified",
  note: "30:1 for CFDs on government bonds is from general knowledge",
  validFrom: "2019-08-01",
  validTo: null,
} as const;

const LADDER = ladder("UK", { ...FCA, majors: "USD EUR JPY GBP CAD CHF" });

/** The United Kingdom: retail contracts for difference. */
export const UK_RULES: readonly RuleRecord[] = [
  { ...LADDER, parameters: { ...LADDER.parameters, bondRate: "3.33%" } },
  {
    id: "uk-crypto",
    region: "UK",
    check: "product-ban",
    title: "No derivatives of cryptocurrencies for retail accounts",
    source: "FCA PS20/10",
    status: "unverified",
    note: "the text wasn't read",
    products: ["cfd"],
    validFrom: "2021-01-06",
    validTo: null,
    enforcement: "block",
    parameters: { bases: CRYPTOS },
  },
  closeout("UK", { ...FCA, note: null }),
];
