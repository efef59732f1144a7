import type { Context } from "./context.ts";

const PLAIN_TERMINALS: ReadonlySet<string> = new Set(["linux", "dumb", "vt100"]);

/** Whether lines, blocks and braille can be shown: not by a plain terminal, nor where the locale isn't UTF-8. */
export function isUnicodeTerminal({
  TERM,
  LC_ALL,
  LC_CTYPE,
  LANG,
}: Context["environment"]): boolean {
  if (TERM !== undefined && PLAIN_TERMINALS.has(TERM)) return false;
  const locale = LC_ALL || LC_CTYPE || LANG;
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}
