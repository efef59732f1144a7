import type { RuleRecord } from "../rule-record.ts";

const STOCKS = ["stock"] as const;
/** They have no US stocks. */
const WITHOUT_STOCKS = { oanda: null, paper: null } as const;

const PATTERN: RuleRecord = {
  id: "us-pdt",
  region: "US",
  check: "pattern-day-trader",
  title: "At most 3 day trades in 5 trading days with less than 25,000 USD of equity",
  source: "FINRA Rule 4210(f)(8)(B)",
  status: "verified",
  note: "counted by changes of direction, as Regulatory Notice 21-13 allows; a broker may count more",
  products: STOCKS,
  validFrom: "2001-09-28",
  validTo: "2026-06-03",
  enforcement: "block",
  phases: WITHOUT_STOCKS,
  parameters: {
    dayTrades: "4",
    windowDays: "5",
    shareOfTrades: "6%",
    minimumEquity: "25000",
    buyingPowerMultiple: "4",
  },
};

/** Margin accounts for US stocks. */
export const US_STOCK_RULES: readonly RuleRecord[] = [
  {
    id: "us-margin-minimum",
    region: "US",
    check: "margin-minimum",
    title: "At least 2,000 USD of equity to buy on credit or sell short",
    source: "FINRA Rule 4210(b)(4)",
    status: "verified",
    note: null,
    products: STOCKS,
    validFrom: "2010-12-02",
    validTo: null,
    enforcement: "block",
    phases: WITHOUT_STOCKS,
    parameters: { minimumEquity: "2000" },
  },
  PATTERN,
  {
    ...PATTERN,
    title: "Some brokers keep the pattern-day-trader rule until 2027-10-20",
    source: "FINRA Regulatory Notice 26-10, phase-in of Rule 4210(d)(2)",
    status: "unverified",
    note: "FINRA's rule has ended; ask your broker whether it still holds your account to it, and since when it doesn't",
    validFrom: "2026-06-04",
    validTo: "2027-10-20",
    enforcement: "warn",
    // Alpaca changed over on the first day.
    phases: { ...WITHOUT_STOCKS, alpaca: null },
  },
  {
    id: "us-intraday-margin",
    region: "US",
    check: "intraday-margin",
    title: "No order that leaves less equity than maintenance within the day",
    source: "FINRA Rule 4210(a)(17)-(19), (d)(2); 91 FR 20731",
    status: "verified",
    note: "the rule asks to meet the deficit; not to make one is this program's reading. 30 % for short positions is general knowledge",
    products: STOCKS,
    validFrom: "2026-06-04",
    validTo: null,
    enforcement: "block",
    phases: WITHOUT_STOCKS,
    parameters: {
      longMaintenance: "25%",
      shortMaintenance: "30%",
      smallShareOfEquity: "5%",
      smallAmount: "1000",
      promptDays: "5",
      outstandingDays: "15",
      freezeDays: "90",
    },
  },
];
