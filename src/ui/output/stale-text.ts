import type { Instant } from "../../core/time.ts";
import { ageText } from "./numbers.ts";
import type { Theme } from "./theme.ts";

/** The theme of what is old: no gain and no loss stands out. */
export function staleTheme(theme: Theme): Theme {
  return { ...theme, gain: (_amount, text) => theme.dim(text) };
}

/** `as of 2026-11-22 10:00:00Z, 3m 12s old`; the age is rounded up. */
export function asOfText(
  { asOf, ageMs }: { readonly asOf: Instant; readonly ageMs: number },
  { times }: Pick<Theme, "times">,
): string {
  return `as of ${times.text(asOf)}, ${ageText(Math.ceil(ageMs / 1000))} old`;
}
