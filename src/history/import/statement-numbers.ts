import type { ColumnMapping } from "../../ports/history-files.ts";

/** How a statement writes numbers. */
export type NumberStyle = Pick<ColumnMapping, "decimal" | "thousands">;

const SPACES = /[\u0020\u00A0\u2009\u202F]/g;
const CURRENCY_SIGN = /^([+-]?)\s*[$\u20AC\u00A3\u00A5]\s*|\s*[$\u20AC\u00A3\u00A5]$/gu;
const BRACKETED = /^\((.*)\)$/;

/**
 * Makes what reads numbers as a statement writes them: `-1.234,56`, `1.234,56-`, `(1,234.56)`, `$5.00`. The result is a
 * plain decimal text; undefined is none. Groups are of three digits, so that a decimal mark never passes for a separator.
 */
export function numberReader({
  decimal,
  thousands,
}: NumberStyle): (text: string) => string | undefined {
  const mark = escaped(decimal);
  const grouped = thousands === "" ? null : `\\d{1,3}(?:${escaped(thousands)}\\d{3})+`;
  const whole = grouped === null ? "\\d+" : `(?:${grouped}|\\d+)`;
  const shape = new RegExp(`^(${whole})(?:${mark}(\\d+))?$|^${mark}(\\d+)$`);
  return (text) => {
    const { sign, digits } = signOf(text.trim());
    const match = shape.exec(thousands === " " ? digits.replaceAll(SPACES, " ") : digits);
    if (!match) return undefined;
    const [, integer = "0", fraction = match[3] ?? ""] = match;
    const plain = thousands === "" ? integer : integer.replaceAll(thousands, "");
    return `${sign}${plain.replace(/^0+(?=\d)/, "")}${fraction === "" ? "" : `.${fraction}`}`;
  };
}

/** Its sign, wherever it stands, and the rest. Two signs are none of a number's. */
function signOf(text: string): { readonly sign: "" | "-"; readonly digits: string } {
  const plain = text.replaceAll("\u2212", "-").replace(CURRENCY_SIGN, "$1");
  const bracketed = BRACKETED.exec(plain)?.[1];
  if (bracketed !== undefined) return { sign: "-", digits: bracketed.replace(CURRENCY_SIGN, "$1") };
  if (plain.startsWith("-")) return { sign: "-", digits: plain.slice(1) };
  if (plain.startsWith("+")) return { sign: "", digits: plain.slice(1) };
  return plain.endsWith("-")
    ? { sign: "-", digits: plain.slice(0, -1) }
    : { sign: "", digits: plain };
}

function escaped(mark: string): string {
  return mark === "." ? "\\." : mark;
}
