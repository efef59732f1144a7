import { type Decimal, maximumOf, ZERO } from "./money.ts";
import type { Instant } from "./time.ts";

export const REGIONS = ["US", "EU", "UK", "AU", "JP", "SG", "CA", "NONE"] as const;
/** Whose rules bind an account; `NONE` applies no regional rule. */
export type Region = (typeof REGIONS)[number];

/** An account's money, all in `currency`. */
export type Account = {
  readonly id: string;
  readonly alias: string | null;
  readonly currency: string;
  readonly balance: Decimal;
  readonly unrealizedPl: Decimal;
  readonly realizedPl: Decimal;
  /** balance + unrealizedPl. */
  readonly equity: Decimal;
  readonly marginUsed: Decimal;
  readonly marginAvailable: Decimal;
  /** A ratio: at 1 the broker closes everything. */
  readonly marginCloseoutPercent: Decimal;
  /** The account's own margin rate, where it is stricter than the instruments'; null otherwise. */
  readonly marginRate: Decimal | null;
  /** Whether stops may be guaranteed, or must be. */
  readonly guaranteedStops: "disabled" | "allowed" | "required";
  /** Whether an order against a position opens beside it, in place of reducing it. Absent: it reduces. */
  readonly isHedging?: boolean;
  /** Value of all positions, for the effective leverage. */
  readonly positionValue: Decimal;
  readonly openPositions: number;
  readonly openTrades: number;
  readonly pendingOrders: number;
  /** The newest transaction the broker had when this was read. */
  readonly lastTransactionId: string;
  readonly asOf: Instant;
};

/** Equity still free to carry new positions; never below zero. */
export function marginAvailableOf(equity: Decimal, marginUsed: Decimal): Decimal {
  return maximumOf(ZERO, equity.minus(marginUsed));
}

/** Positions' value over equity, two decimals; zero without equity. */
export function effectiveLeverage(account: Pick<Account, "positionValue" | "equity">): Decimal {
  if (!account.equity.isPositive()) return ZERO;
  return account.positionValue.dividedBy(account.equity, 2);
}
