import { type Account, marginAvailableOf } from "./account.ts";
import { type HomeConversion, toHome } from "./conversion.ts";
import { type Decimal, type Price, sumOf } from "./money.ts";
import type { Quote } from "./quote.ts";
import { closingSide, type Direction, type Trade } from "./trade.ts";

/** Money is booked with so many decimals. */
const MONEY_PLACES = 4;

/** What a trade of that direction would be closed at: a long one gets the bid, a short one pays the ask. */
export function closingPriceOf(
  { direction }: { readonly direction: Direction },
  { bid, ask }: Pick<Quote, "bid" | "ask">,
): Price {
  return closingSide(direction) === "sell" ? bid : ask;
}

/** What a trade would have gained at `price`, in account currency, rounded half to even; a loss is below zero. */
export function unrealizedPlAt(
  { direction, units, openPrice }: Pick<Trade, "direction" | "units" | "openPrice">,
  price: Price,
  conversion: HomeConversion,
): Decimal {
  const rise = price.minus(openPrice);
  const gained = units.times(direction === "long" ? rise : rise.negated());
  return toHome(gained, conversion).rounded(MONEY_PLACES, "half_even");
}

/** The account with another unrealized P&L: equity and free margin follow it, what the broker keeps doesn't. */
export function withUnrealizedPl(account: Account, unrealizedPl: Decimal): Account {
  const equity = account.balance.plus(unrealizedPl);
  const marginAvailable = marginAvailableOf(equity, account.marginUsed);
  return { ...account, unrealizedPl, equity, marginAvailable };
}

export type AccountSums = Pick<
  Account,
  "balance" | "unrealizedPl" | "equity" | "marginUsed" | "marginAvailable"
>;

/** What accounts of one currency amount to together. */
export function sumOfAccounts(accounts: readonly AccountSums[]): AccountSums {
  const sum = (key: keyof AccountSums) => sumOf(accounts.map((account) => account[key]));
  return {
    balance: sum("balance"),
    unrealizedPl: sum("unrealizedPl"),
    equity: sum("equity"),
    marginUsed: sum("marginUsed"),
    marginAvailable: sum("marginAvailable"),
  };
}
