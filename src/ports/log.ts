export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line is about. Fields without a value are left out; none of them holds a secret. */
export type LogFields = {
  /** What was done: `order buy`, `request`, `alert`. */
  readonly action: string;
  readonly outcome?: "success" | "failure";
  readonly durationMs?: number;
  /** The failure's code, and the error itself with its stack. */
  readonly code?: string;
  readonly error?: unknown;
  readonly connection?: string | null;
  readonly account?: string | null;
  readonly clientOrderId?: string | null;
  readonly brokerCode?: string | null;
  readonly requestId?: string | null;
  /** Which try it was, from 1. */
  readonly attempt?: number | null;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
};

/** The program's log: one line an event. It never fails and never waits. */
export interface Log {
  readonly level: LogLevel;
  write(level: LogLevel, message: string, fields: LogFields): void;
}

/** Whether a log of `chosen` takes lines of `level`. */
export function isLogged(level: LogLevel, chosen: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(chosen);
}
