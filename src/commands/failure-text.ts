import type { Failure } from "../core/failures.ts";
import { printable } from "../ui/output/table.ts";
import type { Theme } from "../ui/output/theme.ts";

export type FailureStyle = {
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  readonly theme: Theme;
};

/** A failure for stderr: one line of JSON, or what happened, what to do, and its code. */
export function failureText(failure: Failure, style: FailureStyle): string {
  if (style.isJson) return JSON.stringify({ error: failureDocument(failure) });
  const lines = [`${style.theme.error("error:")} ${printable(failure.message)}`];
  if (failure.hint) lines.push(`  ${printable(failure.hint)}`);
  lines.push(style.theme.dim(`  [${failure.code}]`));
  if (style.isVerbose && failure.stack) lines.push(style.theme.dim(stackOf(failure)));
  return lines.join("\n");
}

function failureDocument({ code, message, hint, retryable, details }: Failure) {
  return { code, message, hint, retryable, details };
}

function stackOf(failure: Failure): string {
  const causes = failure.cause instanceof Error ? [failure.cause.stack ?? ""] : [];
  const text = [failure.stack ?? "", ...causes].join("\nCaused by: ");
  return text.split("\n").map(printable).join("\n");
}
