import type { Account } from "../../src/core/account.ts";
import type { HomeConversion } from "../../src/core/conversion.ts";
import { Failure } from "../../src/core/failures.ts";
import type { Instrument } from "../../src/core/instrument.ts";
import { decimal, toPrice } from "../../src/core/money.ts";
import type { Fill, Order, OrderOutcome, Rejection } from "../../src/core/order.ts";
import type { ClearedOrder, OrderRequest } from "../../src/core/order-request.ts";
import type { Quote } from "../../src/core/quote.ts";
import type { StockStanding } from "../../src/core/stock-account.ts";
import type { Instant } from "../../src/core/time.ts";
import type { Trade } from "../../src/core/trade.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import type {
  AccountState,
  Broker,
  Capabilities,
  PlaceOptions,
  QuoteEvent,
  QuoteSnapshot,
  TransactionEvent,
} from "../../src/ports/broker.ts";
import { INSTRUMENTS } from "./instruments.ts";
import { anAccount, aQuote, NOON } from "./market.ts";

export const EVERYTHING: Capabilities = {
  orderTypes: ["market", "limit", "stop", "mit"],
  timesInForce: ["GTC", "GTD", "DAY"],
  attachedExits: ["stop_loss", "take_profit", "trailing_stop"],
  orderChanges: true,
  priceBound: true,
  reduceOnly: true,
  clientOrderIds: true,
  clientExtensions: true,
  hedging: false,
  fifoSafeguard: false,
  transactionLog: true,
  priceStream: false,
  transactionStream: false,
  requestsPerSecond: null,
  connectionsPerSecond: null,
  streams: null,
  arrivalGraceMs: 0,
};

type Script = {
  place: (order: ClearedOrder) => Promise<OrderOutcome>;
  outcomeOf: (request: OrderRequest) => Promise<OrderOutcome | null>;
};

/**
 * A broker that answers what the test tells it, for what no venue does on demand: a lost answer, silence, nonsense.
 * By default it does what it is asked: an order at the market is filled at its price, one with a price of its own waits
 * as order 101. Its log holds what the test puts there.
 */
export class ScriptedBroker implements Broker {
  readonly accountId = "001";
  account: Account = anAccount();
  trades: readonly Trade[] = [];
  pendingOrders: readonly Order[] = [];
  /** Orders that no longer wait. */
  pastOrders: readonly Order[] = [];
  quote: Quote = aQuote("1.08500", "1.08510");
  conversions: readonly HomeConversion[] = [];
  /** Of a stock account; null where the test tells none. */
  standing: StockStanding | null = null;
  /** The venue's time of its answers. */
  time: Instant = NOON;
  listed: readonly Instrument[] = INSTRUMENTS;
  script: Script = { place: async (order) => this.answerTo(order), outcomeOf: async () => null };
  /** Every order that reached it, and how often its log was asked about which. */
  readonly placed: ClearedOrder[] = [];
  readonly lookedUp: { readonly clientOrderId: string; readonly since: string }[] = [];
  listings = 0;
  log: readonly Transaction[] = [];
  /** What its answers name as all that an order made; null where they don't. */
  made: readonly string[] | null = null;

  async instruments(): Promise<readonly Instrument[]> {
    this.listings += 1;
    return this.listed;
  }

  async stockStanding(since: Instant): Promise<StockStanding | null> {
    if (!this.standing) return null;
    const executions = this.standing.executions.filter(({ time }) => time >= since);
    return { ...this.standing, executions };
  }

  async quotes(instruments: readonly string[]): Promise<QuoteSnapshot> {
    const quotes = instruments
      .filter((name) => name === this.quote.instrument)
      .map(() => this.quote);
    return { quotes, conversions: this.conversions, time: this.time };
  }

  async state(): Promise<AccountState> {
    return { account: this.account, trades: this.trades, pendingOrders: this.pendingOrders };
  }

  stateSince(): Promise<AccountState> {
    return this.state();
  }

  async *transactionPages(): AsyncGenerator<readonly Transaction[]> {
    yield [];
  }

  async *streamQuotes(): AsyncGenerator<QuoteEvent> {
    yield { type: "quote", quote: this.quote };
  }

  async *streamTransactions(): AsyncGenerator<TransactionEvent> {
    yield { type: "heartbeat", time: this.time, lastTransactionId: this.account.lastTransactionId };
  }

  async orders(): Promise<readonly Order[]> {
    return [];
  }

  async order(id: string): Promise<Order | null> {
    const known = [...this.pendingOrders, ...this.pastOrders];
    return known.find((each) => each.orderId === id || `@${each.clientOrderId}` === id) ?? null;
  }

  async place(
    order: ClearedOrder,
    { beforeLeaving, onMade }: Partial<PlaceOptions> = {},
  ): Promise<OrderOutcome> {
    beforeLeaving?.();
    this.placed.push(order);
    const outcome = await this.script.place(order);
    if (this.made) onMade?.(this.made);
    return outcome;
  }

  async outcomeOf(request: OrderRequest, sinceTransactionId: string): Promise<OrderOutcome | null> {
    this.lookedUp.push({ clientOrderId: request.clientOrderId, since: sinceTransactionId });
    return this.script.outcomeOf(request);
  }

  async transactionsSince(since: string): Promise<readonly Transaction[]> {
    return this.log.filter(({ id }) => Number(id) > Number(since));
  }

  answerTo(request: OrderRequest): OrderOutcome {
    switch (request.kind) {
      case "market":
      case "close":
        return this.fillOf(request);
      case "entry":
      case "change":
        return { status: "pending", orderId: "101" };
      case "cancel":
        return { status: "done", orderId: request.orderId, transactionId: "101" };
      case "exits":
        return { status: "done", orderId: "101", transactionId: "101" };
    }
  }

  /** All of it filled, at `price` or at the quote. */
  fillOf(order: OrderRequest, price?: string): OrderOutcome {
    const market = order.side === "buy" ? this.quote.ask : this.quote.bid;
    const at = price === undefined ? market : toPrice(decimal(price));
    return filled([aFill({ units: order.units, price: at })], order.kind !== "close");
  }
}

export function aFill(changes: Partial<Fill> & Pick<Fill, "units" | "price">): Fill {
  return {
    transactionId: "102",
    time: NOON,
    realizedPl: decimal("0"),
    commission: decimal("0"),
    financing: decimal("0"),
    ...changes,
  };
}

/** A whole execution that opened trade 102, or closed trade 7. */
export function filled(fills: readonly Fill[], isOpening = true): OrderOutcome {
  return {
    status: "filled",
    orderId: "101",
    fills,
    openedTradeId: isOpening ? "102" : null,
    closedTradeIds: isOpening ? [] : ["7"],
  };
}

export function rejected(code: Rejection["code"], brokerCode: string): OrderOutcome {
  const rejection = { code, brokerCode, message: `The broker said ${brokerCode}.`, hint: "Wait." };
  return { status: "rejected", orderId: null, transactionId: "101", rejection };
}

/** What an adapter throws when it provably sent nothing, and when no answer came. */
export function unsent(): Failure {
  return new Failure("BROKER_UNAVAILABLE", "The connection was refused. Nothing was sent.", {
    hint: "Try again.",
    sent: false,
  });
}

export function lost(): Failure {
  return new Failure("TIMEOUT", "No answer came.", { sent: true });
}
