import type { Account } from "../core/account.ts";
import type { Age } from "../core/age.ts";
import type { Failure } from "../core/failures.ts";
import type { Instrument } from "../core/instrument.ts";
import type { Decimal, Price } from "../core/money.ts";
import type { Environment, Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { Quote } from "../core/quote.ts";
import type { Instant } from "../core/time.ts";
import type { Transaction } from "../core/transaction.ts";

/**
 * What screens show of markets and accounts, kept up to date. Its two functions are what React's
 * `useSyncExternalStore` takes; they need no `this`.
 */
export interface LiveStore {
  /** Calls `listener` after a change, at most once a frame. Gives the function that ends it. */
  readonly subscribe: (listener: () => void) => () => void;
  /**
   * The newest picture. It never changes: after a change there is another one, in which every part that is still the
   * same is the same object.
   */
  readonly getSnapshot: () => LiveSnapshot;
}

/** A `LiveStore` together with what feeds it. */
export interface LiveSession extends LiveStore {
  /** Prices of one instrument more, or of one less; both do nothing where that is so already. */
  addInstrument(connection: string, instrument: string): void;
  removeInstrument(connection: string, instrument: string): void;
  /** Asks the brokers for all accounts at once, and not only when the next turn comes. */
  refresh(): void;
  /** Ends every stream. */
  close(): Promise<void>;
}

export type LiveSnapshot = {
  readonly connections: readonly LiveConnection[];
  /** By connection, and in the order they were asked for. */
  readonly quotes: readonly LiveQuote[];
  readonly accounts: readonly LiveAccount[];
  /** Never real money and play money together, nor two currencies. */
  readonly totals: readonly LiveTotal[];
  /** Newest first, a few hundred at the most. */
  readonly events: readonly LiveEvent[];
};

/**
 * `market_closed`: connected, and there is nothing to trade now. `stale`: connected, but no price has come for too long.
 * `failed`: not tried again, for trying again can't help.
 */
export type LiveStatus =
  | "connecting"
  | "connected"
  | "reconnecting"
  | "market_closed"
  | "stale"
  | "failed";

export type LiveConnection = {
  readonly name: string;
  readonly broker: string;
  readonly environment: Environment;
  readonly status: LiveStatus;
  /** In words, for people; null when there is nothing to add. */
  readonly detail: string | null;
  /** Since when the status holds, on our monotonic clock. */
  readonly sinceMs: number;
  /** When it is tried again, on our monotonic clock; null while nothing is waited for. */
  readonly retryAtMs: number | null;
  /** When a closed market opens; null where it's open, or nobody knows. */
  readonly opensAt: Instant | null;
  readonly failure: Failure | null;
  /** How old the newest changed price was when it came; null before the first one. */
  readonly latencyMs: number | null;
  /** How far our clock is from the venue's, at the least: positive when ours is ahead; null while unknown. */
  readonly clockSkewMs: number | null;
  /** Prices that a newer one replaced before anybody looked. */
  readonly droppedQuotes: number;
};

/** Why a price that came isn't shown as a fact. */
export type QuoteDoubt = "out_of_order" | "from_the_future" | "crossed" | "zero" | "absurd";

export type LiveQuote = {
  readonly connection: string;
  readonly instrument: string;
  /** Precision and pip; null until they are known. */
  readonly terms: Instrument | null;
  /** The newest price that can be believed; null before the first. */
  readonly quote: Quote | null;
  /** For `ageMsAt`; null while it can't be told. */
  readonly age: Age | null;
  /** Older than `order.maxQuoteAge`, of unknown age, or of a connection that is down: no price to trade on. */
  readonly isStale: boolean;
  /** How old it was when it came; null for the price that a stream begins with, and while it can't be told. */
  readonly latencyMs: number | null;
  /** Which way the mid price went last. */
  readonly direction: "up" | "down" | "none";
  /** Why the newest price isn't the one shown here; null when it is. */
  readonly doubt: QuoteDoubt | null;
};

/**
 * `loading`: not read yet. `live`: every transaction is known up to now. `catching_up`: some may be missing, and are
 * being read. `stale`: the broker can't be asked, the figures are as old as `age` says.
 */
export type LiveAccountStatus = "loading" | "live" | "catching_up" | "stale";

export type LiveAccount = {
  readonly connection: string;
  readonly environment: Environment;
  readonly id: string;
  readonly alias: string | null;
  readonly status: LiveAccountStatus;
  readonly detail: string | null;
  /** Balance as its broker last told it; unrealized P&L, equity and free margin with the prices of now. */
  readonly account: Account | null;
  /** Oldest first. */
  readonly positions: readonly LivePosition[];
  readonly pendingOrders: readonly Order[];
  /** Of what the broker told: balance, margin, positions, orders. */
  readonly age: Age | null;
};

export type LivePosition = {
  /** With unrealized P&L by the prices of now, in account currency. */
  readonly position: Position;
  /** What it would be closed at; null where no price is known. */
  readonly currentPrice: Price | null;
  /** False where the P&L is what the broker last told, for want of a price to be trusted or of a rate. */
  readonly isLive: boolean;
  readonly terms: Instrument | null;
};

export type LiveTotal = {
  readonly environment: Environment;
  readonly currency: string;
  readonly accounts: number;
  readonly balance: Decimal;
  readonly unrealizedPl: Decimal;
  readonly equity: Decimal;
  readonly marginUsed: Decimal;
  readonly marginAvailable: Decimal;
};

export type LiveEvent =
  | {
      readonly kind: "transaction";
      readonly connection: string;
      readonly account: string;
      readonly transaction: Transaction;
      /** It happened while nobody listened, and was read later. */
      readonly isBackfilled: boolean;
      readonly receivedAt: Instant;
    }
  | {
      readonly kind: "status";
      readonly connection: string;
      readonly status: LiveStatus;
      readonly detail: string | null;
      readonly receivedAt: Instant;
    };
