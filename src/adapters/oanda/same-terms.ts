import type { Decimal } from "../../core/money.ts";
import type {
  AttachedStop,
  ChangeOrder,
  EntryTerms,
  ExitTerms,
  Waiting,
} from "../../core/order-request.ts";
import { msBetween } from "../../core/time.ts";
import { typeOf } from "./wire-orders.ts";
import { openingOf, waitingOf } from "./wire-terms.ts";
import type { WireTransaction } from "./wire-transactions.ts";

type Level = Decimal | null | undefined;

/**
 * Whether an order that was made (or refused) in another's place has the terms asked for: by them alone one program's
 * change is told from another's. Two that are alike in everything have done the same.
 */
export function isSameChange(request: ChangeOrder, transaction: WireTransaction): boolean {
  const { terms, side, units } = request;
  const type = transaction.type.replace(/_ORDER(_REJECT)?$/, "");
  if (typeOf({ ...transaction, type }) !== terms.type) return false;
  if (!isSameWaiting(terms, transaction)) return false;
  if ("tradeId" in terms) return isSameExit(terms, transaction);
  const signed = side === "sell" ? units.negated() : units;
  return isSame(transaction.units, signed) && isSameEntry(terms, transaction);
}

function isSameExit(terms: ExitTerms, { tradeID, price, distance }: WireTransaction): boolean {
  if (tradeID !== terms.tradeId) return false;
  const isAtPrice = terms.type !== "trailing_stop" && terms.price !== null;
  return isAtPrice ? isSame(price, terms.price) : isSame(distance, terms.distance);
}

function isSameEntry(terms: EntryTerms, transaction: WireTransaction): boolean {
  const made = openingOf(transaction);
  return (
    isSame(transaction.price, terms.price) &&
    isSame(made.priceBound, terms.priceBound) &&
    isSame(made.takeProfit, terms.takeProfit) &&
    isSame(made.trailingStop, terms.trailingStop) &&
    isSameStop(terms.stopLoss, made) &&
    (transaction.positionFill === "REDUCE_ONLY") === terms.reduceOnly
  );
}

function isSameStop(asked: AttachedStop | null, made: ReturnType<typeof openingOf>): boolean {
  if (asked === null) return made.stopLoss === null && made.stopLossDistance === null;
  if (made.isStopGuaranteed !== (asked.isGuaranteed ?? false)) return false;
  return asked.kind === "price"
    ? isSame(made.stopLoss, asked.price)
    : isSame(made.stopLossDistance, asked.distance);
}

/** The broker may keep fewer digits of a second than were sent. */
function isSameWaiting(asked: Waiting, transaction: WireTransaction): boolean {
  const made = waitingOf(transaction, "GTC");
  if (made.timeInForce !== asked.timeInForce) return false;
  if (asked.timeInForce !== "GTD" || asked.expiresAt === null) return true;
  return made.expiresAt !== null && msBetween(made.expiresAt, asked.expiresAt) === 0;
}

/** Whether a stop stands where it was asked for. */
export function isSameLevel(asked: AttachedStop, made: WireTransaction): boolean {
  return asked.kind === "price"
    ? isSame(made.price, asked.price)
    : isSame(made.distance, asked.distance);
}

export function isSame(left: Level, right: Level): boolean {
  if (!left || !right) return !left && !right;
  return left.equals(right);
}
