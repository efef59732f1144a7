import { existsSync, readFileSync } from "node:fs";

type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
};
type Answers = Readonly<Record<string, { readonly $ref?: string; readonly schema?: Schema }>>;
type Operation = { readonly responses: Answers };
type Spec = {
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly responses: Answers;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const SPEC_FILE = "../shared/facts/oanda-v20-openapi.json";
/** Every reason that OANDA has named since; the schema is of 2018. */
const REASONS_FILE = "../shared/facts/oanda-v20-reasons.json";

export const hasSpec = existsSync(SPEC_FILE) && existsSync(REASONS_FILE);

const ORDER_DEFINITIONS: Readonly<Record<string, string>> = {
  MARKET: "MarketOrder",
  LIMIT: "LimitOrder",
  STOP: "StopOrder",
  MARKET_IF_TOUCHED: "MarketIfTouchedOrder",
  STOP_LOSS: "StopLossOrder",
  TAKE_PROFIT: "TakeProfitOrder",
  TRAILING_STOP_LOSS: "TrailingStopLossOrder",
};

/** What the schema has wrong, by field: real answers differ from it too. */
const WRONG_FIELDS: Readonly<Record<string, string>> = {
  fullPrice: "its liquidity is text and it has no instrument; the schema has a whole ClientPrice",
  tradeIDs: "a DELAYED_TRADE_CLOSURE has a list; the schema has one text",
};

/** Types that OANDA added after the schema was published, so that it can't describe them. */
const LATER_TYPES = [
  "GUARANTEED_STOP_LOSS",
  "GUARANTEED_STOP_LOSS_ORDER",
  "GUARANTEED_STOP_LOSS_ORDER_REJECT",
];

/** Fields that later documents or live answers have, and the schema hasn't. */
const LATER_FIELDS = new Set([
  "baseFinancing",
  "clientTradeID",
  "closedTradeID",
  "dividendAdjustment",
  "financing",
  "financingRate",
  "guaranteedStopLossOnFill",
  "guaranteedStopLossOrder",
  "guaranteedStopLossOrderCancelRejectTransaction",
  "guaranteedStopLossOrderCancelTransaction",
  "guaranteedStopLossOrderExecutionPremium",
  "guaranteedStopLossOrderID",
  "guaranteedStopLossOrderMode",
  "guaranteedStopLossOrderParameters",
  "guaranteedStopLossOrderRejectTransaction",
  "guaranteedStopLossOrderTransaction",
  "homeConversionFactors",
  "lastTransactionID",
  "minimumGuaranteedStopLossDistance",
  "partialFill",
  "quoteGuaranteedExecutionFee",
  "quotePL",
  "relatedTransactionIDs",
  "requestedUnits",
  "tags",
  "tradeCloseTransactionID",
  "triggerMode",
]);
/** An account's totals in the state of /changes: later documents have them. */
const LATER_STATE_FIELDS = new Set([
  "balance",
  "pl",
  "resettablePL",
  "resettablePLTime",
  "financing",
  "commission",
  "guaranteedExecutionFees",
  "dividendAdjustment",
]);

export type SpecOperation = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
};

/** What in `body` differs from OANDA's published schema of that answer. */
export function differencesFromSpec(operation: SpecOperation, body: unknown): readonly string[] {
  const spec = readSpec();
  const schema = schemaOf(spec, operation);
  return differences(spec, schema, { value: body, at: "body" });
}

/** What in one line of a stream differs from the definition of that name. */
export function differencesFromDefinition(name: string, line: unknown): readonly string[] {
  return differences(readSpec(), { $ref: `#/definitions/${name}` }, { value: line, at: "line" });
}

let spec: Spec | undefined;
let laterReasons: ReadonlySet<string> | undefined;

function readSpec(): Spec {
  spec ??= JSON.parse(readFileSync(SPEC_FILE, "utf8")) as Spec;
  return spec;
}

function isLaterReason(value: unknown): boolean {
  const { rejectReasons, cancelReasons } = JSON.parse(readFileSync(REASONS_FILE, "utf8"));
  laterReasons ??= new Set([...Object.keys(rejectReasons), ...Object.keys(cancelReasons)]);
  return typeof value === "string" && laterReasons.has(value);
}

function schemaOf(of: Spec, { method, path, status }: SpecOperation): Schema {
  const response = of.paths[path]?.[method.toLowerCase()]?.responses[String(status)];
  const shared = response?.$ref ? of.responses[response.$ref.split("/").at(-1) ?? ""] : response;
  if (!shared?.schema) throw new Error(`the schema has no ${status} for ${method} ${path}`);
  return shared.schema;
}

type Place = { readonly value: unknown; readonly at: string };

function differences(of: Spec, schema: Schema, place: Place): readonly string[] {
  const { value, at } = place;
  if (schema.$ref !== undefined) {
    const definition = definitionOf(of, schema.$ref, value);
    return definition ? differences(of, definition, place) : [];
  }
  if (schema.properties !== undefined || schema.type === "object") {
    if (!isRecord(value)) return [`${at}: ${JSON.stringify(value)} is no object`];
    return recordDifferences(of, schema.properties ?? {}, { value, at });
  }
  if (schema.type === "array") {
    if (!Array.isArray(value)) return [`${at}: ${JSON.stringify(value)} is no list`];
    const { items = {} } = schema;
    return value.flatMap((item, index) =>
      differences(of, items, { value: item, at: `${at}[${index}]` }),
    );
  }
  return isOfType(schema, value) ? [] : [`${at}: ${JSON.stringify(value)} is no ${schema.type}`];
}

function recordDifferences(
  of: Spec,
  properties: Readonly<Record<string, Schema>>,
  { value, at }: { readonly value: Record<string, unknown>; readonly at: string },
): readonly string[] {
  const isKnown = (name: string) =>
    name in properties ||
    LATER_FIELDS.has(name) ||
    (at === "body.state" && LATER_STATE_FIELDS.has(name));
  const unknown = Object.keys(value).filter((name) => !isKnown(name));
  const wrong = Object.entries(properties).flatMap(([name, property]) =>
    value[name] === undefined || name in WRONG_FIELDS
      ? []
      : differences(of, property, { value: value[name], at: `${at}.${name}` }),
  );
  return [...unknown.map((name) => `${at}.${name}: the schema has no such field`), ...wrong];
}

function isOfType(schema: Schema, value: unknown): boolean {
  if (schema.enum !== undefined) {
    const isLater = LATER_TYPES.some((type) => type === value) || isLaterReason(value);
    return schema.enum.some((known) => known === value) || isLater;
  }
  if (schema.type === "integer") return Number.isInteger(value);
  return schema.type === undefined || typeof value === schema.type;
}

/** An order or a transaction is described by the definition of its own type; undefined for a later type. */
function definitionOf(of: Spec, reference: string, value: unknown): Schema | undefined {
  const name = reference.split("/").at(-1) ?? "";
  const type = isRecord(value) && typeof value.type === "string" ? value.type : "";
  if (LATER_TYPES.includes(type)) return undefined;
  const own =
    name === "Transaction"
      ? `${camelCase(type)}Transaction`
      : name === "Order"
        ? (ORDER_DEFINITIONS[type] ?? name)
        : name;
  const definition = of.definitions[own];
  if (!definition) throw new Error(`the schema has no definition ${own}`);
  return definition;
}

function camelCase(type: string): string {
  const words = type.toLowerCase().split("_");
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
