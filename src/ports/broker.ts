import type { Account } from "../core/account.ts";
import type { HomeConversion } from "../core/conversion.ts";
import type { Instrument } from "../core/instrument.ts";
import type { Price } from "../core/money.ts";
import type { Order, OrderOutcome, OrderType, TimeInForce } from "../core/order.ts";
import type { ClearedOrder, OrderRequest } from "../core/order-request.ts";
import type { Quote } from "../core/quote.ts";
import type { StockStanding } from "../core/stock-account.ts";
import type { Instant } from "../core/time.ts";
import type { Trade } from "../core/trade.ts";
import type { Transaction } from "../core/transaction.ts";

/** One login at one broker: the accounts it may use. test/contract/broker.ts says what it promises. */
export interface BrokerConnection {
  readonly capabilities: Capabilities;
  /**
   * The accounts of the login.
   * @throws Failure CREDENTIALS_INVALID, BROKER_UNAVAILABLE or TIMEOUT.
   */
  accounts(): Promise<readonly AccountReference[]>;
  /** One account; nothing is asked of the broker yet. */
  broker(accountId: string): Broker;
  /** This process's connections to the broker now; null where there are none to have. */
  pool(): Pool | null;
  /** Frees sockets and timers; calls after it fail. */
  close(): Promise<void>;
}

/** Connections: those that stand, those of them without a request, and requests that wait for one or for their turn. */
export type Pool = {
  readonly connected: number;
  readonly free: number;
  /** Being opened. */
  readonly pending: number;
  readonly queued: number;
};

/**
 * One account at one broker. Reads throw `Failure` (`sent: false`): CREDENTIALS_INVALID, PERMISSION_DENIED,
 * ACCOUNT_NOT_FOUND, RATE_LIMITED, BROKER_UNAVAILABLE, TIMEOUT.
 */
export interface Broker {
  readonly accountId: string;
  /** Everything tradeable, sorted by name. */
  instruments(): Promise<readonly Instrument[]>;
  /**
   * Prices of now, in the order asked, with the factors into account currency for every currency involved.
   * @throws Failure INSTRUMENT_NOT_FOUND naming the first unknown one.
   */
  quotes(instruments: readonly string[]): Promise<QuoteSnapshot>;
  /** The account, its open trades (oldest first) and its pending orders, all of one moment. */
  state(): Promise<AccountState>;
  /**
   * The same as `state()`, worked out from an earlier one where the broker tells what has changed since: for whoever
   * asks again and again.
   */
  stateSince(earlier: AccountState): Promise<AccountState>;
  /** Orders by state, newest first, at most 500. */
  orders(state: OrderFilter): Promise<readonly Order[]>;
  /** One order by the broker's id, or by `@` and our client order id; null when there is none. */
  order(id: string): Promise<Order | null>;
  /**
   * Sends once, never again. A "no" is an outcome.
   * @throws Failure; `sent: true` when the order may have reached the broker and no answer came back.
   */
  place(order: ClearedOrder, options: PlaceOptions): Promise<OrderOutcome>;
  /**
   * What became of a request, proven from the broker's log after `sinceTransactionId`.
   * null means that the broker never saw it: its log up to now doesn't hold it.
   */
  outcomeOf(request: OrderRequest, sinceTransactionId: string): Promise<OrderOutcome | null>;
  /** Log entries after `transactionId`, oldest first, at most 1000. */
  transactionsSince(transactionId: string): Promise<readonly Transaction[]>;
  /** Log entries of a span of time (both ends included), oldest first, page by page. */
  transactionPages(span: TimeSpan): AsyncIterable<readonly Transaction[]>;
  /**
   * What the rules of US stock accounts look at, with all executions from `since` on; null where the broker
   * doesn't tell it. Absent at brokers without US stocks.
   * @throws Failure as other reads do.
   */
  stockStanding?(since: Instant): Promise<StockStanding | null>;
  /**
   * What the newest trading day (from 17:00 New York) began with, by instrument; those without a price are left out.
   * Absent where a broker doesn't tell it.
   * @throws Failure as other reads do.
   */
  dayOpenings?(instruments: readonly string[]): Promise<ReadonlyMap<string, DayOpening>>;
  /**
   * Prices as they change, after one of each instrument to begin with, over one connection. Ends with a failure when the
   * connection ends or falls silent, quietly when the signal is aborted; nothing is opened again here.
   * @throws Failure as reads do, INSTRUMENT_NOT_FOUND, UNSUPPORTED; TIMEOUT after too long a silence.
   */
  streamQuotes(
    instruments: readonly string[],
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<QuoteEvent>;
  /**
   * What happens to the account from now on, each transaction once and in order, over one connection that ends as a
   * price stream does. What was missed before it began, or between two of them, is read with `transactionsSince`.
   */
  streamTransactions(options: { readonly signal: AbortSignal }): AsyncIterable<TransactionEvent>;
}

/** The mid price at the beginning of a trading day: at a weekend that is the last one's. */
export type DayOpening = { readonly mid: Price; readonly since: Instant };

export type PlaceOptions = {
  readonly signal: AbortSignal;
  /**
   * Called once the way to the venue stands, right before the first byte of what changes the account, with nothing waited
   * for in between. What it throws keeps the request back, and is thrown as it is.
   */
  readonly beforeLeaving?: () => void;
  /** Told every transaction that the request made, oldest first, where the broker's answer names them all. */
  readonly onMade?: (transactionIds: readonly string[]) => void;
};

/** From `from` up to and including `to`. */
export type TimeSpan = { readonly from: Instant; readonly to: Instant };

/** A heartbeat says that the connection lives although nothing has changed; its time is the venue's. */
export type QuoteEvent =
  | { readonly type: "quote"; readonly quote: Quote }
  | { readonly type: "heartbeat"; readonly time: Instant };

/** A heartbeat names the newest transaction: a reader that hasn't seen it has missed something. */
export type TransactionEvent =
  | { readonly type: "transaction"; readonly transaction: Transaction }
  | { readonly type: "heartbeat"; readonly time: Instant; readonly lastTransactionId: string };

export type AccountReference = {
  readonly id: string;
  readonly alias: string | null;
  /** null where the broker doesn't say before the account is read. */
  readonly currency: string | null;
  /** Only there where the id tells that the account isn't under the rules of the US. */
  readonly isOutsideUs?: true;
};

export type AccountState = {
  readonly account: Account;
  readonly trades: readonly Trade[];
  readonly pendingOrders: readonly Order[];
};

export type QuoteSnapshot = {
  readonly quotes: readonly Quote[];
  readonly conversions: readonly HomeConversion[];
  /** The venue's time of the answer. */
  readonly time: Instant;
};

export type OrderFilter = "pending" | "filled" | "cancelled" | "all";

/** What a broker can do by itself; what it can't is refused with UNSUPPORTED, never imitated silently. */
export type Capabilities = {
  readonly orderTypes: readonly OrderType[];
  /** How long an entry order may wait. */
  readonly timesInForce: readonly TimeInForce[];
  /** Exits that can be attached to an entry. */
  readonly attachedExits: readonly ("stop_loss" | "take_profit" | "trailing_stop")[];
  /** Pending orders can be replaced, and the exits of open trades set, moved and removed. */
  readonly orderChanges: boolean;
  readonly priceBound: boolean;
  readonly reduceOnly: boolean;
  readonly clientOrderIds: boolean;
  /** Signal, agent and comment travel with the order. */
  readonly clientExtensions: boolean;
  readonly hedging: boolean;
  /** Of two trades of one size in an instrument neither may have exits, in US accounts: OANDA's house rule. */
  readonly fifoSafeguard: boolean;
  /** Every transaction since an id can be read: the proof of an order's outcome. */
  readonly transactionLog: boolean;
  readonly priceStream: boolean;
  readonly transactionStream: boolean;
  readonly requestsPerSecond: number | null;
  /** New connections to one host; null where nobody counts them. */
  readonly connectionsPerSecond: number | null;
  /** Streams open at a time, of all the user's processes; null where nobody counts them. */
  readonly streams: number | null;
  /**
   * How long after sending an order may still turn up in the log. An order that is absent later than that
   * never reached the broker. 0 where an order and its log entry are one transaction.
   */
  readonly arrivalGraceMs: number;
};
