import { type Price, toPrice, toUnits } from "../core/money.ts";
import type {
  AttachedExits,
  AttachedStop,
  CancelOrder,
  ChangeOrder,
  CloseOrder,
  EntryOrder,
  EntryTerms,
  ExitChange,
  ExitsChange,
  ExitTerms,
  MarketOrder,
  OpeningTerms,
  OrderRequest,
  Waiting,
} from "../core/order-request.ts";
import {
  asFields,
  decimalOf,
  type Fields,
  flagOf,
  instantOf,
  optionalDecimal,
  optionalText,
  parseFields,
  textOf,
  wordOf,
} from "./json-fields.ts";

/** The request as JSON text; amounts are decimal text, so none loses a digit. */
export function serializeRequest(request: OrderRequest): string {
  return JSON.stringify(request);
}

const KINDS = ["market", "entry", "close", "change", "cancel", "exits"] as const;
const ENTRY_TYPES = ["limit", "stop", "mit"] as const;
const EXIT_TYPES = ["stop_loss", "take_profit", "trailing_stop", "guaranteed_stop_loss"] as const;

/** The request that `serializeRequest` wrote. @throws RangeError naming what doesn't fit. */
export function parseRequest(text: string): OrderRequest {
  const fields = parseFields(text);
  const kind = wordOf(fields, "kind", KINDS);
  return PARSERS[kind](fields);
}

const PARSERS: { readonly [K in (typeof KINDS)[number]]: (fields: Fields) => OrderRequest } = {
  market: marketOrder,
  entry: entryOrder,
  close: closeOrder,
  change: changeOrder,
  cancel: cancelOrder,
  exits: exitsChange,
};

function marketOrder(fields: Fields): MarketOrder {
  return {
    kind: "market",
    ...common(fields),
    ...openingTerms(fields),
    timeInForce: wordOf(fields, "timeInForce", ["FOK", "IOC"]),
  };
}

function entryOrder(fields: Fields): EntryOrder {
  return { kind: "entry", ...common(fields), ...entryTerms(fields) };
}

function changeOrder(fields: Fields): ChangeOrder {
  const terms = asFields(fields.terms, "terms");
  const type = wordOf(terms, "type", [...ENTRY_TYPES, ...EXIT_TYPES]);
  const isExit = EXIT_TYPES.some((each) => each === type);
  return {
    kind: "change",
    ...common(fields),
    orderId: textOf(fields, "orderId"),
    terms: isExit ? exitTerms(terms) : entryTerms(terms),
  };
}

function cancelOrder(fields: Fields): CancelOrder {
  return { kind: "cancel", ...common(fields), orderId: textOf(fields, "orderId") };
}

function exitsChange(fields: Fields): ExitsChange {
  return {
    kind: "exits",
    ...common(fields),
    tradeId: textOf(fields, "tradeId"),
    stopLoss: exitChange(fields, "stopLoss", (set) => attachedStop(asFields(set.set, "set"))),
    takeProfit: exitChange(fields, "takeProfit", (set) => toPrice(decimalOf(set, "set"))),
    trailingStop: exitChange(fields, "trailingStop", (set) => decimalOf(set, "set")),
  };
}

function closeOrder(fields: Fields): CloseOrder {
  return {
    kind: "close",
    ...common(fields),
    tradeId: optionalText(fields, "tradeId"),
    isWhole: flagOf(fields, "isWhole"),
  };
}

function entryTerms(fields: Fields): EntryTerms {
  return {
    type: wordOf(fields, "type", ENTRY_TYPES),
    price: toPrice(decimalOf(fields, "price")),
    ...openingTerms(fields),
    ...waiting(fields),
  };
}

function exitTerms(fields: Fields): ExitTerms {
  return {
    type: wordOf(fields, "type", EXIT_TYPES),
    tradeId: textOf(fields, "tradeId"),
    price: optionalPrice(fields, "price"),
    distance: optionalDecimal(fields, "distance"),
    ...waiting(fields),
  };
}

function openingTerms(fields: Fields): OpeningTerms {
  return {
    ...attachedExits(fields),
    priceBound: optionalPrice(fields, "priceBound"),
    reduceOnly: flagOf(fields, "reduceOnly"),
  };
}

function attachedExits(fields: Fields): AttachedExits {
  return {
    stopLoss: fields.stopLoss === null ? null : attachedStop(asFields(fields.stopLoss, "stopLoss")),
    takeProfit: optionalPrice(fields, "takeProfit"),
    trailingStop: optionalDecimal(fields, "trailingStop"),
  };
}

function waiting(fields: Fields): Waiting {
  return {
    timeInForce: wordOf(fields, "timeInForce", ["GTC", "GTD", "DAY", "FOK", "IOC"]),
    expiresAt: fields.expiresAt === null ? null : instantOf(fields, "expiresAt"),
  };
}

function exitChange<T>(fields: Fields, name: string, read: (set: Fields) => T): ExitChange<T> {
  const value = fields[name];
  if (value === "keep" || value === "remove") return value;
  return { set: read(asFields(value, name)) };
}

function common(
  fields: Fields,
): Pick<OrderRequest, "clientOrderId" | "account" | "instrument" | "side" | "units" | "origin"> {
  const origin = asFields(fields.origin, "origin");
  return {
    clientOrderId: textOf(fields, "clientOrderId"),
    account: textOf(fields, "account"),
    instrument: textOf(fields, "instrument"),
    side: wordOf(fields, "side", ["buy", "sell"]),
    units: toUnits(decimalOf(fields, "units")),
    origin: {
      signalId: optionalText(origin, "signalId"),
      agent: optionalText(origin, "agent"),
      comment: optionalText(origin, "comment"),
    },
  };
}

/** Requests of earlier versions don't say whether a stop is guaranteed: none was. */
function attachedStop(fields: Fields): AttachedStop {
  const isGuaranteed = fields.isGuaranteed !== undefined && flagOf(fields, "isGuaranteed");
  const guarantee = isGuaranteed ? ({ isGuaranteed: true } as const) : {};
  return wordOf(fields, "kind", ["price", "distance"]) === "price"
    ? { kind: "price", price: toPrice(decimalOf(fields, "price")), ...guarantee }
    : { kind: "distance", distance: decimalOf(fields, "distance"), ...guarantee };
}

function optionalPrice(fields: Fields, name: string): Price | null {
  const value = optionalDecimal(fields, name);
  return value && toPrice(value);
}
