import type { Region } from "../../core/account.ts";
import type { RuleRecord } from "../rule-record.ts";

export const CRYPTOS = "BTC ETH LTC BCH XRP ADA SOL DOT LINK UNI MBTC";

/** What a ladder of leverage by product has in common, in every region that has one. */
const NAMES = {
  majorIndices: "UK100 FR40 DE30 DE40 US30 SPX500 NAS100 JP225 AU200 EU50",
  indices: "US2000 HK33 CN50 IN50 NL25 CH20 ESPIX SG30 TWIX CHINAH",
  commodities: "BCO WTICO NATGAS CORN WHEAT SOYBN SUGAR XCU XAG XPT XPD",
  cryptos: CRYPTOS,
  bonds: "USB02Y USB05Y USB10Y USB30Y UK10YB DE10YB",
} as const;

const RATES = {
  majorRate: "3.33%",
  pairRate: "5%",
  goldRate: "5%",
  majorIndexRate: "5%",
  indexRate: "10%",
  commodityRate: "10%",
  cryptoRate: "50%",
  otherRate: "20%",
} as const;

type Ladder = Pick<RuleRecord, "source" | "status" | "note" | "validFrom" | "validTo"> & {
  readonly majors: string;
};

/** Leverage from 30:1 for major pairs to 2:1 for cryptocurrencies. Instruments' names are OANDA's; correct them as needed. */
export function ladder(region: Region, { majors, ...record }: Ladder): RuleRecord {
  return {
    ...record,
    id: `${region.toLowerCase()}-leverage`,
    region,
    check: "class-margin",
    title:
      "Leverage of retail CFDs: 30:1 for major pairs, 20:1 for others and gold, less for the rest",
    products: ["forex", "metal", "cfd"],
    enforcement: "block",
    parameters: { majors, ...NAMES, ...RATES },
  };
}

/** What the broker does by itself when the money falls short. */
export function closeout(region: Region, record: Omit<Ladder, "majors">): RuleRecord {
  return {
    ...record,
    id: `${region.toLowerCase()}-closeout`,
    region,
    check: "notice",
    title:
      "The broker closes positions at half of their initial margin; no loss beyond the account",
    products: ["forex", "metal", "cfd"],
    enforcement: "block",
    parameters: { closeoutShare: "50%", negativeBalanceProtection: "yes" },
  };
}
