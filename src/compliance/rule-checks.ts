import type { InstrumentType } from "../core/instrument.ts";
import { type Decimal, decimal, parseDecimal } from "../core/money.ts";

/** How the text of a parameter is read; undefined when it is none. */
export type Parameter<T> = {
  readonly expects: string;
  readonly read: (text: string) => T | undefined;
};

const HUNDREDTH = decimal("0.01");
const HUNDRED = decimal("100");
const NAME = /^[A-Z0-9]{1,12}$/;
export const INSTRUMENT_TYPES: readonly InstrumentType[] = ["forex", "metal", "cfd", "stock"];

/** A margin rate: `3.33%` is 0.0333. */
const rate: Parameter<Decimal> = {
  expects: "a percentage above 0% and at most 100%, such as 3.33%",
  read: (text) => {
    const value = text.endsWith("%") ? parseDecimal(text.slice(0, -1)) : undefined;
    return value?.isPositive() && !value.isGreaterThan(HUNDRED)
      ? value.times(HUNDREDTH)
      : undefined;
  },
};

const names: Parameter<ReadonlySet<string>> = {
  expects: "names separated by blanks, such as USD EUR",
  read: (text) => {
    const list = text.split(" ").filter((name) => name !== "");
    return list.every((name) => NAME.test(name)) ? new Set(list) : undefined;
  },
};

const rates: Parameter<ReadonlyMap<string, Decimal>> = {
  expects: "currencies with their rates, separated by blanks, such as GBP:5% JPY:4%",
  read: (text) => {
    const pairs = text
      .split(" ")
      .filter((pair) => pair !== "")
      .map((pair) => {
        const [name = "", share = ""] = pair.split(":");
        return [name, NAME.test(name) ? rate.read(share) : undefined] as const;
      });
    const known = pairs.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
    return known.length === pairs.length ? new Map(known) : undefined;
  },
};

const reaction: Parameter<"block" | "warn"> = {
  expects: "block or warn",
  read: (text) => (text === "block" || text === "warn" ? text : undefined),
};

const yesOrNo: Parameter<boolean> = {
  expects: "yes or no",
  read: (text) => (text === "yes" ? true : text === "no" ? false : undefined),
};

const multiple: Parameter<Decimal> = {
  expects: "a number above 0, such as 10",
  read: (text) => {
    const value = parseDecimal(text);
    return value?.isPositive() ? value : undefined;
  },
};

const count: Parameter<number> = {
  expects: "a whole number from 1 to 1000",
  read: (text) => (/^(?!0)\d{1,3}$|^1000$/.test(text) ? Number(text) : undefined),
};

const types: Parameter<readonly InstrumentType[]> = {
  expects: `some of ${INSTRUMENT_TYPES.join(", ")}, separated by blanks`,
  read: (text) => {
    const list = text.split(" ").map((word) => INSTRUMENT_TYPES.find((type) => type === word));
    return list.every((type) => type !== undefined) ? list : undefined;
  },
};

/** As many trading days as a broker's executions are read for. */
const shortWindow: Parameter<number> = {
  expects: "a whole number from 1 to 8",
  read: (text) => (/^[1-8]$/.test(text) ? Number(text) : undefined),
};

/** Every kind of check, with its parameters. One that a rule doesn't give is null. */
export const CHECKS = {
  /** Same-sized trades are closed oldest first. */
  fifo: { partOfNewer: reaction },
  /** No opposite positions in one instrument. */
  hedging: {},
  /** A trade with exits has a size of its own, where the broker has that house rule. */
  "fifo-safeguard": { inconsistent: reaction },
  /** Margin by currency: of a pair's two, the higher one. `free` ones ask for nothing. */
  "currency-margin": { rates, others: rate, free: names },
  /** Margin by class of product. */
  "class-margin": {
    majors: names,
    majorRate: rate,
    pairRate: rate,
    goldRate: rate,
    commodityRate: rate,
    commodities: names,
    majorIndices: names,
    majorIndexRate: rate,
    indices: names,
    indexRate: rate,
    cryptos: names,
    cryptoRate: rate,
    bonds: names,
    bondRate: rate,
    otherRate: rate,
  },
  /** Products that may not be bought or sold, by type or by base. */
  "product-ban": { types, bases: names, unlessFullyPaid: yesOrNo },
  /** Most leverage of a trade and of the account, as a multiple of equity. */
  "leverage-cap": { trade: multiple, account: multiple },
  /** Day trades of a margin account for stocks, within a window of trading days. */
  "pattern-day-trader": {
    dayTrades: count,
    windowDays: shortWindow,
    shareOfTrades: rate,
    minimumEquity: multiple,
    buyingPowerMultiple: multiple,
  },
  /** No deficit of a margin account for stocks within the day; by their days, how one has to be met. */
  "intraday-margin": {
    longMaintenance: rate,
    shortMaintenance: rate,
    smallShareOfEquity: rate,
    smallAmount: multiple,
    promptDays: count,
    outstandingDays: count,
    freezeDays: count,
  },
  /** The equity without which nothing is bought on credit or sold short. */
  "margin-minimum": { minimumEquity: multiple },
  /** Nothing is checked: the broker does it, and the account should know. */
  notice: { closeoutShare: rate, negativeBalanceProtection: yesOrNo },
} as const satisfies Record<string, Readonly<Record<string, Parameter<unknown>>>>;

export type CheckName = keyof typeof CHECKS;
export const CHECK_NAMES = Object.keys(CHECKS) as readonly CheckName[];

/** The parameters of a check as read. */
export type Terms<C extends CheckName> = {
  readonly [P in keyof (typeof CHECKS)[C]]: (typeof CHECKS)[C][P] extends Parameter<infer T>
    ? T | null
    : never;
};
