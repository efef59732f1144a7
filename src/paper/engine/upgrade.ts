import { ZERO } from "../../core/money.ts";

/** A record as it was kept. */
type Kept = Readonly<Record<string, unknown>>;

const TRADE = { guaranteedStopLossOrderId: null, delayedClosureId: null };
const MARKET_ORDER = { guaranteedStopLossOnFill: null, delayedTradeClose: null };
const EXIT_ORDER = { triggerCondition: "DEFAULT" };
const EXIT_TRANSACTION = { ...EXIT_ORDER, cancellingTransactionId: null };
const SIDE = { guaranteedFees: ZERO };
const FEE = { guaranteedExecutionFee: ZERO, quoteGuaranteedExecutionFee: ZERO };

/*
 * Records of before there were waiting orders, guaranteed stops and delayed closures lack the fields of those: they get
 * what these fields would have said. A newer record comes out as it is.
 */

/** An account with everything that one has today. */
export function upgradeAccount(account: Kept): Kept {
  if ("guaranteedFees" in account) return account;
  return {
    ...SIDE,
    ...account,
    trades: each(account.trades, upgradeTrade),
    orders: each(account.orders, upgradeOrder),
    totals: each(account.totals, (total) => ({
      ...total,
      long: filled(SIDE, total.long),
      short: filled(SIDE, total.short),
    })),
  };
}

/** A trade with everything that one has today. */
export function upgradeTrade(trade: Kept): Kept {
  return "delayedClosureId" in trade ? trade : { ...TRADE, ...trade };
}

/** An order with everything that one has today. */
export function upgradeOrder(order: Kept): Kept {
  if (order.type === "market")
    return "delayedTradeClose" in order ? order : { ...MARKET_ORDER, ...order };
  return "triggerCondition" in order ? order : { ...EXIT_ORDER, ...order };
}

/** A log entry with everything that one of its type has today. */
export function upgradeTransaction(entry: Kept): Kept {
  switch (entry.type) {
    case "MARKET_ORDER":
    case "MARKET_ORDER_REJECT":
      return { ...MARKET_ORDER, ...entry };
    case "STOP_LOSS_ORDER":
    case "TAKE_PROFIT_ORDER":
    case "TRAILING_STOP_LOSS_ORDER":
      return { ...EXIT_TRANSACTION, ...entry };
    case "ORDER_CANCEL_REJECT":
      return { clientOrderId: null, ...entry };
    case "ORDER_FILL":
      return "fullVwap" in entry ? entry : upgradeFill(entry);
    default:
      return entry;
  }
}

function upgradeFill(fill: Kept): Kept {
  return {
    ...FEE,
    fullVwap: fill.price,
    ...fill,
    tradesClosed: each(fill.tradesClosed, (part) => ({ ...FEE, ...part })),
    tradeReduced: fill.tradeReduced && filled(FEE, fill.tradeReduced),
  };
}

function each(records: unknown, upgrade: (record: Kept) => Kept): unknown {
  return Array.isArray(records) ? records.map((record) => upgrade(record)) : records;
}

function filled(defaults: Kept, record: unknown): unknown {
  return typeof record === "object" && record !== null ? { ...defaults, ...record } : record;
}
