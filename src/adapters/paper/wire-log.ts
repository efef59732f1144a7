import { type Decimal, type Price, toPrice, toUnits, ZERO } from "../../core/money.ts";
import type { TradeChange, Transaction, TransactionType } from "../../core/transaction.ts";
import { isExit } from "../../paper/engine/orders.ts";
import type {
  EntryOrderRejectTransaction,
  EntryOrderTransaction,
  ExitOrderRejectTransaction,
  ExitOrderTransaction,
  FillTransaction,
  MarketOrderRejectTransaction,
  MarketOrderTransaction,
  VenueTransaction,
} from "../../paper/engine/transactions.ts";
import type { VenueOrder, VenueTrade } from "../../paper/engine/types.ts";
import { toOrigin } from "./origin.ts";
import { whyOf } from "./why.ts";

/** Finds what an entry of the log only names. */
export type Lookup = {
  order(id: number): VenueOrder | null;
  trade(id: number): VenueTrade | null;
};

const TYPES: Record<VenueTransaction["type"], TransactionType> = {
  CREATE: "other",
  CLIENT_CONFIGURE: "other",
  CLIENT_CONFIGURE_REJECT: "reject",
  TRANSFER_FUNDS: "funding",
  MARKET_ORDER: "order",
  MARKET_ORDER_REJECT: "reject",
  LIMIT_ORDER: "order",
  LIMIT_ORDER_REJECT: "reject",
  STOP_ORDER: "order",
  STOP_ORDER_REJECT: "reject",
  MARKET_IF_TOUCHED_ORDER: "order",
  MARKET_IF_TOUCHED_ORDER_REJECT: "reject",
  STOP_LOSS_ORDER: "order",
  STOP_LOSS_ORDER_REJECT: "reject",
  GUARANTEED_STOP_LOSS_ORDER: "order",
  GUARANTEED_STOP_LOSS_ORDER_REJECT: "reject",
  TAKE_PROFIT_ORDER: "order",
  TAKE_PROFIT_ORDER_REJECT: "reject",
  TRAILING_STOP_LOSS_ORDER: "order",
  TRAILING_STOP_LOSS_ORDER_REJECT: "reject",
  ORDER_FILL: "fill",
  ORDER_CANCEL: "cancel",
  ORDER_CANCEL_REJECT: "reject",
  ORDER_CLIENT_EXTENSIONS_MODIFY: "other",
  ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT: "reject",
  TRADE_CLIENT_EXTENSIONS_MODIFY: "other",
  TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT: "reject",
  DELAYED_TRADE_CLOSURE: "other",
  DAILY_FINANCING: "financing",
};

/** What an entry is about. */
type Subject = Pick<
  Transaction,
  "instrument" | "side" | "units" | "price" | "orderId" | "tradeId" | "clientOrderId"
> & { readonly order: Pick<VenueOrder, "clientExtensions"> | null };

/** What an entry does to the balance. */
type Booking = Pick<Transaction, "realizedPl" | "commission" | "financing" | "amount" | "balance">;

const NOTHING: Subject = {
  instrument: null,
  side: null,
  units: null,
  price: null,
  orderId: null,
  tradeId: null,
  clientOrderId: null,
  order: null,
};
const UNBOOKED: Booking = {
  realizedPl: ZERO,
  commission: ZERO,
  financing: ZERO,
  amount: ZERO,
  balance: null,
};

/** An entry of the venue's log in our words. */
export function toTransaction(entry: VenueTransaction, lookup: Lookup): Transaction {
  const { order, ...subject } = subjectOf(entry, lookup);
  const { signalId, agent } = toOrigin(order?.clientExtensions);
  return {
    id: `${entry.id}`,
    time: entry.time,
    type: TYPES[entry.type],
    brokerType: entry.type,
    ...subject,
    ...bookingOf(entry),
    signalId,
    agent,
    trades: entry.type === "ORDER_FILL" ? tradesOf(entry) : [],
    ...whyOf(entry),
  };
}

function tradesOf({ tradeOpened, tradeReduced, tradesClosed }: FillTransaction) {
  const taken = (action: "closed" | "reduced", parts: FillTransaction["tradesClosed"]) =>
    parts.map(({ tradeId, units, realizedPl }) => change(action, { tradeId, units, realizedPl }));
  const opened = tradeOpened
    ? [
        change("opened", {
          tradeId: tradeOpened.tradeId,
          units: tradeOpened.units,
          realizedPl: ZERO,
        }),
      ]
    : [];
  return [
    ...taken("closed", tradesClosed),
    ...taken("reduced", tradeReduced ? [tradeReduced] : []),
    ...opened,
  ];
}

function change(
  action: TradeChange["action"],
  part: { readonly tradeId: number; readonly units: Decimal; readonly realizedPl: Decimal },
): TradeChange {
  const { tradeId, units, realizedPl } = part;
  return { tradeId: `${tradeId}`, action, units: toUnits(units.abs()), realizedPl };
}

function subjectOf(entry: VenueTransaction, lookup: Lookup): Subject {
  switch (entry.type) {
    case "MARKET_ORDER":
    case "MARKET_ORDER_REJECT":
    case "LIMIT_ORDER":
    case "LIMIT_ORDER_REJECT":
    case "STOP_ORDER":
    case "STOP_ORDER_REJECT":
    case "MARKET_IF_TOUCHED_ORDER":
    case "MARKET_IF_TOUCHED_ORDER_REJECT":
      return orderSubject(entry);
    case "STOP_LOSS_ORDER":
    case "STOP_LOSS_ORDER_REJECT":
    case "GUARANTEED_STOP_LOSS_ORDER":
    case "GUARANTEED_STOP_LOSS_ORDER_REJECT":
    case "TAKE_PROFIT_ORDER":
    case "TAKE_PROFIT_ORDER_REJECT":
    case "TRAILING_STOP_LOSS_ORDER":
    case "TRAILING_STOP_LOSS_ORDER_REJECT":
      return exitSubject(entry, lookup);
    case "ORDER_FILL":
      return fillSubject(entry, lookup.order(entry.orderId));
    case "ORDER_CANCEL":
      return cancelSubject(entry, lookup);
    case "ORDER_CANCEL_REJECT":
    case "ORDER_CLIENT_EXTENSIONS_MODIFY":
    case "ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT":
      return { ...NOTHING, orderId: `${entry.orderId}`, clientOrderId: entry.clientOrderId };
    case "TRADE_CLIENT_EXTENSIONS_MODIFY":
    case "TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT":
      return { ...NOTHING, tradeId: `${entry.tradeId}` };
    default:
      return NOTHING;
  }
}

type OrderEntry =
  | MarketOrderTransaction
  | MarketOrderRejectTransaction
  | EntryOrderTransaction
  | EntryOrderRejectTransaction;

function orderSubject(entry: OrderEntry): Subject {
  const trade = "tradeClose" in entry ? entry.tradeClose : null;
  return {
    ...NOTHING,
    ...sized(entry.instrument, entry.units),
    price: "price" in entry ? askedPrice(entry.price) : null,
    orderId: orderIdOf(entry),
    tradeId: trade ? `${trade.tradeId}` : null,
    clientOrderId: entry.clientExtensions?.id ?? null,
    order: entry,
  };
}

function exitSubject(
  entry: ExitOrderTransaction | ExitOrderRejectTransaction,
  lookup: Lookup,
): Subject {
  return {
    ...NOTHING,
    ...exitOf(lookup.trade(entry.tradeId)),
    price: "price" in entry ? askedPrice(entry.price) : null,
    orderId: orderIdOf(entry),
    tradeId: `${entry.tradeId}`,
    clientOrderId: entry.clientExtensions?.id ?? null,
    order: entry,
  };
}

/** A refused order is none. */
function orderIdOf({ id, type }: VenueTransaction): string | null {
  return type.endsWith("_REJECT") ? null : `${id}`;
}

/** What was refused may have been asked for at any price. */
function askedPrice(price: Decimal | null): Price | null {
  return price && !price.isNegative() ? toPrice(price) : null;
}

function fillSubject(entry: FillTransaction, order: VenueOrder | null): Subject {
  const traded = entry.tradeOpened ?? entry.tradeReduced ?? entry.tradesClosed[0];
  return {
    ...NOTHING,
    ...sized(entry.instrument, entry.units),
    price: entry.price,
    orderId: `${entry.orderId}`,
    tradeId: traded ? `${traded.tradeId}` : null,
    clientOrderId: entry.clientOrderId,
    order,
  };
}

function cancelSubject(
  entry: Extract<VenueTransaction, { type: "ORDER_CANCEL" }>,
  lookup: Lookup,
): Subject {
  const order = lookup.order(entry.orderId);
  const exit = order && isExit(order) ? order : null;
  const about =
    order && !isExit(order)
      ? sized(order.instrument, order.units)
      : exitOf(exit && lookup.trade(exit.tradeId));
  return {
    ...NOTHING,
    ...about,
    orderId: `${entry.orderId}`,
    tradeId: exit ? `${exit.tradeId}` : null,
    clientOrderId: entry.clientOrderId,
    order,
  };
}

function exitOf(trade: VenueTrade | null): Partial<Subject> {
  if (!trade) return {};
  return {
    instrument: trade.instrument,
    side: trade.initialUnits.isNegative() ? "buy" : "sell",
  };
}

function sized(instrument: string, units: Decimal): Partial<Subject> {
  if (instrument === "" || units.isZero()) return { instrument: instrument || null };
  return {
    instrument,
    side: units.isNegative() ? "sell" : "buy",
    units: toUnits(units.abs()),
  };
}

function bookingOf(entry: VenueTransaction): Booking {
  switch (entry.type) {
    case "ORDER_FILL": {
      const { pl, financing, accountBalance } = entry;
      const commission = entry.commission.plus(entry.guaranteedExecutionFee);
      const amount = pl.plus(financing).minus(commission);
      return { realizedPl: pl, commission, financing, amount, balance: accountBalance };
    }
    case "DAILY_FINANCING": {
      const { financing, accountBalance } = entry;
      return { ...UNBOOKED, financing, amount: financing, balance: accountBalance };
    }
    case "TRANSFER_FUNDS":
      return { ...UNBOOKED, amount: entry.amount, balance: entry.accountBalance };
    default:
      return UNBOOKED;
  }
}
