import type { Account } from "../../core/account.ts";
import type { Decimal } from "../../core/money.ts";
import { addMs, type Instant } from "../../core/time.ts";
import type { Transaction } from "../../core/transaction.ts";

/** A day in UTC. Equity is known for the day that isn't over yet only: no broker tells what it was. */
export type DayBalance = {
  readonly date: string;
  readonly balance: Decimal;
  readonly equity: Decimal | null;
};

export type BalanceSources = {
  readonly account: Pick<Account, "balance" | "equity">;
  /** All of the time between, oldest first. */
  readonly transactions: readonly Transaction[];
  /** The first day's beginning, and a moment of the last one. */
  readonly from: Instant;
  readonly to: Instant;
};

const DAY_MS = 86_400_000;

/**
 * The balance at the end of each day, oldest first: worked out from now backwards, by what each transaction changed. Days
 * before the account had anything are left out.
 */
export function dailyBalances({
  account,
  transactions,
  from,
  to,
}: BalanceSources): readonly DayBalance[] {
  const days: DayBalance[] = [];
  let balance = account.balance;
  let next = transactions.length - 1;
  for (let day = dayOf(to); day >= dayOf(from); day = dayOf(addMs(startOf(day), -DAY_MS))) {
    days.push({ date: day, balance, equity: days.length === 0 ? account.equity : null });
    for (let one = transactions[next]; one && dayOf(one.time) >= day; one = transactions[next]) {
      balance = balanceBefore(one, balance);
      next -= 1;
    }
    if (next < 0 && balance.isZero() && transactions.length > 0) break;
  }
  return days.toReversed();
}

/** By the balance that the broker recorded with it, where it did. */
function balanceBefore({ amount, balance }: Transaction, after: Decimal): Decimal {
  return (balance ?? after).minus(amount);
}

function dayOf(instant: Instant): string {
  return instant.slice(0, 10);
}

function startOf(day: string): Instant {
  return `${day}T00:00:00.000000000Z` as Instant;
}
