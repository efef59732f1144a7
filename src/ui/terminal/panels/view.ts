import type { Moment } from "../../../core/age.ts";
import { type Age, ageMsAt } from "../../../core/age.ts";
import type { Decimal } from "../../../core/money.ts";
import type { Environment } from "../../../core/order.ts";
import type { LiveStatus } from "../../../ports/live.ts";
import type { Times } from "../../output/times.ts";
import type { Glyphs } from "../glyphs.ts";
import type { PriceTrails } from "../price-trail.ts";
import { type Role, type Span, span } from "../spans.ts";
import type { WatchState } from "../state.ts";
import type { WatchSnapshot } from "../watch-desk.ts";

/** Everything a panel draws from. */
export type PanelView = {
  readonly snapshot: WatchSnapshot;
  readonly state: WatchState;
  readonly glyphs: Glyphs;
  readonly times: Times;
  readonly trails: Pick<PriceTrails, "of">;
  readonly now: Moment;
};

/** How long a frame may stay on the screen before the next one: ages are shown as old as they will be by then. */
export const LONGEST_FRAME_MS = 600;

const MINUTE_S = 60;
const HOUR_S = 3_600;

/** At the most as old as it says, for as long as it is shown: `3s`, `4m`, `2h`. */
export function ageLabel(ageMs: number): string {
  const seconds = Math.ceil((ageMs + LONGEST_FRAME_MS) / 1_000);
  if (seconds < 2 * MINUTE_S) return `${seconds}s`;
  if (seconds < 2 * HOUR_S) return `${Math.ceil(seconds / MINUTE_S)}m`;
  return `${Math.ceil(seconds / HOUR_S)}h`;
}

export function ageText(age: Age | null, now: Moment): string {
  return age ? ageLabel(ageMsAt(age, now)) : "?";
}

/** LIVE, PRACTICE or PAPER, in its colours: LIVE is told apart by its marks too. */
export function badge(environment: Environment): Span {
  if (environment === "live") return span("!LIVE!", "live");
  return span(environment === "practice" ? "PRACTICE" : "PAPER", environment);
}

type StatusWord = { readonly word: string; readonly role: Role };

const STATUS_WORDS: Readonly<Record<LiveStatus, StatusWord>> = {
  connecting: { word: "Connecting", role: "warning" },
  connected: { word: "Connected", role: "gain" },
  market_closed: { word: "Market closed", role: "dim" },
  stale: { word: "No prices", role: "warning" },
  reconnecting: { word: "Reconnecting", role: "warning" },
  failed: { word: "Disconnected", role: "error" },
};

export type Link = {
  readonly status: LiveStatus;
  readonly isOff: boolean;
  readonly retryAtMs: number | null;
};

/** Connected, Disconnected or Reconnecting, and what else a trader should know of it. */
export function statusWord({ status, isOff, retryAtMs }: Link, nowMs: number): StatusWord {
  if (isOff) return { word: "Disconnected (by hand)", role: "warning" };
  if (status === "reconnecting" && retryAtMs !== null) {
    const seconds = Math.max(0, Math.ceil((retryAtMs - nowMs) / 1_000));
    return { word: `Disconnected, again in ${seconds}s`, role: "error" };
  }
  return STATUS_WORDS[status];
}

/** By its sign, which `text` shows already. */
export function gainSpan(amount: Decimal, text: string): Span {
  return span(text, amount.isPositive() ? "gain" : amount.isNegative() ? "loss" : "plain");
}
