import type {
  ConversionFactors,
  DailyFinancingTransaction,
  EntryOrderTransaction,
  ExitOrderRejectTransaction,
  ExitOrderTransaction,
  FillTransaction,
  OrderCancelTransaction,
  OrderExtensionsRejectTransaction,
  OrderExtensionsTransaction,
  TradeExtensionsRejectTransaction,
  TradeExtensionsTransaction,
  TradeOpening,
  TradeReduction,
  VenueTransaction,
} from "../engine/transactions.ts";
import {
  amount,
  extensionsJson,
  type Json,
  NO_AMOUNT,
  optional,
  timeInForceJson,
  userOf,
  type Wire,
} from "./wire.ts";
import { entryJson, marginCloseoutJson, marketJson } from "./wire-orders.ts";

export function transactionJson(wire: Wire, transaction: VenueTransaction): Json {
  return {
    type: transaction.type,
    id: String(transaction.id),
    time: wire.time(transaction.time),
    userID: isByUser(transaction) ? userOf(wire.ledger.id) : 0,
    accountID: wire.ledger.id,
    batchID: String(transaction.batchId),
    requestID: transaction.requestId ?? undefined,
    ...partsJson(wire, transaction),
  };
}

/** What the venue does by itself carries no request, and user 0. */
function isByUser({ requestId, type }: VenueTransaction): boolean {
  return requestId !== null || type === "CREATE" || type === "TRANSFER_FUNDS";
}

function partsJson(wire: Wire, entry: VenueTransaction): Json {
  switch (entry.type) {
    case "CREATE":
      return { ...accountNumbers(wire.ledger.id), homeCurrency: entry.homeCurrency };
    case "CLIENT_CONFIGURE":
    case "CLIENT_CONFIGURE_REJECT":
      return {
        alias: entry.alias ?? undefined,
        marginRate: optional(entry.marginRate, String),
        ...rejectionJson(entry),
      };
    case "TRANSFER_FUNDS":
      return {
        amount: amount(entry.amount),
        fundingReason: entry.fundingReason,
        accountBalance: amount(entry.accountBalance),
      };
    case "MARKET_ORDER":
    case "MARKET_ORDER_REJECT":
      return { ...marketOrderJson(wire, entry), ...rejectionJson(entry) };
    case "LIMIT_ORDER":
    case "STOP_ORDER":
    case "MARKET_IF_TOUCHED_ORDER":
      return entryOrderJson(wire, entry);
    case "LIMIT_ORDER_REJECT":
    case "STOP_ORDER_REJECT":
    case "MARKET_IF_TOUCHED_ORDER_REJECT":
      return {
        ...entryJson(wire, entry),
        reason: entry.reason,
        intendedReplacesOrderID: optional(entry.intendedReplacesOrderId, String),
        ...rejectionJson(entry),
      };
    case "TAKE_PROFIT_ORDER_REJECT":
    case "STOP_LOSS_ORDER_REJECT":
    case "GUARANTEED_STOP_LOSS_ORDER_REJECT":
    case "TRAILING_STOP_LOSS_ORDER_REJECT":
      return exitRejectJson(wire, entry);
    case "ORDER_CLIENT_EXTENSIONS_MODIFY":
    case "ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT":
    case "TRADE_CLIENT_EXTENSIONS_MODIFY":
    case "TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT":
      return { ...extensionsModifyJson(entry), ...rejectionJson(entry) };
    case "DELAYED_TRADE_CLOSURE":
      return { reason: entry.reason, tradeIDs: entry.tradeIds.map(String) };
    case "STOP_LOSS_ORDER":
    case "GUARANTEED_STOP_LOSS_ORDER":
    case "TAKE_PROFIT_ORDER":
    case "TRAILING_STOP_LOSS_ORDER":
      return exitJson(wire, entry);
    case "ORDER_FILL":
      return fillJson(wire, entry);
    case "ORDER_CANCEL":
      return cancelJson(entry);
    case "ORDER_CANCEL_REJECT":
      return {
        orderID: numberOf(entry.orderId),
        clientOrderID: entry.clientOrderId ?? undefined,
        ...rejectionJson(entry),
      };
    case "DAILY_FINANCING":
      return financingJson(entry);
  }
}

function accountNumbers(accountId: string): Json {
  const [siteID, divisionID, accountUserID, accountNumber] = accountId.split("-").map(Number);
  return { siteID, divisionID, accountUserID, accountNumber };
}

function rejectionJson(entry: object): Json {
  return "rejectReason" in entry ? { rejectReason: entry.rejectReason } : {};
}

/** A request may name an order or a trade that isn't there, by a client id: then there is no number. */
function numberOf(id: number): string | undefined {
  return id === 0 ? undefined : String(id);
}

type MarketOrderEntry = Extract<
  VenueTransaction,
  { type: "MARKET_ORDER" } | { type: "MARKET_ORDER_REJECT" }
>;

function marketOrderJson(wire: Wire, entry: MarketOrderEntry): Json {
  return { ...marketJson(wire, entry), reason: entry.reason, ...marginCloseoutJson(entry) };
}

function entryOrderJson(wire: Wire, entry: EntryOrderTransaction): Json {
  return {
    ...entryJson(wire, entry),
    reason: entry.reason,
    replacesOrderID: optional(entry.replacesOrderId, String),
    cancellingTransactionID: optional(entry.cancellingTransactionId, String),
  };
}

function exitJson(wire: Wire, entry: ExitOrderTransaction): Json {
  return {
    tradeID: String(entry.tradeId),
    clientTradeID: entry.clientTradeId ?? undefined,
    price: "price" in entry ? wire.tradePrice(entry.tradeId, entry.price) : undefined,
    distance:
      "distance" in entry
        ? optional(entry.distance, (distance) => wire.tradePrice(entry.tradeId, distance))
        : undefined,
    timeInForce: timeInForceJson(entry.timeInForce),
    gtdTime: optional(entry.gtdTime, wire.time),
    triggerCondition: entry.triggerCondition,
    guaranteed: entry.type === "STOP_LOSS_ORDER" ? false : undefined,
    guaranteedExecutionPremium:
      entry.type === "GUARANTEED_STOP_LOSS_ORDER"
        ? wire.tradePrice(entry.tradeId, entry.guaranteedExecutionPremium)
        : undefined,
    reason: entry.reason,
    clientExtensions: extensionsJson(entry.clientExtensions),
    orderFillTransactionID: optional(entry.orderFillTransactionId, String),
    replacesOrderID: optional(entry.replacesOrderId, String),
    cancellingTransactionID: optional(entry.cancellingTransactionId, String),
  };
}

function exitRejectJson(wire: Wire, entry: ExitOrderRejectTransaction): Json {
  return {
    tradeID: numberOf(entry.tradeId),
    clientTradeID: entry.clientTradeId ?? undefined,
    price: optional(entry.price, String),
    distance: optional(entry.distance, String),
    timeInForce: timeInForceJson(entry.timeInForce),
    gtdTime: optional(entry.gtdTime, wire.time),
    triggerCondition: entry.triggerCondition,
    reason: entry.reason,
    clientExtensions: extensionsJson(entry.clientExtensions),
    orderFillTransactionID: optional(entry.orderFillTransactionId, String),
    intendedReplacesOrderID: optional(entry.intendedReplacesOrderId, String),
    ...rejectionJson(entry),
  };
}

type ExtensionsEntry =
  | OrderExtensionsTransaction
  | OrderExtensionsRejectTransaction
  | TradeExtensionsTransaction
  | TradeExtensionsRejectTransaction;

function extensionsModifyJson(entry: ExtensionsEntry): Json {
  const trade = { tradeClientExtensionsModify: extensionsJson(entry.tradeClientExtensionsModify) };
  if ("tradeId" in entry) {
    const clientTradeID = entry.clientTradeId ?? undefined;
    return { tradeID: numberOf(entry.tradeId), clientTradeID, ...trade };
  }
  return {
    orderID: numberOf(entry.orderId),
    clientOrderID: entry.clientOrderId ?? undefined,
    clientExtensionsModify: extensionsJson(entry.clientExtensionsModify),
    ...trade,
  };
}

function fillJson(wire: Wire, fill: FillTransaction): Json {
  const price = wire.price(fill.instrument, fill.price);
  return {
    orderID: String(fill.orderId),
    clientOrderID: fill.clientOrderId ?? undefined,
    instrument: fill.instrument,
    units: fill.units.toString(),
    requestedUnits: fill.requestedUnits.toString(),
    price,
    fullVWAP: wire.price(fill.instrument, fill.fullVwap),
    fullPrice: fullPriceJson(wire, fill),
    reason: fill.reason,
    pl: amount(fill.pl),
    quotePL: fill.quotePl.toString(),
    financing: amount(fill.financing),
    commission: amount(fill.commission),
    guaranteedExecutionFee: amount(fill.guaranteedExecutionFee),
    quoteGuaranteedExecutionFee: fill.quoteGuaranteedExecutionFee.toString(),
    accountBalance: amount(fill.accountBalance),
    gainQuoteHomeConversionFactor: fill.quoteConversion.gain.toString(),
    lossQuoteHomeConversionFactor: fill.quoteConversion.loss.toString(),
    homeConversionFactors: factorsJson(fill.quoteConversion, fill.baseConversion),
    halfSpreadCost: amount(fill.halfSpreadCost),
    tradeOpened: optional(fill.tradeOpened, (opened) => openedJson(wire, fill, opened)),
    tradesClosed:
      fill.tradesClosed.length === 0
        ? undefined
        : fill.tradesClosed.map((part) => reductionJson(wire, fill, part)),
    tradeReduced: optional(fill.tradeReduced, (part) => reductionJson(wire, fill, part)),
  };
}

/** Here, and only here, OANDA writes the liquidity as text. */
function fullPriceJson(wire: Wire, { instrument, fullPrice }: FillTransaction): Json {
  const bid = wire.price(instrument, fullPrice.bid);
  const ask = wire.price(instrument, fullPrice.ask);
  const liquidity = fullPrice.liquidity.toString();
  return {
    bids: [{ price: bid, liquidity }],
    asks: [{ price: ask, liquidity }],
    closeoutBid: bid,
    closeoutAsk: ask,
    timestamp: wire.time(fullPrice.time),
  };
}

function factorsJson(quote: ConversionFactors, base: ConversionFactors): Json {
  return {
    gainQuoteHome: { factor: quote.gain.toString() },
    lossQuoteHome: { factor: quote.loss.toString() },
    gainBaseHome: { factor: base.gain.toString() },
    lossBaseHome: { factor: base.loss.toString() },
  };
}

function openedJson(wire: Wire, fill: FillTransaction, opened: TradeOpening): Json {
  return {
    tradeID: String(opened.tradeId),
    units: opened.units.toString(),
    price: wire.price(fill.instrument, opened.price),
    guaranteedExecutionFee: NO_AMOUNT,
    quoteGuaranteedExecutionFee: "0",
    clientExtensions: extensionsJson(opened.clientExtensions),
    halfSpreadCost: amount(opened.halfSpreadCost),
    initialMarginRequired: amount(opened.initialMarginRequired),
  };
}

function reductionJson(wire: Wire, fill: FillTransaction, part: TradeReduction): Json {
  return {
    tradeID: String(part.tradeId),
    clientTradeID: part.clientTradeId ?? undefined,
    units: part.units.toString(),
    price: wire.price(fill.instrument, part.price),
    realizedPL: amount(part.realizedPl),
    financing: amount(part.financing),
    guaranteedExecutionFee: amount(part.guaranteedExecutionFee),
    quoteGuaranteedExecutionFee: part.quoteGuaranteedExecutionFee.toString(),
    halfSpreadCost: amount(part.halfSpreadCost),
  };
}

function cancelJson(entry: OrderCancelTransaction): Json {
  return {
    orderID: String(entry.orderId),
    clientOrderID: entry.clientOrderId ?? undefined,
    reason: entry.reason,
    replacedByOrderID: optional(entry.replacedByOrderId, String),
    closedTradeID: optional(entry.closedTradeId, String),
    tradeCloseTransactionID: optional(entry.tradeCloseTransactionId, String),
  };
}

function financingJson(entry: DailyFinancingTransaction): Json {
  return {
    financing: amount(entry.financing),
    accountBalance: amount(entry.accountBalance),
    accountFinancingMode: "DAILY",
    positionFinancings: entry.positionFinancings.map((position) => ({
      instrument: position.instrument,
      financing: amount(position.financing),
      homeConversionFactors: {
        gainQuoteHome: { factor: position.quoteConversion.gain.toString() },
        lossQuoteHome: { factor: position.quoteConversion.loss.toString() },
      },
      openTradeFinancings: position.openTradeFinancings.map((trade) => ({
        tradeID: String(trade.tradeId),
        financing: amount(trade.financing),
        financingRate: trade.financingRate.toString(),
      })),
    })),
  };
}
