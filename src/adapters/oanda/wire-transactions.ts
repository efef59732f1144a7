import * as v from "valibot";
import { type Decimal, type Price, sumOf, toUnits, ZERO } from "../../core/money.ts";
import type { OrderOrigin } from "../../core/order.ts";
import type { TradeChange, Transaction, TransactionType } from "../../core/transaction.ts";
import { toOrigin } from "./origin.ts";
import { whyOf } from "./why.ts";
import { termEntries } from "./wire-terms.ts";
import {
  asRecord,
  type ClientExtensions,
  clientExtensions,
  compareIds,
  readWire,
  sideOf,
  wireDecimal,
  wireId,
  wirePrice,
  wireSize,
  wireTime,
} from "./wire-values.ts";

const tradePart = v.object({
  tradeID: wireId,
  units: v.nullish(wireDecimal),
  realizedPL: v.nullish(wireDecimal),
  clientExtensions: v.nullish(clientExtensions),
});
type TradePart = v.InferOutput<typeof tradePart>;
const head = { id: wireId, time: wireTime, type: v.string() };

/** The parts that are read of the kinds known here; a kind has only some of them. */
const known = v.object({
  ...head,
  instrument: v.nullish(v.string()),
  units: v.nullish(wireSize),
  price: v.nullish(wirePrice),
  fullVWAP: v.nullish(wirePrice),
  pl: v.nullish(wireDecimal),
  commission: v.nullish(wireDecimal),
  guaranteedExecutionFee: v.nullish(wireDecimal),
  financing: v.nullish(wireDecimal),
  amount: v.nullish(wireDecimal),
  dividendAdjustment: v.nullish(wireDecimal),
  accountBalance: v.nullish(wireDecimal),
  orderID: v.nullish(wireId),
  clientOrderID: v.nullish(v.string()),
  tradeID: v.nullish(wireId),
  tradeClose: v.nullish(
    v.object({ tradeID: wireId, units: v.nullish(v.union([v.literal("ALL"), wireDecimal])) }),
  ),
  ...termEntries,
  requestID: v.nullish(v.string()),
  batchID: v.nullish(wireId),
  replacesOrderID: v.nullish(wireId),
  intendedReplacesOrderID: v.nullish(wireId),
  replacedByOrderID: v.nullish(wireId),
  clientExtensions: v.nullish(clientExtensions),
  tradeOpened: v.nullish(tradePart),
  tradesClosed: v.nullish(v.array(tradePart)),
  tradeReduced: v.nullish(tradePart),
  reason: v.nullish(v.string()),
  rejectReason: v.nullish(v.string()),
});
export type WireTransaction = v.InferOutput<typeof known>;

const unknown = v.object(head);

const KINDS: readonly (readonly [RegExp, TransactionType])[] = [
  [/_REJECT$/, "reject"],
  [/^ORDER_FILL$/, "fill"],
  [/^ORDER_CANCEL$/, "cancel"],
  [/_ORDER$/, "order"],
  [/^DAILY_FINANCING$/, "financing"],
  [/^TRANSFER_FUNDS$/, "funding"],
  [/^DIVIDEND_ADJUSTMENT$/, "other"],
];

const page = v.object({ transactions: v.array(v.unknown()), lastTransactionID: wireId });

export type TransactionPage = {
  /** Oldest first, none twice. */
  readonly transactions: readonly WireTransaction[];
  /** The newest of the account, on this page or beyond it. */
  readonly lastTransactionId: string;
};

/** Where the log after a transaction is, at most 1000 entries of it. */
export function sinceIdPath(transactionId: string): string {
  return `/transactions/sinceid?id=${encodeURIComponent(transactionId)}`;
}

/** Reads the answer of GET …/transactions/sinceid. */
export function toTransactionPage(body: unknown): TransactionPage {
  const { transactions, lastTransactionID } = readWire(page, body, "transaction list");
  const byId = new Map(transactions.map(toWireTransaction).map((each) => [each.id, each]));
  const sorted = [...byId.values()].toSorted((left, right) => compareIds(left.id, right.id));
  return { transactions: sorted, lastTransactionId: lastTransactionID };
}

/** Reads one transaction; of a kind that isn't known here only what all kinds have. */
export function toWireTransaction(value: unknown): WireTransaction {
  const entry = readWire(unknown, value, "transaction");
  const kind = kindOf(entry.type);
  if (!kind) return entry;
  const readable = kind === "reject" ? readablePartsOf(value) : value;
  return readWire(known, readable, `transaction ${entry.id}`);
}

/** What was refused may hold anything that somebody asked for: what can't be read of it tells nothing. */
function readablePartsOf(value: unknown): unknown {
  const schemas = new Map<string, v.GenericSchema>(Object.entries(known.entries));
  const parts = Object.entries(asRecord(value));
  return Object.fromEntries(
    parts.filter(([name, part]) => v.is(schemas.get(name) ?? v.unknown(), part)),
  );
}

/** Labels of orders that a log has shown: what a fill or a cancel doesn't say of its order. */
export type LabelBook = Map<string, ClientExtensions>;

/** Orders whose labels are remembered over pages and streams: the newest ones. */
const MOST_LABELS = 5_000;

/**
 * The transactions in our words; what one doesn't say of its order comes from the ones before it. A book that is given
 * is read and carried on.
 */
export function toTransactions(
  transactions: readonly WireTransaction[],
  book: LabelBook = new Map(),
): readonly Transaction[] {
  return transactions.map((wire) => {
    if (wire.clientExtensions) remember(book, wire.id, wire.clientExtensions);
    const own = wire.clientExtensions ?? book.get(wire.orderID ?? "");
    return toTransaction(wire, own ?? wire.tradeOpened?.clientExtensions ?? null);
  });
}

function remember(book: LabelBook, orderId: string, labels: ClientExtensions): void {
  book.set(orderId, labels);
  if (book.size <= MOST_LABELS) return;
  for (const oldest of book.keys()) {
    book.delete(oldest);
    return;
  }
}

function toTransaction(wire: WireTransaction, labels: ClientExtensions | null): Transaction {
  const origin: OrderOrigin = toOrigin(labels);
  const type = kindOf(wire.type) ?? "other";
  const { units } = wire;
  return {
    id: wire.id,
    time: wire.time,
    type,
    brokerType: wire.type,
    instrument: wire.instrument ?? null,
    side: units ? sideOf(units) : null,
    units: units ? toUnits(units.abs()) : null,
    price: priceOf(wire),
    realizedPl: wire.pl ?? ZERO,
    commission: commissionOf(wire),
    financing: wire.financing ?? ZERO,
    amount: amountOf(wire),
    balance: wire.accountBalance ?? null,
    orderId: wire.orderID ?? (type === "order" ? wire.id : null),
    tradeId: tradeIdOf(wire),
    clientOrderId: wire.clientOrderID ?? labels?.id ?? null,
    signalId: origin.signalId,
    agent: origin.agent,
    trades: wire.type === "ORDER_FILL" ? tradesOf(wire) : [],
    ...whyOf(wire),
  };
}

function tradesOf({ tradeOpened, tradeReduced, tradesClosed }: WireTransaction) {
  return [
    ...(tradesClosed ?? []).map((part) => tradeChange("closed", part)),
    ...(tradeReduced ? [tradeChange("reduced", tradeReduced)] : []),
    ...(tradeOpened ? [tradeChange("opened", tradeOpened)] : []),
  ].flat();
}

/** None where the broker doesn't say how much it was. */
function tradeChange(
  action: TradeChange["action"],
  { tradeID, units, realizedPL }: TradePart,
): readonly TradeChange[] {
  if (!units || units.isZero()) return [];
  return [
    { tradeId: tradeID, action, units: toUnits(units.abs()), realizedPl: realizedPL ?? ZERO },
  ];
}

/** The price filled at, or asked for. */
export function priceOf(wire: WireTransaction): Price | null {
  return wire.price ?? wire.fullVWAP ?? null;
}

/** Fees of a fill, the one of a guaranteed stop included; positive ones lower the balance. */
export function commissionOf(wire: WireTransaction): Decimal {
  return (wire.commission ?? ZERO).plus(wire.guaranteedExecutionFee ?? ZERO);
}

/** What it changed the balance by. */
function amountOf(wire: WireTransaction): Decimal {
  if (wire.type === "TRANSFER_FUNDS") return wire.amount ?? ZERO;
  if (wire.type === "DIVIDEND_ADJUSTMENT") return wire.dividendAdjustment ?? ZERO;
  if (wire.type === "DAILY_FINANCING") return wire.financing ?? ZERO;
  if (wire.type !== "ORDER_FILL") return ZERO;
  return sumOf([wire.pl ?? ZERO, wire.financing ?? ZERO, commissionOf(wire).negated()]);
}

function tradeIdOf(wire: WireTransaction): string | null {
  const part = wire.tradeOpened ?? wire.tradesClosed?.[0] ?? wire.tradeReduced ?? wire.tradeClose;
  return wire.tradeID ?? part?.tradeID ?? null;
}

function kindOf(type: string): TransactionType | undefined {
  return KINDS.find(([pattern]) => pattern.test(type))?.[1];
}
