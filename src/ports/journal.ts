import type { OrderRequest } from "../core/order-request.ts";
import type { Instant } from "../core/time.ts";
import type { Anchored, AuditHead } from "./audit-anchor.ts";

/** An order we decided to send: on disk, flushed, before the first byte goes out. */
export type Intent = {
  readonly clientOrderId: string;
  readonly connection: string;
  readonly account: string;
  readonly instrument: string;
  readonly request: OrderRequest;
  /** The account's newest transaction before it was sent: its outcome can only come after. */
  readonly sinceTransactionId: string;
  /** The price it was decided on, as text. */
  readonly expectedPrice: string | null;
  readonly createdAt: Instant;
  /** The same moment by the monotonic clock: its age is measured with this, whatever happens to the wall clock. */
  readonly createdMonotonicMs: number;
  /** The process that sends it, as `host:pid:start`: an intent of a living process is left alone. */
  readonly owner: string;
  readonly state: IntentState;
  /** The result document shown for it (`order … --json`), as far as it is known. */
  readonly result: unknown;
  readonly settledAt: Instant | null;
};

/**
 * Longest time that an order without an outcome is left to the living process that sends it: longer than it may take to
 * the wire and to an answer.
 */
export const LONGEST_IN_FLIGHT_MS = 60_000;

/** `sending` until an outcome is proven; `unknown` when none could be found yet. */
export type IntentState = "sending" | "unknown" | "settled";

/** `report` is kept as the intent's result until a better one is known. */
export type NewIntent = Omit<Intent, "state" | "result" | "settledAt"> & {
  readonly report: unknown;
  /** How it claims the signal that it names; without one it is the signal's first order, of unknown content. */
  readonly claim?: SignalClaim;
};

/** What an order says to be the one order of its signal. */
export type SignalClaim = {
  /** What the signal asks for, as canonical JSON text. */
  readonly content: string;
  /** The client order id of the signal's earlier order, which provably never left; null for the first. */
  readonly inPlaceOf: string | null;
};

export type SignalKey = {
  readonly connection: string;
  readonly account: string;
  readonly signalId: string;
};

/** A signal that has made an order. */
export type KnownSignal = {
  /** As it was claimed; null where that isn't known. */
  readonly content: string | null;
  /** How many orders were journaled for it; all but the newest never left. */
  readonly attempts: number;
  /** The newest. */
  readonly intent: Intent;
  /** Where another computer made it: as it stands on the server. */
  readonly elsewhere?: { readonly isInFlight: boolean };
};

/** One fact for the audit chain. `data` is plain JSON without secrets. */
export type AuditRecord = {
  readonly at: Instant;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/** A signal of the journal, as it is listed. */
export type ListedSignal = SignalKey & Pick<KnownSignal, "content" | "intent">;

/**
 * What must survive a crash: intents and the audit chain, in one database, committed together.
 * Every call resolves after the disk has it. @throws Failure STORAGE_BUSY, STORAGE_FULL or STORAGE_CORRUPT.
 */
export interface Journal {
  /**
   * @throws Failure DUPLICATE_CLIENT_ORDER_ID when the connection's account has used the id before, or when the order's
   * signal has an order already that may have left; what `look` forbids is refused in the same transaction.
   */
  open(intent: NewIntent, audit: readonly AuditRecord[], look?: LastLook): Promise<void>;
  settle(key: IntentKey, result: unknown, audit: readonly AuditRecord[]): Promise<void>;
  markUnknown(key: IntentKey, result: unknown, audit: readonly AuditRecord[]): Promise<void>;
  record(audit: readonly AuditRecord[]): Promise<void>;
  find(key: IntentKey): Promise<Intent | null>;
  /** What became of a signal; null for one that has made no order. */
  signal(key: SignalKey): Promise<KnownSignal | null>;
  /** The signals of all accounts, by connection, account and id: at most so many after `after`. */
  signalsAfter(after: SignalKey | null, limit: number): Promise<readonly ListedSignal[]>;
  /** Intents without an outcome, oldest first. */
  unsettled(connection: string, account: string): Promise<readonly Intent[]>;
  /** Intents newest first, settled or not. */
  recent(connection: string, account: string, limit: number): Promise<readonly Intent[]>;
  /**
   * How many orders were opened in `span`, over all accounts of the connection: closes and changes count,
   * cancellations and changes of exits don't. What was opened before the computer was started again counts until it
   * runs longer than the span.
   */
  countIn(connection: string, span: MonotonicSpan): Promise<number>;
}

/**
 * What a review found and other processes may have changed meanwhile: looked at again in the transaction that writes the
 * intent, so that nothing can come between.
 */
export type LastLook = {
  /** Whether a halt was known: TRADING_HALTED where there is one that wasn't. */
  readonly wasHalted: boolean;
  /** Most orders of a minute, null where the pace doesn't bind: RISK_LIMIT where there are as many already. */
  readonly maxOrdersPerMinute: number | null;
  /** Whether it would let an open trade lose more than its stops allow now: kept with the intent. */
  readonly weakensStop: boolean;
  /** Null for what may leave while another order's fate is unknown: OUTCOME_UNKNOWN where there is one. */
  readonly isOwnerAlive: ((owner: string) => boolean) | null;
};

/** The last `withinMs` up to `nowMs` of the monotonic clock. */
export type MonotonicSpan = { readonly nowMs: number; readonly withinMs: number };

export type IntentKey = {
  readonly connection: string;
  readonly account: string;
  readonly clientOrderId: string;
};

/** An entry of the audit chain: each hash covers the entry and the hash before it. */
export type AuditEntry = AuditRecord & {
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
};

/** An entry as it is stored: `data` is its canonical JSON text, and that text was hashed. */
export type ChainedEntry = Omit<AuditEntry, "data"> & { readonly data: string };

/** How audit entries are tied together; stores keep what it makes and ask it what doesn't fit. */
export interface AuditChain {
  /** The one text of `data`: sorted keys, no spaces. @throws TypeError when JSON can't hold it. */
  canonical(data: AuditRecord["data"]): string;
  /** The entry of `record` that comes after `previous`; null before the first. */
  link(
    record: Omit<AuditRecord, "data"> & { readonly data: string },
    previous: ChainTail,
  ): ChainedEntry;
  /** Why `entry` can't be the one after `previous`, in words; null when it can. */
  fault(entry: ChainedEntry, previous: ChainTail): string | null;
}

export type ChainTail = Pick<AuditEntry, "sequence" | "hash"> | null;

export interface AuditTrail {
  /** Entries in order, oldest first. */
  entries(filter: AuditFilter): IterableIterator<AuditEntry>;
  /**
   * Walks the whole chain, and compares it with what was kept outside the database.
   * @throws Failure AUDIT_BROKEN naming the first entry that doesn't fit.
   */
  verify(anchors: readonly Anchored[]): Promise<AuditSummary>;
  /** What the file beside the database vouches for. */
  anchored(): Anchored;
  /** The newest entry; null when there is none. */
  head(): AuditHead | null;
  /** Anchors the log as it is now, whatever the anchor said before; flushed to the disk. */
  anchor(): AuditHead | null;
}

export type AuditFilter = {
  readonly from?: Instant;
  /** Before then. */
  readonly before?: Instant;
  readonly signalId?: string;
  readonly orderId?: string;
  /** Of what was done on it; settings are of no connection. */
  readonly connection?: string;
  readonly account?: string;
  /** Only the newest so many. */
  readonly limit?: number;
};

export type AuditSummary = {
  readonly entries: number;
  readonly firstAt: Instant | null;
  readonly lastAt: Instant | null;
  readonly head: string | null;
  /** The newest entry that a place outside the database vouches for; null when none does. */
  readonly anchored: number | null;
};
