import type { Quote } from "../core/quote.ts";
import type { Instant } from "../core/time.ts";
import type { AccountState } from "./broker.ts";
import type { AccountKey } from "./day-book.ts";

/**
 * What each account looked like when its broker last answered: to be shown with its age while the broker can't be
 * reached, and never to decide about an order.
 */
export interface LastAnswers {
  state(account: AccountKey): Promise<LastAnswer<AccountState> | null>;
  quotes(account: AccountKey): Promise<LastAnswer<readonly Quote[]> | null>;
  keepState(account: AccountKey, answer: LastAnswer<AccountState>): Promise<void>;
  keepQuotes(account: AccountKey, answer: LastAnswer<readonly Quote[]>): Promise<void>;
}

/** An answer with the moment it was asked for, on both clocks: it is no younger than that. */
export type LastAnswer<T> = {
  readonly value: T;
  readonly askedAt: Instant;
  readonly askedMonotonicMs: number;
};
