import type { OrderRequest } from "../core/order-request.ts";
import type { Instant } from "../core/time.ts";
import type { Intent, IntentState } from "./journal.ts";

/** An order as the computers are told of it that trade on the same account. */
export type FencedOrder = Pick<
  Intent,
  "clientOrderId" | "connection" | "instrument" | "sinceTransactionId"
> & {
  /** Tells one raising of an order from another. */
  readonly mark: string;
  readonly request: OrderRequest;
  /** The result document shown for it, as far as it is known. */
  readonly report: unknown;
  /** The signal whose one order it is; null for an order of no signal. */
  readonly signal: { readonly id: string; readonly content: string | null } | null;
};

/** An order that stands on the server. */
export type StandingOrder = Omit<FencedOrder, "request"> & {
  /** null where a newer program on the other computer wrote what this one can't read. */
  readonly request: OrderRequest | null;
  /** The computer that made it, by name. */
  readonly host: string;
  /** The process, as `host:pid:start`. */
  readonly owner: string;
  readonly state: IntentState;
  readonly raisedAt: Instant;
  /** How long ago that was, by the server's clock. */
  readonly ageMs: number;
  /** Whether its process is connected to the server: where it isn't, it may have ended, or lost the network. */
  readonly isConnected: boolean;
  /** Whether that process is sending it just now: nobody else may conclude anything about it. */
  readonly isInFlight: boolean;
};

/** What stood already when an order was raised. */
export type Raised = {
  /** The other order of its signal, or with its id: then this one doesn't stand. */
  readonly taken: StandingOrder | null;
  /** Orders in its instrument whose fate nobody knows. */
  readonly doubted: readonly StandingOrder[];
};

/** What became of an order that stands there. An id may be used again after a withdrawal, by another process. */
export type Fate = Pick<StandingOrder, "clientOrderId" | "owner"> & {
  /** Of one raising only; of any where it isn't given. */
  readonly mark?: string;
} & (
    | { readonly state: "unknown" | "settled"; readonly report: unknown }
    /** It provably never left: its signal and its id are free. */
    | { readonly state: "withdrawn" }
  );

/**
 * The orders of one account, over all computers that share a server: each stands there before it leaves, so that no other
 * computer makes a second order of its signal, or adds risk while its fate is unknown.
 * Promises resolve after the server has it on its disk.
 * @throws Failure STORAGE_BUSY where the server doesn't answer within some seconds, and what else it may report.
 */
export interface OrderFence {
  /** Connects, if that isn't done, without waiting. */
  prepare(): void;
  /**
   * Makes the order stand there, unless its signal or id is taken, and says what stood already. Asked again with the same
   * mark, it stands once; another raising of it takes its id like any other order.
   */
  raise(order: FencedOrder): Promise<Raised>;
  /** What is settled stays settled; a later proof replaces an earlier one. */
  tell(fate: Fate): Promise<void>;
  /** Tells it as soon as the server listens, without waiting for it. */
  tellSoon(fate: Fate): void;
  /** Those of the account whose fate nobody knows, oldest first. */
  doubted(): Promise<readonly StandingOrder[]>;
  /** What a signal has made; null where it has made nothing. */
  made(signalId: string): Promise<StandingOrder | null>;
  /** Makes orders stand there that were made before, unless their signals or ids are taken; says how many do now. */
  takeOver(orders: readonly EarlierOrder[]): Promise<number>;
}

/** An order that this computer made before it shared them. */
export type EarlierOrder = Omit<FencedOrder, "mark"> &
  Pick<StandingOrder, "owner" | "state" | "raisedAt">;

/** The fences of the accounts whose history is on one server. */
export interface FenceServer {
  /** `account`: the same on all computers, whatever they call the connection. */
  fence(account: string): OrderFence;
  /** Tells the server what it still has to know, as far as it listens, and leaves it. */
  close(): Promise<void>;
}
