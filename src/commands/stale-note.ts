import type { Instant } from "../core/time.ts";
import type { Desk } from "../trading/desk.ts";
import type { Staleness } from "../trading/last-answers.ts";
import { asOfText, staleTheme } from "../ui/output/stale-text.ts";
import type { Theme } from "../ui/output/theme.ts";
import type { Context } from "./context.ts";

/** Says on stderr that what is shown isn't current, and why. */
export function noteStale(context: Context, desk: Desk, stale: Staleness | null): void {
  if (!stale) return;
  const { code, message } = stale.failure;
  context.note(
    `${desk.profile.name} can't be reached (${code}). What is shown is what it last said, ${asOfText(stale, context.theme)}. ${message}`,
  );
}

/** The name of what is shown, with its age where it isn't current. */
export function nameOf(name: string, stale: Staleness | null, theme: Theme): string {
  return stale ? `${name}, ${asOfText(stale, theme)}` : name;
}

export function themeOf(theme: Theme, stale: Staleness | null): Theme {
  return stale ? staleTheme(theme) : theme;
}

/** What the JSON of a list says beside its usual keys where it isn't current. */
export function staleKeys(stale: Staleness | null): { asOf?: Instant; stale?: true } {
  return stale ? { asOf: stale.asOf, stale: true } : {};
}
