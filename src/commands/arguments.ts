import { type Distance, parseDistance } from "../core/distance.ts";
import { Failure, usageFailure } from "../core/failures.ts";
import { parseUnits } from "../core/instrument.ts";
import { type Decimal, type Price, parseDecimal, toPrice } from "../core/money.ts";
import { type Instant, instantFromMs, parseInstant } from "../core/time.ts";
import type { ExitChoice, ExitRequest, OrderSize } from "../trading/order-draft.ts";

const SHOWN = 40;
const RELATIVE = /^(\d{1,6})([dhms])$/;
const ORDER_ID = /^@?[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const TO_THE_MINUTE = /^(.{11}\d{2}:\d{2})([Zz]|[+-]\d{2}:\d{2})$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
/** What a timer can wait for. */
const MOST_SPAN_MS = 2_073_600_000;
const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** A size: `10000`, `10k`, `1.5m`. @throws Failure INVALID_UNITS; nothing was sent. */
export function unitsArgument(text: string): Decimal {
  const units = parseUnits(text);
  if (units) return units;
  const hint = text.startsWith("-")
    ? "Units are always positive: the verb tells the direction, so use sell to sell."
    : "Write a positive decimal, 10k or 1.5m.";
  throw new Failure("INVALID_UNITS", `"${shownText(text)}" is not a size. Nothing was sent.`, {
    hint,
  });
}

/** `--sl`, `--tp`, `--trailing`: bare means the configured default. @throws Failure INVALID_PRICE. */
export function exitOption(name: string, value: string | true | undefined): ExitRequest | null {
  if (value === undefined) return null;
  if (value === true) return { kind: "default" };
  return distanceOption(name, value);
}

/** The same where exits are there already: left out they stay, and `--no-sl` takes them away. */
export function exitChoice(name: string, value: string | boolean | undefined): ExitChoice {
  if (value === false) return "remove";
  return exitOption(name, value) ?? "keep";
}

/** A price: `1.0850`. @throws Failure INVALID_PRICE. */
export function priceOption(name: string, text: string): Price {
  const price = parseDecimal(text);
  if (price?.isPositive()) return toPrice(price);
  throw new Failure(
    "INVALID_PRICE",
    `${name} "${shownText(text)}" is not a price. Nothing was sent.`,
    {
      hint: "Write a price above zero, e.g. 1.0850.",
    },
  );
}

export function distanceOption(name: string, text: string): Distance {
  const distance = parseDistance(text);
  if (distance) return distance;
  throw new Failure(
    "INVALID_PRICE",
    `${name} "${shownText(text)}" is not a price. Nothing was sent.`,
    {
      hint: "Write a price (1.0850), pips (20p) or a percentage (0.5%).",
    },
  );
}

/** `--risk 1%` or `--risk 50`. @throws Failure USAGE. */
export function riskOption(text: string): OrderSize {
  const isPercent = text.endsWith("%");
  const value = parseDecimal(isPercent ? text.slice(0, -1) : text);
  if (!value?.isPositive()) {
    throw usageFailure(
      `--risk "${shownText(text)}" is not an amount. Nothing was sent.`,
      "Write a percentage of equity (1%) or an amount in account currency (50).",
    );
  }
  return isPercent
    ? { kind: "risk_percent", percent: value }
    : { kind: "risk_amount", amount: value };
}

/** RFC 3339, `2026-11-22` (UTC), or `7d`, `12h`, `30m` before `now`. @throws Failure USAGE. */
export function timeOption(text: string, nowMs: number): Instant {
  const backMs = relativeMs(text);
  const instant = backMs !== null && backMs < nowMs ? instantFromMs(nowMs - backMs) : dated(text);
  if (instant) return instant;
  throw usageFailure(
    `"${shownText(text)}" is not a time.`,
    "Write 2026-11-22, 2026-11-22T10:00:00Z, or 7d, 12h, 30m for so long ago.",
  );
}

/** A time to come: RFC 3339, `2026-11-30` (0:00 UTC), or `7d`, `12h`, `30m` from `now` on. @throws Failure USAGE. */
export function expiryOption(text: string, nowMs: number): Instant {
  const aheadMs = relativeMs(text);
  const instant = aheadMs === null ? dated(text) : instantFromMs(nowMs + aheadMs);
  if (!instant) {
    throw usageFailure(
      `--expires "${shownText(text)}" is not a time. Nothing was sent.`,
      "Write 2026-11-30 (0:00 UTC), 2026-11-30T17:00:00-05:00, or 7d, 12h, 30m from now.",
    );
  }
  if (instant > instantFromMs(nowMs)) return instant;
  throw usageFailure(
    `--expires ${shownText(text)} is in the past. Nothing was sent.`,
    "A date means its beginning, 0:00 UTC; give a time to come.",
  );
}

/** A span of time, `30s`, `5m`, `12h`, `7d`, in milliseconds. @throws Failure USAGE. */
export function spanOption(name: string, text: string): number {
  const ms = relativeMs(text);
  if (ms !== null && ms <= MOST_SPAN_MS) return ms;
  throw usageFailure(
    `${name} "${shownText(text)}" is not a span of time.`,
    "Write 30s, 5m, 12h or 7d; 24d at the most.",
  );
}

/** null for anything but `7d`, `12h`, `30m`, `45s` above zero. */
function relativeMs(text: string): number | null {
  const relative = RELATIVE.exec(text);
  const unit = relative?.[2] as keyof typeof UNIT_MS | undefined;
  const ms = relative && unit ? Number(relative[1]) * UNIT_MS[unit] : 0;
  return ms > 0 ? ms : null;
}

function dated(text: string): Instant | undefined {
  if (DAY.test(text)) return parseInstant(`${text}T00:00:00Z`);
  const isDated = /^\d{4}-\d{2}-\d{2}/.test(text);
  return isDated ? parseInstant(text.replace(TO_THE_MINUTE, "$1:00$2")) : undefined;
}

/** The broker's id of an order, or `@` and the client order id. @throws Failure USAGE. */
export function orderIdArgument(text: string): string {
  if (ORDER_ID.test(text)) return text;
  throw usageFailure(
    `"${shownText(text)}" is not an order's id. Nothing was sent.`,
    "Write the broker's id (42), or @ and the client order id (@mine-1).",
  );
}

/** A whole number from `minimum` to `maximum`. @throws Failure USAGE. */
export function integerOption(
  name: string,
  text: string,
  range: { readonly minimum: number; readonly maximum: number },
): number {
  const value = /^\d{1,9}$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (value >= range.minimum && value <= range.maximum) return value;
  throw usageFailure(
    `${name} "${shownText(text)}" must be a whole number from ${range.minimum} to ${range.maximum}.`,
  );
}

/** `value` as one of `choices`, exactly as written there. @throws Failure USAGE. */
export function choiceOption<T extends string>(
  name: string,
  value: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === value);
  if (found) return found;
  throw usageFailure(`${name} "${shownText(value)}" is not one of: ${choices.join(", ")}.`);
}

/** Free text for a broker: at most `maximum` characters, no control characters. @throws Failure USAGE. */
export function textOption(name: string, text: string | undefined, maximum: number): string | null {
  if (text === undefined) return null;
  if (text.length === 0 || text.length > maximum) {
    throw usageFailure(`${name} must have 1 to ${maximum} characters; it has ${text.length}.`);
  }
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) {
    throw usageFailure(`${name} must not contain line breaks or control characters.`);
  }
  return text;
}

/** What the user typed, made fit for a message. */
export function shownText(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}
