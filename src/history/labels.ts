import type { HistoryRow } from "../core/history-row.ts";
import type { Instant } from "../core/time.ts";
import type { AccountKey } from "../ports/day-book.ts";

/** Who asked for what a line tells of. */
export type Labels = Pick<HistoryRow, "clientOrderId" | "signalId" | "agent">;

/** What the journal knows of an order that was sent from here; undefined for another one. */
export type IntentLabels = (
  clientOrderId: string,
  account: AccountKey,
) => Omit<Labels, "clientOrderId"> | undefined;

/** The labels of an order, by the id that it was sent with. */
export type OrderLabels = Omit<Labels, "clientOrderId"> & {
  readonly clientOrderId: string;
  /** When it was decided, by the clock of the computer that sent it. */
  readonly createdAt: Instant;
};

/** What the journal knows of who asked for the orders that were sent from here. */
export interface JournalLabels {
  readonly intentOf: IntentLabels;
  /** An account's orders that have a signal or an agent, the newest first, some at a time. */
  newestFirst(account: AccountKey): Iterable<readonly OrderLabels[]>;
}

export type LabelSources = {
  /** The labels of the order's own line, which came before. */
  readonly orderOf: (orderId: string) => Labels | undefined;
  readonly intentOf: IntentLabels;
};

/**
 * Finds the labels that a broker leaves out: those of the order are in the order's own line, and what never went to the
 * broker is in the journal.
 */
export function linkLabels(row: HistoryRow, { orderOf, intentOf }: LabelSources): Labels {
  const { orderId, id } = row;
  const own = filled(row);
  if (own) return own;
  const order = orderId === null || orderId === id ? undefined : orderOf(orderId);
  const clientOrderId = row.clientOrderId ?? order?.clientOrderId ?? null;
  const intent = clientOrderId === null ? undefined : intentOf(clientOrderId, row);
  return {
    clientOrderId,
    signalId: row.signalId ?? order?.signalId ?? intent?.signalId ?? null,
    agent: row.agent ?? order?.agent ?? intent?.agent ?? null,
  };
}

/** A line's own labels, where none of them is missing. */
function filled({ clientOrderId, signalId, agent }: HistoryRow): Labels | null {
  const isWhole = clientOrderId !== null && signalId !== null && agent !== null;
  return isWhole ? { clientOrderId, signalId, agent } : null;
}
