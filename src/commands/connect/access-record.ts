import { userInfo } from "node:os";
import type { AuditRecord } from "../../ports/journal.ts";
import type { Context } from "../context.ts";
import { sessionOf } from "../session-kind.ts";

/** An audit entry about connections and switches rather than one order. */
export function accessRecord(
  context: Context,
  kind: string,
  data: Readonly<Record<string, unknown>>,
): AuditRecord {
  const session = sessionOf(context.terminal);
  const actor = { user: userName(), version: context.version, session };
  return { at: context.clock.now(), kind, data: { ...data, actor } };
}

/** The user's name; containers may run as one without an entry. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
