import { userName } from "./commands/connect/access-record.ts";
import type { Context } from "./commands/context.ts";
import { makeFolders } from "./config/paths.ts";
import { version } from "./config/version.ts";
import type { StoreOptions } from "./history/sqlite/store.ts";
import type { Machine } from "./ports/machine.ts";
import type { Restoration } from "./ports/restore.ts";
import { systemClock } from "./resilience/system-clock.ts";

/** A proven backup on its way into the database's place. @throws Failure as prepareRestore does. */
export async function openRestoration(
  { paths }: Pick<Context, "paths">,
  file: string,
): Promise<Restoration> {
  const [{ prepareRestore }, { ANCHOR_SUFFIX }, { auditChain }, found] = await Promise.all([
    import("./history/sqlite/restore.ts"),
    import("./history/sqlite/store.ts"),
    import("./compliance/audit/chain.ts"),
    paths(),
  ]);
  makeFolders(found);
  const path = found.databaseFile;
  const anchorPath = `${path}${ANCHOR_SUFFIX}`;
  return prepareRestore({ path, file, chain: auditChain, anchorPath, now: systemClock.now() });
}

/** What is kept of the computer that a database is used on, and recorded when it was another. */
export function machineOptions(machine: Machine): NonNullable<StoreOptions["machine"]> {
  const now = () => systemClock.now();
  return {
    ...{ machine, now },
    recordOf: (from) => ({
      at: now(),
      kind: "database.moved",
      data: { from, to: machine, actor: { user: userName(), version: version() } },
    }),
  };
}
