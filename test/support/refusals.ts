import { expect } from "vitest";
import type { Finished, User } from "./program.ts";

export type Refusal = {
  readonly exit: number;
  readonly code: string;
  /** Parts of message and hint: what happened, what it means, what to do. */
  readonly says: readonly (string | RegExp)[];
};

export const NOTHING_SENT = "Nothing was sent.";

/** Refused with nothing on stdout, and one line of JSON on stderr. */
export function expectRefusal(result: Finished, { exit, code, says }: Refusal): void {
  expect({ exit: result.code, stdout: result.stdout }, result.stderr).toEqual({ exit, stdout: "" });
  expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  const error = result.error();
  expect(error.code).toBe(code);
  expect(new Set(Object.keys(error))).toEqual(
    new Set(["code", "message", "hint", "retryable", "details"]),
  );
  const text = `${error.message} ${error.hint}`;
  for (const part of says) expect(text).toMatch(part);
}

/** What the audit trail holds, oldest first. */
export async function kindsInAudit(user: User): Promise<readonly string[]> {
  const entries = (await user.run("history audit --json")).json<{ kind: string }[]>();
  return entries.map(({ kind }) => kind);
}
