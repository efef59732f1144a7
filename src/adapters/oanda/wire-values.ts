import * as v from "valibot";
import { Failure } from "../../core/failures.ts";
import { Decimal, toPrice } from "../../core/money.ts";
import type { Side } from "../../core/order.ts";
import { parseInstant } from "../../core/time.ts";

const DECIMAL_TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const LONGEST_DECIMAL = 80;

/** The exact number that a broker's text spells, also `+1`, `.5` and `1e-7`; undefined when it is none. */
export function readDecimal(text: string): Decimal | undefined {
  const match = text.length <= LONGEST_DECIMAL ? DECIMAL_TEXT.exec(text) : null;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? new Decimal(digits, scale) : new Decimal(digits * 10n ** BigInt(-scale), 0);
}

/** Numbers come as strings, but a number in their place is read as well. */
const textOrNumber = v.union([v.string(), v.pipe(v.number(), v.finite(), v.transform(String))]);

export const wireDecimal = v.pipe(
  textOrNumber,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const value = readDecimal(dataset.value);
    if (value) return value;
    addIssue({ message: "not a decimal number" });
    return NEVER;
  }),
);

/** A size with its direction: never zero. */
export const wireSize = v.pipe(
  wireDecimal,
  v.check((value) => !value.isZero(), "a size of zero"),
);

export const wirePrice = v.pipe(
  wireDecimal,
  v.check((value) => !value.isNegative(), "a negative price"),
  v.transform(toPrice),
);

/** A whole number that names a transaction, an order or a trade; accounts have a form of their own. */
export const wireId = v.pipe(textOrNumber, v.digits("not a whole number"));
export const wireAccountId = v.pipe(textOrNumber, v.nonEmpty("an empty id"));

/** RFC 3339 or UNIX seconds, whichever the broker chose to send. */
export const wireTime = v.pipe(
  textOrNumber,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const time = parseInstant(dataset.value);
    if (time) return time;
    addIssue({ message: "not a time" });
    return NEVER;
  }),
);

export const wireCount = v.pipe(textOrNumber, v.transform(Number), v.integer());

export const clientExtensions = v.object({
  id: v.nullish(v.string()),
  tag: v.nullish(v.string()),
  comment: v.nullish(v.string()),
});
export type ClientExtensions = v.InferOutput<typeof clientExtensions>;

type Schema = v.GenericSchema<unknown, unknown>;

/**
 * What `value` says by `schema`.
 * @throws Failure BROKER_UNAVAILABLE naming the first part that isn't as agreed; `sent` as for a lost answer.
 */
export function readWire<T extends Schema>(
  schema: T,
  value: unknown,
  what: string,
): v.InferOutput<T> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? "the whole";
  throw new Failure(
    "BROKER_UNAVAILABLE",
    `OANDA's ${what} can't be read: ${path}: ${issue.message}.`,
    {
      hint: "The broker may have changed its interface; look for an update of this program.",
      sent: true,
      details: { what, path },
    },
  );
}

/** An object whose parts aren't known. */
export type Raw = Readonly<Record<string, unknown>>;

const raw = v.record(v.string(), v.unknown());

/** `value` as an object; one without parts when it is none. */
export function asRecord(value: unknown): Raw {
  const result = v.safeParse(raw, value);
  return result.success ? result.output : {};
}

export function sideOf(signed: Decimal): Side {
  return signed.isNegative() ? "sell" : "buy";
}

/** Whether id `left` is newer than `right`: ids are whole numbers that grow. */
export function compareIds(left: string, right: string): number {
  const [a, b] = [left.replace(/^0+(?=.)/, ""), right.replace(/^0+(?=.)/, "")];
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
