import type { RuleRecord } from "../rule-record.ts";
import { US_STOCK_RULES } from "./us-stocks.ts";

const FOREX = ["forex"] as const;
const TEN = "GBP CHF CAD JPY EUR AUD NZD SEK NOK DKK";
const TABLE_SOURCE = "NFA Financial Requirements Section 12(b), temporary rates";
const PAST_TABLE =
  "put together from the notices of those years; changes between them may be missing";

const FIFO: RuleRecord = {
  id: "us-fifo",
  region: "US",
  check: "fifo",
  title:
    "Positions are offset first in, first out; a trade of its own size may go before older ones",
  source: "NFA Compliance Rule 2-43(b), Notice I-09-10",
  status: "verified",
  note: "whether a part of a newer trade may be closed before an older one is left to the broker",
  products: FOREX,
  validFrom: "2009-05-15",
  validTo: null,
  enforcement: "block",
  parameters: { partOfNewer: "warn" },
};

/** The United States: retail currency trading with a Forex Dealer Member. */
export const US_RULES: readonly RuleRecord[] = [
  FIFO,
  {
    ...FIFO,
    id: "us-hedging",
    check: "hedging",
    title: "No opposite positions in one pair of one account",
    note: null,
    parameters: {},
  },
  {
    id: "us-fifo-safeguard",
    region: "US",
    check: "fifo-safeguard",
    title: "A trade with a stop or a target has a size that no other trade of the pair has",
    source: "OANDA's house rule for its US accounts (FIFO FAQ)",
    status: "verified",
    note: "where only one of two equal trades has exits, OANDA was seen to take and to refuse it",
    products: FOREX,
    validFrom: "2019-08-16",
    validTo: null,
    enforcement: "block",
    parameters: { inconsistent: "warn" },
  },
  leverage("2009-11-30", "2010-10-17", { majors: "1%", others: "4%" }),
  leverage("2010-10-18", null, { majors: "2%", others: "5%" }),
  table("2015-01-22", "2016-11-06", "CHF:5% SEK:3% NOK:3% MXN:6%"),
  table("2016-11-07", "2020-03-21", "CHF:5% SEK:3% NOK:3% MXN:6% GBP:5% JPY:4%"),
  table("2020-03-22", "2021-08-09", "CHF:5% SEK:3% NOK:7% MXN:10% GBP:5% JPY:4%"),
  table("2021-08-10", "2023-03-12", "CHF:5% SEK:3% NOK:7% MXN:10% GBP:3% JPY:2%"),
  {
    ...table(
      "2023-03-13",
      null,
      "TRY:25% ZAR:7% RUB:20% BRL:9% GBP:5% JPY:5% NZD:3% AUD:3% MXN:10% CHF:3% SEK:3% NOK:7%",
    ),
    source: `${TABLE_SOURCE}, Notice I-23-08`,
    note: "the newest table that was found; where the broker asks less, it may be outdated",
  },
  {
    id: "us-metals",
    region: "US",
    check: "product-ban",
    title: "No leveraged metals off exchange for retail accounts",
    source: "Commodity Exchange Act 2(c)(2)(D), Dodd-Frank Act section 742",
    status: "verified",
    note: null,
    products: ["metal", "cfd"],
    validFrom: "2011-07-16",
    validTo: null,
    enforcement: "block",
    parameters: { bases: "XAU XAG XPT XPD", unlessFullyPaid: "yes" },
  },
  {
    id: "us-cfd",
    region: "US",
    check: "product-ban",
    title: "No contracts for difference for retail accounts",
    source: "swap rules of the Dodd-Frank Act",
    status: "unverified",
    note: "the text wasn't read",
    products: ["cfd"],
    validFrom: "2011-07-16",
    validTo: null,
    enforcement: "block",
    parameters: { types: "cfd" },
  },
  {
    id: "us-closeout",
    region: "US",
    check: "notice",
    title: "The broker collects more or liquidates when the margin falls short",
    source: "NFA Financial Requirements Section 12(e); OANDA closes all at half of the margin",
    status: "verified",
    note: "at which level is the broker's own rule",
    products: FOREX,
    validFrom: "2010-10-18",
    validTo: null,
    enforcement: "block",
    parameters: { closeoutShare: "50%" },
  },
  ...US_STOCK_RULES,
];

function leverage(
  validFrom: string,
  validTo: string | null,
  { majors, others }: { readonly majors: string; readonly others: string },
): RuleRecord {
  return {
    id: "us-leverage",
    region: "US",
    check: "currency-margin",
    title: `Margin of ${majors} for pairs of major currencies, ${others} for others`,
    source: "NFA Financial Requirements Section 12(a), 17 CFR 5.9",
    status: "verified",
    note: null,
    products: FOREX,
    validFrom,
    validTo,
    enforcement: "block",
    parameters: {
      free: "USD",
      rates: TEN.split(" ")
        .map((currency) => `${currency}:${majors}`)
        .join(" "),
      others,
    },
  };
}

/** The NFA binds the broker to it, and the broker's own rates follow: by itself the table only warns. */
function table(validFrom: string, validTo: string | null, rates: string): RuleRecord {
  return {
    id: "us-leverage-table",
    region: "US",
    check: "currency-margin",
    title: "Temporarily higher margin for some currencies",
    source: TABLE_SOURCE,
    status: "unverified",
    note: PAST_TABLE,
    products: FOREX,
    validFrom,
    validTo,
    enforcement: "warn",
    parameters: { rates },
  };
}
