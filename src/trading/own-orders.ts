import type { Transaction } from "../core/transaction.ts";
import type { Intent, Journal } from "../ports/journal.ts";
import type { Desk } from "./desk.ts";
import type { KeptReport, OrderReport } from "./order-report.ts";
import { isInFlight } from "./settle.ts";

type OwnDesk = Pick<Desk, "profile" | "account" | "clock" | "isOwnerAlive"> & {
  readonly journal: Pick<Journal, "recent">;
};

/** Whose a transaction is: told to whoever asked for it, news, or not to be told yet. */
export type Ownership = "own" | "news" | "open";

/** The requests that this user's processes sent lately, as far as the journal knows them. */
export type OwnOrders = {
  /** Whether the answer to one of them named that transaction. */
  readonly named: (transactionId: string) => boolean;
  readonly ownershipOf: (transaction: Transaction) => Ownership;
  readonly reports: readonly OrderReport[];
};

/** Reads the newest `most` of them. */
export async function readOwnOrders(desk: OwnDesk, most: number): Promise<OwnOrders> {
  const { profile, account } = desk;
  const intents = await desk.journal.recent(profile.name, account.id, most);
  const reports = intents.map(({ result }) => result as KeptReport);
  const ids = new Set(reports.flatMap(idsIn));
  const ended = new Set(reports.flatMap(endedOrder));
  const unsettled = intents.filter(({ state }) => state !== "settled");
  return {
    reports,
    named: (id) => ids.has(id),
    ownershipOf(transaction) {
      if (ids.has(transaction.id)) return "own";
      const isEnd = transaction.type === "fill" || transaction.type === "cancel";
      if (isEnd && ended.has(transaction.orderId ?? "")) return "own";
      const makers = unsettled.filter((intent) => mayHaveMade(intent, transaction));
      // Its sender may still tell of it.
      if (makers.some((intent) => isInFlight(desk, intent))) return "open";
      // Otherwise whoever settles it does, where it is that one for certain.
      const isNamed = makers.some(
        ({ clientOrderId }) => clientOrderId === transaction.clientOrderId,
      );
      return isNamed ? "own" : "news";
    },
  };
}

function idsIn({ transactionIds = [], fills }: KeptReport): readonly string[] {
  return [...transactionIds, ...fills.map(({ transactionId }) => transactionId)];
}

/** An order whose end was the answer. */
function endedOrder({ orderId, status, fills }: OrderReport): readonly string[] {
  const isEnded = status === "cancelled" || (status === "filled" && fills.length > 0);
  return isEnded && orderId !== null ? [orderId] : [];
}

/** Whether a request without an outcome may be what a transaction came from. Closes of one trade can carry no id. */
function mayHaveMade({ request, clientOrderId }: Intent, transaction: Transaction): boolean {
  const { kind } = request;
  if (kind === "market" || kind === "entry") return transaction.clientOrderId === clientOrderId;
  const isFill = transaction.type === "fill" && transaction.instrument === request.instrument;
  return isFill && kind !== "cancel";
}
