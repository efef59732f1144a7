import { anchorAlert, type Troubles } from "./alerts/troubles.ts";
import { userName } from "./commands/connect/access-record.ts";
import type { Context } from "./commands/context.ts";
import { makeFolders } from "./config/paths.ts";
import { version } from "./config/version.ts";
import type { Failure } from "./core/failures.ts";
import type { LocalStore as Store, StoreOptions } from "./history/sqlite/store.ts";
import type { Machine, MovedFrom } from "./ports/machine.ts";
import type { Restoration } from "./ports/restore.ts";
import { machineIdentity } from "./resilience/machine-identity.ts";
import { isProcessAlive, processIdentity } from "./resilience/process-identity.ts";
import { systemClock } from "./resilience/system-clock.ts";

type StoreParts = Pick<Context, "paths" | "note" | "log"> & { readonly troubles: Troubles };

/** Opens the user's database. What is odd about it is told in a note and logged; a broken anchor raises the alarm too. */
export async function openLocalStore(parts: StoreParts): Promise<Store> {
  const [{ openStore }, { auditChain }, found] = await Promise.all([
    import("./history/sqlite/store.ts"),
    import("./compliance/audit/chain.ts"),
    parts.paths(),
  ]);
  makeFolders(found);
  const machine = machineIdentity();
  return openStore(found.databaseFile, {
    chain: auditChain,
    onAnchorFault: (error) => tellAnchorFault(parts, error),
    onMoved: (from) => tellMoved(parts, from),
    process: { owner: processIdentity(), isAlive: isProcessAlive },
    ...(machine && { machine: machineOptions(machine) }),
  });
}

/** Proves a backup; nothing is replaced yet. The database must not be open here. */
export async function prepareRestoration(
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

function machineOptions(machine: Machine): NonNullable<StoreOptions["machine"]> {
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

function tellAnchorFault({ note, log, troubles }: StoreParts, error: Failure): void {
  note(error.message);
  log.write("error", error.message, { action: "anchor", code: error.code, error });
  if (error.code === "AUDIT_BROKEN") troubles.raise(anchorAlert(error));
}

function tellMoved({ note, log }: StoreParts, { name, since }: MovedFrom): void {
  const text = `This database was used on ${name} since ${since.slice(0, 19)}Z, and is used on this computer now. If a sync tool shares it between two computers, use it on one only: neither sees what the other has under way, and an order could be made twice.`;
  note(text);
  log.write("warn", text, { action: "moved" });
}
