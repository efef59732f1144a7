/** What one of the day-trading rules says of one order. */
export type Finding = {
  /** `warn`: it may be sent, and the user should know what it can cost. */
  readonly outcome: "pass" | "warn" | "block";
  /** The numbers, in words. */
  readonly detail: string;
  /** What is wrong, with its numbers; null where nothing is. Whoever blocks adds that nothing was sent. */
  readonly message: string | null;
  /** What would be allowed. */
  readonly hint: string | null;
};

export function passes(detail: string): Finding {
  return { outcome: "pass", detail, message: null, hint: null };
}

/** The finding with a block turned into a warning. */
export function softened(finding: Finding): Finding {
  return finding.outcome === "block" ? { ...finding, outcome: "warn" } : finding;
}
