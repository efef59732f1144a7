import { Failure } from "../../core/failures.ts";
import { type Decimal, toUnits, ZERO } from "../../core/money.ts";
import type { DoneOutcome, Fill, OrderOutcome } from "../../core/order.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import { toRejection } from "./rejection.ts";
import { commissionOf, priceOf, type WireTransaction } from "./wire-transactions.ts";
import { compareIds } from "./wire-values.ts";

/** What a log proves of a request. */
export type Proof = {
  readonly outcome: OrderOutcome;
  /** Whether it stands by itself. What isn't final also rests on entries that aren't there, hence on a log without gaps. */
  readonly isFinal: boolean;
};

export type Log = readonly WireTransaction[];

/** The transactions that tell one order's story. */
export type OrderStory = {
  readonly created: WireTransaction | undefined;
  readonly filled: WireTransaction | undefined;
  readonly cancelled: WireTransaction | undefined;
};

/** What became of `request`; null when the story has no beginning. */
export function toOutcome(request: OrderRequest, story: OrderStory): OrderOutcome | null {
  const { created, filled, cancelled } = story;
  if (filled) return toFilled(request, filled, created);
  if (cancelled) return toCancelled(request, cancelled, created);
  return created ? { status: "pending", orderId: created.id } : null;
}

function toCancelled(
  request: OrderRequest,
  cancelled: WireTransaction,
  created: WireTransaction | undefined,
): OrderOutcome {
  const brokerCode = cancelled.reason ?? "UNKNOWN";
  const verdict = {
    what: "cancelled",
    about: request.kind,
    brokerCode,
    brokerWords: null,
  } as const;
  return {
    status: "cancelled",
    orderId: cancelled.orderID ?? created?.id ?? null,
    transactionId: cancelled.id,
    rejection: toRejection(verdict),
  };
}

/** The broker's refusal, as it stands in its log. */
export function toRejected(
  { kind: about }: OrderRequest,
  reject: { readonly id: string; readonly rejectReason?: string | null | undefined },
  brokerWords: string | null = null,
): OrderOutcome {
  const brokerCode = reject.rejectReason ?? "UNKNOWN";
  const rejection = toRejection({ what: "rejected", about, brokerCode, brokerWords });
  return { status: "rejected", orderId: null, transactionId: reject.id, rejection };
}

export function toDone(
  orderId: string | null,
  transactions: readonly WireTransaction[],
): DoneOutcome {
  const ids = transactions.map((each) => each.id).toSorted(compareIds);
  return { status: "done", orderId, transactionId: ids.at(-1) ?? "" };
}

const EXIT_ORDER = /^(TAKE_PROFIT|STOP_LOSS|GUARANTEED_STOP_LOSS|TRAILING_STOP_LOSS)_ORDER$/;

/** Whether it makes an exit of that trade. */
export function makesExitOf(tradeId: string, { type, tradeID }: WireTransaction): boolean {
  return tradeID === tradeId && EXIT_ORDER.test(type);
}

/** What a change of a trade's exits came to, by the transactions that it made. */
export function toExitsOutcome(
  request: OrderRequest & { readonly tradeId: string },
  made: readonly WireTransaction[],
): OrderOutcome {
  const exits = made.filter((each) => makesExitOf(request.tradeId, each));
  const byId = new Map(exits.map((each) => [each.id, each]));
  const endOf = (type: string) =>
    made.find((each) => each.type === type && byId.has(each.orderID ?? ""));
  // An exit whose price was passed already is filled, or dropped, as soon as it is made.
  const [filled, cancelled] = [endOf("ORDER_FILL"), endOf("ORDER_CANCEL")];
  const created = byId.get((filled ?? cancelled)?.orderID ?? "");
  const ended = filled || cancelled ? toOutcome(request, { created, filled, cancelled }) : null;
  return ended ?? toDone(exits.toSorted((a, b) => compareIds(a.id, b.id)).at(-1)?.id ?? null, made);
}

function toFilled(
  request: OrderRequest,
  filled: WireTransaction,
  created: WireTransaction | undefined,
): OrderOutcome {
  const fill = toFill(filled);
  const asked: Decimal =
    created?.units?.abs() ?? (isWholeClose(request, filled, created) ? fill.units : request.units);
  const closed = [
    ...(filled.tradesClosed ?? []),
    ...(filled.tradeReduced ? [filled.tradeReduced] : []),
  ];
  return {
    status: fill.units.isLessThan(asked) ? "partially_filled" : "filled",
    orderId: filled.orderID ?? created?.id ?? filled.id,
    fills: [fill],
    openedTradeId: filled.tradeOpened?.tradeID ?? null,
    closedTradeIds: closed.map((trade) => trade.tradeID),
  };
}

/** How much was to be filled, where the order doesn't say: all that is there, or what was asked for. */
function isWholeClose(
  request: OrderRequest,
  filled: WireTransaction,
  created: WireTransaction | undefined,
): boolean {
  if (request.kind === "close") return request.isWhole;
  return filled.tradesClosed?.some((trade) => trade.tradeID === created?.tradeID) ?? false;
}

function toFill(wire: WireTransaction): Fill {
  const price = priceOf(wire);
  if (!wire.units || !price) {
    const message = `OANDA's fill ${wire.id} has no size or price. The order may be live.`;
    throw new Failure("BROKER_UNAVAILABLE", message, {
      hint: "It is looked up in the account's log.",
      sent: true,
      details: { transactionId: wire.id },
    });
  }
  return {
    transactionId: wire.id,
    units: toUnits(wire.units.abs()),
    price,
    time: wire.time,
    realizedPl: wire.pl ?? ZERO,
    commission: commissionOf(wire),
    financing: wire.financing ?? ZERO,
  };
}
