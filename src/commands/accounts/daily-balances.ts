import type { Account } from "../../core/account.ts";
import type { Decimal } from "../../core/money.ts";
import { addMs, type Instant } from "../../core/time.ts";
import type { Transaction } from "../../core/transaction.ts";
import type { BalanceSnapshot } from "../../ports/balance-book.ts";

/**
 * A day in UTC. No broker tells what equity was: it is what the broker said when the account was last read on that day
 * (`measured`), or the balance where the day ended without an open trade (`derived`), else nobody knows.
 */
export type DayBalance = {
  readonly date: string;
  readonly balance: Decimal;
  readonly equity: Decimal | null;
  readonly equityIs: "measured" | "derived" | "unknown";
};

export type BalanceSources = {
  readonly account: Pick<Account, "balance" | "equity">;
  /** Ids of the trades that are open now. */
  readonly openTrades: readonly string[];
  /** All of the time between, oldest first. */
  readonly transactions: readonly Transaction[];
  /** At most one a day. */
  readonly snapshots: readonly Pick<BalanceSnapshot, "time" | "equity">[];
  /** The first day's beginning, and a moment of the last one. */
  readonly from: Instant;
  readonly to: Instant;
};

const DAY_MS = 86_400_000;

/**
 * The balance at the end of each day, oldest first: worked out from now backwards, by what each transaction changed. Days
 * before the account had anything are left out.
 */
export function dailyBalances(sources: BalanceSources): readonly DayBalance[] {
  const { account, transactions, snapshots, from, to } = sources;
  const measured = new Map(snapshots.map(({ time, equity }) => [dayOf(time), equity]));
  const days: DayBalance[] = [];
  const book = new BackwardBook(account.balance, sources.openTrades);
  let next = transactions.length - 1;
  for (let day = dayOf(to); day >= dayOf(from); day = dayOf(addMs(startOf(day), -DAY_MS))) {
    const equity: Equity =
      days.length === 0
        ? { equity: account.equity, equityIs: "measured" }
        : equityOf(book, measured.get(day));
    days.push({ date: day, balance: book.balance, ...equity });
    for (let one = transactions[next]; one && dayOf(one.time) >= day; one = transactions[next]) {
      book.takeBack(one);
      next -= 1;
    }
    if (next < 0 && book.balance.isZero() && transactions.length > 0) break;
  }
  return days.toReversed();
}

type Equity = Pick<DayBalance, "equity" | "equityIs">;

/** Without an open trade at the day's end that is exact, and later than any reading of the day. */
function equityOf({ isFlat, balance }: BackwardBook, measured: Decimal | undefined): Equity {
  if (isFlat) return { equity: balance, equityIs: "derived" };
  if (measured) return { equity: measured, equityIs: "measured" };
  return { equity: null, equityIs: "unknown" };
}

/** What an account held before each of its transactions, from the newest to the oldest. */
class BackwardBook {
  balance: Decimal;
  readonly #openTrades: Set<string>;
  /** Whether all fills so far said what they did to trades. */
  #isClear: boolean = true;

  constructor(balance: Decimal, openTrades: readonly string[]) {
    this.balance = balance;
    this.#openTrades = new Set(openTrades);
  }

  get isFlat(): boolean {
    return this.#isClear && this.#openTrades.size === 0;
  }

  /** Balances are those that the broker recorded with a transaction, where it did. */
  takeBack({ type, amount, balance, trades }: Transaction): void {
    this.balance = (balance ?? this.balance).minus(amount);
    if (type === "fill" && trades.length === 0) this.#isClear = false;
    for (const { tradeId, action } of trades.toReversed()) {
      if (action === "opened") this.#openTrades.delete(tradeId);
      if (action === "closed") this.#openTrades.add(tradeId);
    }
  }
}

function dayOf(instant: Instant): string {
  return instant.slice(0, 10);
}

function startOf(day: string): Instant {
  return `${day}T00:00:00.000000000Z` as Instant;
}
