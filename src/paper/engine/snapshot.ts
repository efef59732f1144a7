import { Failure } from "../../core/failures.ts";
import { Decimal, parseDecimal } from "../../core/money.ts";
import type { VenueTransaction } from "./transactions.ts";
import type { VenueAccount, VenueOrder, VenueTrade } from "./types.ts";
import { upgradeAccount, upgradeOrder, upgradeTrade, upgradeTransaction } from "./upgrade.ts";

/** How a decimal is kept: `{"$": "1.0800"}`, its scale included. No record of the venue has such a key. */
const MARK = "$";

/** A record of the venue as JSON text, its decimals exact: parsing it gives an equal record. */
export function serialize(
  record: VenueAccount | VenueTransaction | VenueOrder | VenueTrade,
): string {
  return textOf(record);
}

/** @throws Failure STORAGE_CORRUPT when `text` is no account of this venue. */
export function parseAccount(text: string): VenueAccount {
  const keys = ["balance", "trades", "orders", "processedTo"];
  return parse<VenueAccount>(text, keys, upgradeAccount);
}

/** @throws Failure STORAGE_CORRUPT when `text` is no log entry of this venue. */
export function parseTransaction(text: string): VenueTransaction {
  return parse<VenueTransaction>(text, ["id", "type", "batchId", "time"], upgradeTransaction);
}

/** @throws Failure STORAGE_CORRUPT when `text` is no order of this venue. */
export function parseOrder(text: string): VenueOrder {
  return parse<VenueOrder>(text, ["id", "type", "createTime", "end"], upgradeOrder);
}

/** @throws Failure STORAGE_CORRUPT when `text` is no trade of this venue. */
export function parseTrade(text: string): VenueTrade {
  return parse<VenueTrade>(text, ["id", "currentUnits", "openTime"], upgradeTrade);
}

/** The venue reads only what it has written itself, so the record's kind is known by a few of its keys. */
function parse<T extends object>(
  text: string,
  keys: readonly string[],
  upgrade: (kept: Record<string, unknown>) => object,
): T {
  let value: unknown;
  try {
    value = revived(JSON.parse(text), new Map());
  } catch (cause) {
    throw corrupt(cause);
  }
  if (!isObject(value) || keys.some((key) => !Object.hasOwn(value, key))) throw corrupt();
  return upgrade(value) as T;
}

/** Written here, as an account is written at each order and JSON.stringify would need a marked copy of it first. */
function textOf(value: unknown): string {
  if (typeof value === "number") return `${value}`;
  if (!isObject(value)) return JSON.stringify(value);
  if (value instanceof Decimal) return `{"${MARK}":"${value.toFixed(value.scale)}"}`;
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  let text = "";
  for (const key in value) {
    const part = value[key];
    if (part !== undefined) text += `${text === "" ? "" : ","}"${key}":${textOf(part)}`;
  }
  return `{${text}}`;
}

/** What JSON.parse gave, its decimals in place of their marks. Most of them repeat: `known` has each by its text. */
function revived(value: unknown, known: Map<unknown, Decimal>): unknown {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map((part) => revived(part, known));
  const mark = value[MARK];
  if (mark !== undefined) return known.get(mark) ?? parseMark(mark, known);
  for (const key in value) {
    const part = value[key];
    if (isObject(part)) value[key] = revived(part, known);
  }
  return value;
}

function parseMark(text: unknown, known: Map<unknown, Decimal>): Decimal {
  const parsed = typeof text === "string" ? parseDecimal(text) : undefined;
  if (!parsed) throw new SyntaxError(`not a decimal: ${String(text).slice(0, 60)}`);
  known.set(text, parsed);
  return parsed;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function corrupt(cause?: unknown): Failure {
  return new Failure("STORAGE_CORRUPT", "A record of the paper account can't be read.", {
    hint: "Restore the database from a backup, or remove the paper account to start a new one.",
    cause,
  });
}
