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
 * Stored data is canonical already and a hash has nothing to escape, so the canonical JSON of the
 * whole entry is put together as text. `at` and `kind` are quoted as JSON does it: otherwise a part
 * of `data` could be moved into `kind` without a trace.
 */
function hashOf({ at, data, kind, previousHash, sequence }: Omit<ChainedEntry, "hash">): string {
  const link = `"previousHash":"${previousHash}","sequence":${sequence}`;
  return hash(
    "sha256",
    `{"at":${JSON.stringify(at)},"data":${data},"kind":${quotedKind(kind)},${link}}`,
  );
}

const quotedKinds = new Map<string, string>();
function quotedKind(kind: string): string {
  let v = quotedKinds.get(kind);
  if (v === undefined) quotedKinds.set(kind, (v = JSON.stringify(kind)));
  return v;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(record);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}
