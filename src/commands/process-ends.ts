import type { Context } from "./context.ts";
import { EXIT_CODES, INTERRUPTED_EXIT_CODE } from "./exit-codes.ts";
import { failureText } from "./failure-text.ts";
import { defectFailure, styleOf } from "./run.ts";

/** Aborted by the first Ctrl-C. The second one doesn't wait: what was sent is settled by the next command. */
export function interruptSignal(): AbortSignal {
  const interrupted = new AbortController();
  process.on("SIGINT", () => {
    if (interrupted.signal.aborted) process.exit(INTERRUPTED_EXIT_CODE);
    interrupted.abort(new Error("interrupted"));
  });
  return interrupted.signal;
}

/**
 * Ends the process when an error reaches nobody, as a rejection that nobody waits for does: told like any other
 * defect. Nothing goes on after it; an order that was under way is in the journal.
 */
export function endOnDefect(
  argv: readonly string[],
  { terminal, theme }: Pick<Context, "terminal" | "theme">,
): void {
  process.on("uncaughtException", (error) => {
    // A screen that is up goes down first, and passes the error on.
    if (process.listenerCount("uncaughtException") > 1) return;
    terminal.writeNote(`${failureText(defectFailure(error), styleOf(argv, theme))}\n`);
    process.exit(EXIT_CODES.INTERNAL);
  });
}
