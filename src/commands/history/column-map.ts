import { existsSync } from "node:fs";
import { parseDocument } from "../../config/document.ts";
import { readSmallFile } from "../../config/durable-file.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import { HISTORY_KEYS, type HistoryKey } from "../../core/history-row.ts";
import { suggestion } from "../../core/nearest.ts";
import type { Side } from "../../core/order.ts";
import { TRANSACTION_TYPES } from "../../core/transaction.ts";
import {
  type ColumnMapping,
  type MappedType,
  STATEMENT_ENCODINGS,
} from "../../ports/history-files.ts";

const NOTHING = "Nothing was imported.";
const MOST_SKIPPED = 1_000;
const DECIMALS = { point: ".", comma: ",", ".": ".", ",": "," } as const;
const THOUSANDS: Readonly<Record<string, ColumnMapping["thousands"]>> = {
  ...{ none: "", point: ".", comma: ",", space: " ", apostrophe: "'" },
  ...{ "": "", ".": ".", ",": ",", " ": " ", "'": "'" },
};
const DELIMITERS: Readonly<Record<string, ColumnMapping["delimiter"]>> = {
  ...{ comma: ",", semicolon: ";", tab: "\t", pipe: "|" },
  ...{ ",": ",", ";": ";", "\t": "\t", "|": "|" },
};
const SIDES = { buy: "buy", sell: "sell" } as const;
const UNIT_SIGNS = { positive: false, signed: true } as const;
const COST_SIGNS = { positive: false, negative: true } as const;
const REPEATED = { first: "first", second: "second" } as const;
const GROUPS = ["columns", "values", "types", "sides", "instruments", "time", "signs"] as const;

/** One thing that a mapping says: `types.Buy` is `fill buy`. Names after the first dot are the file's, dots and all. */
type Said = { readonly key: string; readonly values: readonly string[] };

/**
 * What `--map` says: a TOML file, or `time=Date,type=Action,decimal=comma`.
 * @throws Failure USAGE naming what can't be read.
 */
export async function columnMapping(option: string): Promise<ColumnMapping> {
  const isFile = !option.includes("=") || existsSync(option);
  return mappingOf(isFile ? await saidInFile(option) : saidInline(option));
}

async function saidInFile(file: string): Promise<readonly Said[]> {
  const content = readSmallFile(file);
  if (!content) {
    const hint = "Give a TOML file, or columns by name: --map time=Date,type=Action";
    throw usageFailure(`The mapping ${file.slice(0, 60)} isn't there. ${NOTHING}`, hint);
  }
  const document = await parsed(file, content.bytes);
  return Object.entries(document).flatMap(([name, value]) =>
    isTable(value) && isGroup(name)
      ? Object.entries(value).map(([key, one]) => saidAt(`${name}.${key}`, one))
      : [saidAt(name, value)],
  );
}

async function parsed(file: string, bytes: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await parseDocument(bytes);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { place, problem } = error.details;
    throw usageFailure(`The mapping ${file}, ${place}: ${problem} ${NOTHING}`);
  }
}

function saidAt(key: string, value: unknown): Said {
  const list = Array.isArray(value) ? value : [value];
  const values = list.map((one) => (typeof one === "bigint" ? String(one) : one));
  if (values.length > 0 && values.every((one) => typeof one === "string")) return { key, values };
  throw wrong(key, "expected a text in quotes");
}

function saidInline(option: string): readonly Said[] {
  return option.split(",").map((part) => {
    const at = part.indexOf("=");
    if (at > 0) return { key: part.slice(0, at).trim(), values: [part.slice(at + 1).trim()] };
    const hint =
      "Write key=column, or decimal=comma; what holds a comma itself goes in a TOML file.";
    throw usageFailure(`--map "${part.slice(0, 60)}" says nothing. ${NOTHING}`, hint);
  });
}

function mappingOf(said: readonly Said[]): ColumnMapping {
  const columns = new Map<HistoryKey, readonly string[]>();
  const values = new Map<HistoryKey, string>();
  const types = new Map<string, MappedType | null>();
  const sides = new Map<string, Side>();
  const instruments = new Map<string, string>();
  const options = new Map<string, string>();
  for (const { key, values: texts } of said) {
    const [group, name] = placeOf(key);
    const [text = ""] = texts;
    if (group === "columns")
      put(
        columns,
        keyOf(key, name),
        texts.map((one) => one.trim()),
      );
    else if (texts.length > 1) throw wrong(key, "expected one text");
    else if (group === "values") put(values, keyOf(key, name), text);
    else if (group === "types") put(types, name.toLowerCase(), typeOf(key, text));
    else if (group === "sides") put(sides, name.toLowerCase(), among(key, text, SIDES));
    else if (group === "instruments") put(instruments, name, text);
    else put(options, key, text);
  }
  const mapping = { columns, values, types, sides, instruments, ...optionsOf(options) };
  requireUsable(mapping);
  return mapping;
}

/** A key of the history alone is a column. */
function placeOf(key: string): readonly [group: string, name: string] {
  const at = key.indexOf(".");
  if (at > 0) return [key.slice(0, at), key.slice(at + 1)];
  return HISTORY_KEYS.some((one) => one.toLowerCase() === key.toLowerCase())
    ? ["columns", key]
    : ["", key];
}

function put<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (map.has(key)) throw wrong(String(key), "is there twice");
  map.set(key, value);
}

function keyOf(said: string, name: string): HistoryKey {
  const key = HISTORY_KEYS.find((one) => one.toLowerCase() === name.toLowerCase());
  if (key) return key;
  throw wrong(said, "is no column of the history", suggestion(name, HISTORY_KEYS));
}

function typeOf(key: string, text: string): MappedType | null {
  const [word = "", side, ...more] = text.trim().toLowerCase().split(/\s+/);
  if (word === "ignore" && side === undefined) return null;
  const type = TRANSACTION_TYPES.find((one) => one === word);
  if (!type || more.length > 0) {
    const words = TRANSACTION_TYPES.join(", ");
    throw wrong(key, `expected ignore, or one of ${words}, with buy or sell after it or not`);
  }
  return { type, side: side === undefined ? null : among(key, side, SIDES) };
}

const OPTIONS = [
  ...["decimal", "thousands", "delimiter", "encoding", "skip"],
  ...["time.format", "time.zone", "time.repeated", "signs.units", "signs.commission"],
];

function optionsOf(given: ReadonlyMap<string, string>) {
  const unknown = [...given.keys()].find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) {
    const known = [...OPTIONS, ...HISTORY_KEYS, ...GROUPS];
    throw wrong(unknown, "is nothing that a mapping says", suggestion(unknown, known));
  }
  const choice = <T>(key: string, choices: Readonly<Record<string, T>>, usual: T) => {
    const text = given.get(key);
    return text === undefined ? usual : among(key, text, choices);
  };
  const encodings = Object.fromEntries(STATEMENT_ENCODINGS.map((one) => [one, one]));
  return {
    decimal: choice<"." | ",">("decimal", DECIMALS, "."),
    thousands: choice<ColumnMapping["thousands"]>("thousands", THOUSANDS, ""),
    delimiter: choice<ColumnMapping["delimiter"]>("delimiter", DELIMITERS, ","),
    encoding: choice<ColumnMapping["encoding"]>("encoding", encodings, "utf-8"),
    skip: skipOf(given.get("skip") ?? "0"),
    time: {
      format: given.get("time.format") ?? null,
      zone: given.get("time.zone") ?? "UTC",
      repeated: choice<"first" | "second" | null>("time.repeated", REPEATED, null),
    },
    areUnitsSigned: choice<boolean>("signs.units", UNIT_SIGNS, false),
    areCostsNegative: choice<boolean>("signs.commission", COST_SIGNS, false),
  };
}

function skipOf(text: string): number {
  const lines = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (lines <= MOST_SKIPPED) return lines;
  throw wrong("skip", `expected a number of lines up to ${MOST_SKIPPED}`);
}

function requireUsable({ columns, values, decimal, thousands, delimiter }: ColumnMapping): void {
  for (const key of ["time", "type"] as const) {
    if (!columns.has(key) && !values.has(key)) throw wrong(key, "is missing: name its column");
  }
  for (const key of columns.keys()) {
    if (values.has(key)) throw wrong(key, "is a column and a value");
  }
  if (decimal === thousands) throw wrong("thousands", "is the decimal mark as well");
  if (delimiter === "," && decimal === ",") {
    throw wrong("delimiter", "is the decimal mark as well", "Such files have delimiter=semicolon.");
  }
}

function among<T>(key: string, text: string, choices: Readonly<Record<string, T>>): T {
  const word = Object.hasOwn(choices, text) ? text : text.toLowerCase();
  const value = Object.hasOwn(choices, word) ? choices[word] : undefined;
  if (value !== undefined) return value;
  const words = Object.keys(choices).filter((one) => one.length > 1);
  throw wrong(key, `"${text.slice(0, 40)}" is not one of ${words.join(", ")}`);
}

function wrong(key: string, why: string, hint = ""): Failure {
  return usageFailure(`The mapping, ${key.slice(0, 60)}: ${why}. ${NOTHING}`, hint);
}

function isGroup(name: string): boolean {
  return GROUPS.some((group) => group === name);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
