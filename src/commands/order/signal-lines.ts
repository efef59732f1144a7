import { Failure, usageFailure } from "../../core/failures.ts";
import type { Side } from "../../core/order.ts";
import type { LineProblem, SignalLine } from "../../trading/check-signals.ts";
import type { ExitRequest, OrderDraft } from "../../trading/order-draft.ts";
import { choiceOption, exitOption, textOption, unitsArgument } from "../arguments.ts";
import { termsOf } from "./entry-terms.ts";
import { COMMENT_LENGTH, ORIGIN_LENGTH } from "./origin-lengths.ts";

const REQUIRED = ["signalId", "agent", "instrument", "side", "units"] as const;
const OPTIONAL = [
  ...(["type", "price", "stopLoss", "takeProfit", "trailingStop"] as const),
  ...(["timeInForce", "expiresAt", "comment"] as const),
];
const KEYS: readonly string[] = [...REQUIRED, ...OPTIONAL];
/** A bare `true` is the configured default distance, as a bare `--sl` is. */
const EXITS: readonly string[] = ["stopLoss", "takeProfit", "trailingStop"];
const SIDES: readonly Side[] = ["buy", "sell"];
/** Both travel in one label of 128 characters, where anything but these counts threefold for each byte. */
const LONGEST_LABEL = 128 - "signal=;agent=".length;
const PLAIN = /[A-Za-z0-9_.:/@+-]/g;
/** A key of a flat object, or a text in it. */
const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/g;
/** The same complaints as about options, which have other names. */
const OPTION_NAMES: readonly (readonly [string, string])[] = [
  ["--tif", "timeInForce"],
  ["--expires", "expiresAt"],
  ["--price", "price"],
  ["--type", "type"],
];

type Key = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];
type Values = Readonly<Partial<Record<Key, string | true>>>;

export type ParsedLines = {
  readonly signals: readonly SignalLine[];
  readonly problems: readonly LineProblem[];
};

/** The signals of a text, one JSON object a line; empty lines are none. Nothing but the text is looked at. */
export function parseSignalLines(text: string): ParsedLines {
  const signals: SignalLine[] = [];
  const problems: LineProblem[] = [];
  for (const [index, content] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    if (content.trim() === "") continue;
    const line = index + 1;
    try {
      signals.push({ line, draft: parseSignal(content) });
    } catch (error) {
      if (!(error instanceof KeyProblem)) throw error;
      problems.push({ line, key: error.key, failure: error.failure });
    }
  }
  return { signals, problems };
}

class KeyProblem extends Error {
  readonly key: string | null;
  readonly failure: Failure;

  constructor(key: string | null, failure: Failure) {
    super(failure.message);
    this.key = key;
    this.failure = failure;
  }
}

/** @throws KeyProblem */
function parseSignal(line: string): OrderDraft {
  const values = valuesOf(line);
  const text = (key: Key) => {
    const value = values[key];
    return typeof value === "string" ? value : undefined;
  };
  const at = <T>(key: Key, read: (value: string) => T) => about(key, () => read(text(key) ?? ""));
  const exit = (key: Key) => about(key, () => exitOf(key, values[key]));
  const origin = {
    signalId: at("signalId", (value) => textOption("signalId", value, ORIGIN_LENGTH)),
    agent: at("agent", (value) => textOption("agent", value, ORIGIN_LENGTH)),
    comment: about("comment", () => textOption("comment", text("comment"), COMMENT_LENGTH)),
  };
  about("signalId", () => requireShort(origin.signalId ?? "", origin.agent ?? ""));
  return {
    instrument: at("instrument", requireText),
    side: at("side", (value) => choiceOption("side", value, SIDES)),
    size: at("units", (value) => ({ kind: "units", units: unitsArgument(value), text: value })),
    terms: about("type", () => termsIn(text)),
    stopLoss: exit("stopLoss"),
    isStopGuaranteed: false,
    takeProfit: exit("takeProfit"),
    trailingStop: exit("trailingStop"),
    maxSlippage: null,
    reduceOnly: false,
    clientOrderId: null,
    origin,
  };
}

/** Every key once, known, and of its type; null is as good as left out where a key may be. */
function valuesOf(line: string): Values {
  const object = objectIn(line);
  for (const key of REQUIRED) {
    if (object[key] === undefined || object[key] === null) {
      throw new KeyProblem(
        key,
        usageFailure(`${key} is missing.`, `A signal needs ${REQUIRED.join(", ")}.`),
      );
    }
  }
  const values: Partial<Record<Key, string | true>> = {};
  for (const [name, value] of Object.entries(object)) {
    const key = knownKey(name);
    if (value === null) continue;
    if (typeof value === "string" || (value === true && EXITS.includes(key))) values[key] = value;
    else throw new KeyProblem(key, wrongType(key, value));
  }
  return values;
}

function objectIn(line: string): Readonly<Record<string, unknown>> {
  const parsed = parseJson(line);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new KeyProblem(null, usageFailure(`${shown(line)} is not a JSON object.`, EXAMPLE));
  }
  const names = [...line.matchAll(STRINGS)].filter((match) => match[1] !== undefined);
  const isFlat = Object.values(parsed).every(
    (value) => typeof value !== "object" || value === null,
  );
  if (isFlat && names.length !== Object.keys(parsed).length) {
    throw new KeyProblem(null, usageFailure("A key stands there twice.", "Give each key once."));
  }
  return parsed as Readonly<Record<string, unknown>>;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new KeyProblem(null, usageFailure(`${shown(line)} is not JSON.`, EXAMPLE));
  }
}

function knownKey(name: string): Key {
  const key = KEYS.find((each) => each === name);
  if (key !== undefined) return key as Key;
  const failure = usageFailure(
    `"${shown(name)}" is no key of a signal.`,
    `Keys: ${KEYS.join(", ")}.`,
  );
  throw new KeyProblem(shown(name), failure);
}

function wrongType(key: Key, value: unknown): Failure {
  const bare = EXITS.includes(key) ? ", or true for the configured default" : "";
  return usageFailure(
    `${key} is ${shown(JSON.stringify(value))}, and must be text${bare}.`,
    `Amounts are text too, so that they stay exact: "${key}":"…".`,
  );
}

function requireText(value: string): string {
  if (value.trim() !== "") return value;
  throw usageFailure("instrument is empty.", "Write EUR_USD, EUR/USD or eurusd.");
}

/** @throws Failure USAGE when a broker couldn't keep both whole. */
function requireShort(signalId: string, agent: string): void {
  const length = [signalId, agent].reduce((sum, text) => sum + labelLength(text), 0);
  if (length <= LONGEST_LABEL) return;
  throw usageFailure(
    `signalId and agent are too long together: a broker keeps ${LONGEST_LABEL} characters of both, and they take ${length}.`,
    "Anything but plain letters and digits counts threefold or more.",
  );
}

function labelLength(text: string): number {
  const others = text.replaceAll(PLAIN, "");
  return text.length - others.length + Buffer.byteLength(others) * 3;
}

/** A time that moves with the clock would make another order of the signal each time. */
function termsIn(text: (key: Key) => string | undefined): OrderDraft["terms"] {
  const expires = text("expiresAt");
  if (expires !== undefined && !/^\d{4}-\d{2}-\d{2}/.test(expires)) {
    throw usageFailure(
      `expiresAt "${shown(expires)}" is not a time.`,
      "Write 2026-11-30 (0:00 UTC) or 2026-11-30T17:00:00-05:00.",
    );
  }
  const options = {
    ...given("type", text("type")),
    ...given("price", text("price")),
    ...given("tif", text("timeInForce")),
    ...given("expires", expires),
  };
  // What has expired meanwhile is no mistake in a signal that was sent before: check-signals.ts looks at it.
  return termsOf(options, 0);
}

function given<N extends string>(name: N, value: string | undefined): { [K in N]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [K in N]?: string });
}

function exitOf(key: Key, value: string | true | undefined): ExitRequest | null {
  return exitOption(key, value);
}

function about<T>(key: Key, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new KeyProblem(key, inSignalWords(error));
  }
}

function inSignalWords({ code, message, hint }: Failure): Failure {
  const words = (text: string) =>
    OPTION_NAMES.reduce((all, [option, key]) => all.replaceAll(option, key), text);
  return new Failure(code, words(message), hint === null ? {} : { hint: words(hint) });
}

const EXAMPLE =
  'One object a line: {"signalId":"s-1","agent":"me","instrument":"EUR_USD","side":"buy","units":"1000"}';
const SHOWN = 60;

function shown(text: string): string {
  const clean = text.trim().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}
