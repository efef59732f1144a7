import type { OrderOutcome } from "../../core/order.ts";
import type { CancelOrder, ChangeOrder, ExitsChange } from "../../core/order-request.ts";
import { reasonWords } from "./reasons.ts";
import type { WireTransaction } from "./wire-transactions.ts";

const NOUNS = { change: "change", cancel: "cancellation" } as const;

/** The fill or the cancellation that ended an order. */
type Ending = Pick<WireTransaction, "id" | "type" | "reason" | "replacedByOrderID">;

/** A change or a cancellation that came too late: its order has ended before. */
export function toGone(request: ChangeOrder | CancelOrder, ended: Ending): OrderOutcome {
  const { kind, orderId } = request;
  const successor = ended.replacedByOrderID;
  const how = ended.type === "ORDER_FILL" ? "it was filled" : wordsOf(ended.reason);
  const place = successor ? `, and order ${successor} has taken its place` : "";
  return {
    status: "rejected",
    orderId: null,
    transactionId: ended.id,
    rejection: {
      code: "ORDER_NOT_FOUND",
      brokerCode: "ORDER_DOESNT_EXIST",
      message:
        `The ${NOUNS[kind]} came too late: order ${orderId} doesn't wait any more (${how}${place}, ` +
        `transaction ${ended.id}). Nothing was ${kind === "cancel" ? "cancelled" : "changed"}.`,
      hint: `See: tmt-broker order show ${successor ?? orderId}`,
    },
  };
}

/** A change of exits that came too late: the trade had been closed. */
export function toTradeGone(
  { tradeId }: ExitsChange,
  closedBy: Pick<WireTransaction, "id">,
): OrderOutcome {
  return {
    status: "rejected",
    orderId: null,
    transactionId: closedBy.id,
    rejection: {
      code: "POSITION_NOT_FOUND",
      brokerCode: "TRADE_DOESNT_EXIST",
      message:
        `The change of exits came too late: trade ${tradeId} was closed before ` +
        `(transaction ${closedBy.id}). Nothing was changed.`,
      hint: "Look at what is open now: tmt-broker positions",
    },
  };
}

function wordsOf(reason: string | null | undefined): string {
  if (!reason) return "it was cancelled";
  return reasonWords(reason)?.[0] ?? `its reason is ${reason}`;
}
