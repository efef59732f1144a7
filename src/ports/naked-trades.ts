import type { AccountKey } from "./day-book.ts";
import type { IntentKey } from "./journal.ts";

/** What becomes of a trade whose stop the broker refused: another try, its end, or what the user says. */
export type StopPolicy = "attach" | "close" | "ask";

/**
 * Trades that orders of ours opened without their stop, as long as `order.onStopRefused` is to be carried out; shared by all
 * processes of the user. The journal adds one together with the outcome that tells of it, in the hands of the process that sent
 * the order, and takes it away together with what has become of it.
 */
export interface NakedTrades {
  /** Of an order that had waited, and whose fill nobody's answer told of. Nothing where it is there already. */
  add(naked: Omit<NakedTrade, "policy">): Promise<void>;
  /** Oldest first. */
  of(account: AccountKey): Promise<readonly NakedTrade[]>;
  /**
   * Makes `owner` the only one who acts, and gives the policy of whoever took the trade up first. Null while it is in the hands
   * of a living process, this one's too, and where nothing is to be done any more. What a dead one had in hand is free.
   */
  claim(order: IntentKey, claim: NakedClaim): Promise<StopPolicy | null>;
  /** `owner` lets go of it: it is the next one's, unless it is done. */
  release(order: IntentKey, owner: string): Promise<void>;
}

export type NakedTrade = {
  /** The order that opened it. */
  readonly order: IntentKey;
  readonly tradeId: string;
  readonly brokerCode: string;
  /** Null before somebody took it up. */
  readonly policy: StopPolicy | null;
};

export type NakedClaim = {
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
  /** `order.onStopRefused` as it is now. */
  readonly policy: StopPolicy;
};
