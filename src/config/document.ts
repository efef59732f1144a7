import { hasControlCharacter } from "../core/control-characters.ts";
import { Failure } from "../core/failures.ts";
import { suggestion } from "../core/nearest.ts";

/** A TOML table as read; whole numbers are bigints, so that none loses digits. */
export type Table = Readonly<Record<string, unknown>>;

const CHECK_HINT = "Nothing was sent; correct the configuration file.";
const SHOWN_LENGTH_MAX = 60;

/** Reads a configuration file. @throws Failure CONFIG_INVALID with line and column. */
export async function parseDocument(bytes: Uint8Array): Promise<Table> {
  const text = decodeText(bytes);
  const { parse, TomlError } = await import("smol-toml");
  try {
    return parse(text, { integersAsBigInt: true, unsafeKeyBehaviour: "throw", maxDepth: 20 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The library's message goes on with the line itself, which may hold something private.
    const [reason = ""] = error.message.split("\n");
    throw invalid(`line ${error.line}, column ${error.column}`, reason);
  }
}

/** The configuration text of `document`, below the comments that `previous` starts with. */
export async function renderDocument(
  document: Table,
  previous: Uint8Array | null,
): Promise<string> {
  const { stringify } = await import("smol-toml");
  const comments = previous === null ? [] : leadingComments(decodeText(previous));
  const head = comments.includes(NOTICE) ? comments : [NOTICE, ...comments];
  return `${head.join("\n")}\n\n${stringify(document)}`;
}

export const NOTICE = "# tmt-broker rewrites this file: only the comments at its top are kept.";

/** A problem at one place of the configuration, such as `connections.main.environment`. */
export function invalid(place: string, problem: string, hint?: string): Failure {
  const options = {
    hint: hint ? `${hint} ${CHECK_HINT}` : CHECK_HINT,
    details: { place, problem },
  };
  return new Failure("CONFIG_INVALID", `Configuration, ${place}: ${problem}`, options);
}

/** @throws Failure CONFIG_INVALID naming the first key that isn't one of `known`. */
export function refuseUnknownKeys(table: Table, place: string, known: readonly string[]): void {
  const unknown = Object.keys(table).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw invalid(joined(place, unknown), "unknown key.", suggestion(unknown, known));
}

/** The table at `key`; empty when there is none. */
export function tableAt(table: Table, key: string, place: string): Table {
  const value = Object.hasOwn(table, key) ? table[key] : {};
  if (isTable(value)) return value;
  throw invalid(joined(place, key), `expected a table, not ${typeName(value)}.`);
}

/** The tables of the list at `key`; empty when there is none. */
export function tablesAt(table: Table, key: string, place: string): readonly Table[] {
  const value = Object.hasOwn(table, key) ? table[key] : [];
  if (Array.isArray(value) && value.every(isTable)) return value;
  throw invalid(joined(place, key), `expected tables ([[${joined(place, key)}]]).`);
}

/** The non-empty text at `key`; null when there is none. */
export function textAt(table: Table, key: string, place: string): string | null {
  if (!Object.hasOwn(table, key)) return null;
  const value = table[key];
  if (typeof value !== "string") {
    throw invalid(joined(place, key), `expected text in quotes, not ${typeName(value)}.`);
  }
  if (value === "" || value.length > 500 || hasControlCharacter(value)) {
    throw invalid(joined(place, key), "expected one line of 1 to 500 characters.");
  }
  return value;
}

/** Exactly one of `choices`, letter by letter; null when the key is absent. */
export function choiceAt<const T extends readonly string[]>(
  table: Table,
  key: string,
  { place, choices }: { readonly place: string; readonly choices: T },
): T[number] | null {
  const text = textAt(table, key, place);
  if (text === null) return null;
  const choice = choices.find((name: T[number]) => name === text);
  if (choice !== undefined) return choice;
  throw invalid(
    joined(place, key),
    `${shown(text)} is none of its values.`,
    suggestion(text, choices),
  );
}

/** `text` with a full stop, unless it ends a sentence already. */
export function sentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}

export function joined(place: string, key: string): string {
  const name = /^[A-Za-z0-9_-]+$/.test(key) ? key : shown(key);
  return place === "" ? name : `${place}.${name}`;
}

/**
 * A value as it may be printed: quoted, no control characters, no password of a URL, cut where
 * long.
 */
export function shown(text: string): string {
  const open = text.replace(/\/\/.*@/s, "//***@").replaceAll(/(password=)[^&]*/gi, "$1***");
  const cut = open.length > SHOWN_LENGTH_MAX ? `${open.slice(0, SHOWN_LENGTH_MAX)}…` : open;
  return JSON.stringify(cut.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\u{fffd}"));
}

export function isTable(value: unknown): value is Table {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

export function typeName(value: unknown): string {
  if (typeof value === "string") return "text";
  if (typeof value === "bigint") return "a whole number";
  if (typeof value === "number") return "a number with decimals";
  if (typeof value === "boolean") return "true or false";
  if (Array.isArray(value)) return "a list";
  return isTable(value) ? "a table" : "a date";
}

function decodeText(bytes: Uint8Array): string {
  try {
    // The decoder drops a byte order mark.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalid("encoding", "the file isn't UTF-8 text.", "Save it as UTF-8.");
  }
}

function leadingComments(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => line.trim() !== "" && !line.startsWith("#"));
  const block = end === -1 ? lines : lines.slice(0, end);
  return block.filter((line) => line.startsWith("#"));
}
