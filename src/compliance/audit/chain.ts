import { hash } from "node:crypto";
import type { AuditChain, AuditRecord, ChainedEntry, ChainTail } from "../../ports/journal.ts";

const GENESIS: NonNullable<ChainTail> = { sequence: 0, hash: "0".repeat(64) };

/**
 * A SHA-256 chain: each entry's hash covers its number, time, kind, data and the hash before it, as
 * canonical JSON. Inside the chain nothing can be changed, moved, added or taken out without a
 * trace; a tail that is cut off shows only against a head kept elsewhere.
 */
export const auditChain: AuditChain = { canonical, link, fault };

function canonical(data: AuditRecord["data"]): string {
  return JSON.stringify(data, (_key, value: unknown) => (isRecord(value) ? sorted(value) : value));
}

function link(
  record: Omit<AuditRecord, "data"> & { readonly data: string },
  previous: ChainTail,
): ChainedEntry {
  const tail = previous ?? GENESIS;
  const { at, kind, data } = record;
  const entry = { sequence: tail.sequence + 1, at, kind, data, previousHash: tail.hash };
  return { ...entry, hash: hashOf(entry) };
}

function fault(entry: ChainedEntry, previous: ChainTail): string | null {
  const tail = previous ?? GENESIS;
  const expected = tail.sequence + 1;
  if (entry.sequence !== expected) {
    return `it stands where entry ${expected} should be: entries were taken out or added`;
  }
  if (entry.previousHash !== tail.hash) {
    const before = previous ? `entry ${previous.sequence}` : "the beginning of the log";
    return `it doesn't continue ${before}: one of the two was changed, moved or added later`;
  }
  return entry.hash === hashOf(entry) ? null : "its content doesn't fit its hash: it was changed";
}

/**
 * Stored data is canonical already and hashes have nothing to escape, so the canonical JSON of the
 * whole entry is put together as text.
 */
function hashOf({ at, data, kind, previousHash, sequence }: Omit<ChainedEntry, "hash">): string {
  // An instant has nothing to escape either; of its length, no other text can end where it ends.
  const time = at.length === INSTANT_LENGTH ? `"${at}"` : JSON.stringify(at);
  const rest = `"previousHash":"${previousHash}","sequence":${sequence}`;
  return hash("sha256", `{"at":${time},"data":${data},"kind":${quotedKind(kind)},${rest}}`);
}

const INSTANT_LENGTH = "2026-01-05T10:00:00.000000000Z".length;
const MOST_KINDS = 100;
const quotedKinds = new Map<string, string>();

/** `kind` as JSON. There are few, and quoting each of a million entries anew shows in the time. */
function quotedKind(kind: string): string {
  const known = quotedKinds.get(kind);
  if (known !== undefined) return known;
  const quoted = JSON.stringify(kind);
  if (quotedKinds.size < MOST_KINDS) quotedKinds.set(kind, quoted);
  return quoted;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const keys = Object.keys(record);
  if (keys.every((key, index) => index === 0 || (keys[index - 1] ?? "") < key)) return record;
  const inOrder = keys.sort((left, right) => (left < right ? -1 : 1));
  return Object.fromEntries(inOrder.map((key) => [key, record[key]]));
}
