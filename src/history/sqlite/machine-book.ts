import type { Instant } from "../../core/time.ts";
import type { AuditRecord } from "../../ports/journal.ts";
import type { Machine, MovedFrom } from "../../ports/machine.ts";
import type { AuditLog } from "./audit-log.ts";
import type { LocalDatabase } from "./database.ts";

const MEANING = "That the database is used on this computer now was not kept.";

export type MachineOptions = {
  readonly machine: Machine;
  readonly now: () => Instant;
  /** What stands in the audit log when the database is used on another computer than before. */
  readonly recordOf: (from: MovedFrom) => AuditRecord;
};

/**
 * Keeps on which computer the database is used, and gives the one that used it before, if that was another: a database that a
 * sync tool shares between two computers comes and goes. Null where nothing has changed.
 * @throws Failure STORAGE_BUSY, STORAGE_FULL or STORAGE_CORRUPT.
 */
export function noteMachine(
  database: LocalDatabase,
  audit: AuditLog,
  { machine, now, recordOf }: MachineOptions,
): MovedFrom | null {
  const { connection } = database;
  const known = () =>
    connection.prepare<[], MovedFrom>("SELECT id, name, since FROM machine").get() ?? null;
  if (database.read(MEANING, known)?.id === machine.id) return null;
  return database.write(MEANING, () => {
    const from = known();
    if (from?.id === machine.id) return null;
    connection
      .prepare("INSERT OR REPLACE INTO machine VALUES (1, @id, @name, @since)")
      .run({ ...machine, since: now() });
    if (from) audit.append(audit.serialize([recordOf(from)]));
    return from;
  });
}
