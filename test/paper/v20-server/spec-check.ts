import { existsSync, readFileSync } from "node:fs";

type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
};
type Operation = {
  readonly responses: Readonly<Record<string, { readonly schema?: Schema }>>;
};
type Spec = {
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const SPEC_FILE = "../shared/facts/oanda-v20-openapi.json";

export const hasSpec = existsSync(SPEC_FILE);

const ORDER_DEFINITIONS: Readonly<Record<string, string>> = {
  MARKET: "MarketOrder",
  STOP_LOSS: "StopLossOrder",
  TAKE_PROFIT: "TakeProfitOrder",
  TRAILING_STOP_LOSS: "TrailingStopLossOrder",
};

/** Where real answers differ from the published schema: liquidity is text there, and there is no instrument. */
const KNOWN_DIFFERENCES = ["fullPrice"];

/** What in `body` differs from OANDA's published schema of that answer; fields it doesn't know are allowed. */
export function differencesFromSpec(
  operation: { readonly method: string; readonly path: string; readonly status: number },
  body: unknown,
): readonly string[] {
  const spec: Spec = JSON.parse(readFileSync(SPEC_FILE, "utf8"));
  const { method, path, status } = operation;
  const response = spec.paths[path]?.[method.toLowerCase()]?.responses[String(status)];
  if (!response?.schema) throw new Error(`the schema has no ${status} for ${method} ${path}`);
  return differences(spec, response.schema, { value: body, at: "body" });
}

type Place = { readonly value: unknown; readonly at: string };

function differences(spec: Spec, schema: Schema, place: Place): readonly string[] {
  const { value, at } = place;
  if (schema.$ref !== undefined) {
    return differences(spec, definitionOf(spec, schema.$ref, value), place);
  }
  if (schema.properties !== undefined || schema.type === "object") {
    if (!isRecord(value)) return [`${at}: ${JSON.stringify(value)} is no object`];
    return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      value[name] === undefined || KNOWN_DIFFERENCES.includes(name)
        ? []
        : differences(spec, property, { value: value[name], at: `${at}.${name}` }),
    );
  }
  if (schema.type === "array") {
    if (!Array.isArray(value)) return [`${at}: ${JSON.stringify(value)} is no list`];
    const { items = {} } = schema;
    return value.flatMap((item, index) =>
      differences(spec, items, { value: item, at: `${at}[${index}]` }),
    );
  }
  return isOfType(schema, value) ? [] : [`${at}: ${JSON.stringify(value)} is no ${schema.type}`];
}

function isOfType(schema: Schema, value: unknown): boolean {
  if (schema.enum !== undefined) return schema.enum.some((known) => known === value);
  if (schema.type === "integer") return Number.isInteger(value);
  return schema.type === undefined || typeof value === schema.type;
}

/** An order or a transaction is described by the definition of its own type. */
function definitionOf(spec: Spec, reference: string, value: unknown): Schema {
  const name = reference.split("/").at(-1) ?? "";
  const type = isRecord(value) && typeof value.type === "string" ? value.type : "";
  const own =
    name === "Transaction"
      ? `${camelCase(type)}Transaction`
      : name === "Order"
        ? (ORDER_DEFINITIONS[type] ?? name)
        : name;
  const definition = spec.definitions[own];
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
