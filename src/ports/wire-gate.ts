import type { OrderRequest } from "../core/order-request.ts";
import type { Instant } from "../core/time.ts";
import type { Broker } from "./broker.ts";
import type { Clock } from "./clock.ts";

/** A request at the last moment before its first byte goes out. */
export type Leaving = {
  readonly connection: string;
  readonly account: string;
  /** Its text is compared letter by letter with what was journaled. */
  readonly request: OrderRequest;
  readonly maxOrdersPerMinute: number;
};

/** Longest way of a request to the wire, from its review as from its journal entry. */
export const MOST_UNDER_WAY_MS = 5_000;

export type GateVerdict =
  | { readonly kind: "open" }
  /** Its intent has let a request out before: that one may be live. */
  | { readonly kind: "repeated" }
  /** What leaves isn't what was journaled; `why` ends a sentence that begins with the order. */
  | { readonly kind: "unasked"; readonly why: string }
  /** It was journaled so long ago that it would leave on old facts. */
  | { readonly kind: "late"; readonly ageMs: number }
  | { readonly kind: "halted"; readonly since: Instant; readonly reason: string }
  | { readonly kind: "pace" };

declare const gated: unique symbol;
/** A broker that nothing leaves for but through the gate: only `trading/gated-broker.ts` makes one. */
export type GatedBroker = Broker & { readonly [gated]: true };

/**
 * The last look before the wire. It trusts nothing of the code above it but the journal: what may leave stands there,
 * flushed, and each intent lets one request out, once, over all processes.
 */
export interface WireGate {
  /**
   * Decides, and counts what it lets out. Halts the connection on `repeated` and `unasked`, before anything else can
   * leave. Answers at once: nothing may come between it and the first byte.
   * @throws Failure STORAGE_BUSY, STORAGE_FULL or STORAGE_CORRUPT: nothing may leave.
   */
  pass(leaving: Leaving, clock: Pick<Clock, "now" | "monotonicMs">): GateVerdict;
}
