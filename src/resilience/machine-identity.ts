import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Machine } from "../ports/machine.ts";

/** Enough to tell computers apart; the rest of it is nobody's business, not even a log's. */
const ID_DIGITS = 12;

/** What Linux calls the one installation (machine-id(5)). */
const MACHINE_ID = "/etc/machine-id";

/**
 * This computer, told from others; null where the system doesn't say, as in many containers, whose names change with each
 * start.
 */
export function machineIdentity(): Machine | null {
  const name = hostname();
  const id = process.platform === "linux" ? linuxId() : name;
  return id === null ? null : { id, name };
}

function linuxId(): string | null {
  try {
    const id = readFileSync(MACHINE_ID, "utf8").trim();
    return /^[0-9a-f]{32}$/.test(id) ? id.slice(0, ID_DIGITS) : null;
  } catch {
    return null;
  }
}
