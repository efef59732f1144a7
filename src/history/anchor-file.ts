import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { isOutOfFiles } from "../core/open-files.ts";
import type { AnchorReading, AuditAnchor, AuditHead } from "../ports/audit-anchor.ts";
import { headText, parseHead } from "./audit-head.ts";
import { outOfFilesFailure } from "./sqlite/storage-failure.ts";

/** One disk sector: written by a single call, it is there as a whole or not at all. */
const SLOT_BYTES = 512;
const SLOTS = [0, 1] as const;
const NO_HEAD: AnchorReading = { kind: "none" };

/**
 * The anchor beside the database, for its user alone (0600). Two slots are written in turn, so that a write that is
 * cut short leaves the head before it; the newest one that is whole counts.
 */
export function openAnchorFile(path: string): AuditAnchor {
  return {
    place: path,
    read: () => readAnchor(path),
    advance: (head) => {
      const slots = readSlots(path);
      if (slots === null) return;
      const newest = newestOf(slots);
      if (newest?.chain === head.chain && newest.sequence >= head.sequence) return;
      // The slot that isn't the newest: what is known stays until the new head is written.
      const slot = slots.findIndex((each) => each.kind !== "head" || each.head !== newest);
      writeSlot(path, Math.max(slot, 0), head);
    },
    replace: (head) => create(path, head),
  };
}

function readAnchor(path: string): AnchorReading {
  try {
    const slots = readSlots(path);
    if (slots === null) return NO_HEAD;
    const newest = newestOf(slots);
    if (newest) return { kind: "head", head: newest };
    const other = ["begun", "unreadable"].flatMap((kind) =>
      slots.filter((slot) => slot.kind === kind),
    );
    return other[0] ?? { kind: "unreadable", reason: "it is empty" };
  } catch (error) {
    // It says nothing of the anchor that nothing can be opened now.
    if (error instanceof Error && "code" in error && isOutOfFiles(error.code)) {
      throw outOfFilesFailure(`The audit log's anchor ${path}`, "", error);
    }
    return { kind: "unreadable", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** null where there is no file. */
function readSlots(path: string): readonly AnchorReading[] | null {
  const file = openExisting(path);
  if (file === null) return null;
  try {
    const bytes = Buffer.alloc(SLOT_BYTES * SLOTS.length);
    readSync(file, bytes, 0, bytes.length, 0);
    return SLOTS.map((slot) =>
      readSlot(bytes.toString("utf8", slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)),
    );
  } finally {
    closeSync(file);
  }
}

function readSlot(slot: string): AnchorReading {
  const text = slot.replaceAll("\0", "").trim();
  if (text === "") return NO_HEAD;
  try {
    const head = parseHead(text);
    return head ? { kind: "head", head } : { kind: "begun" };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { kind: "unreadable", reason: error.message };
  }
}

function newestOf(slots: readonly AnchorReading[]): AuditHead | undefined {
  const heads = slots.flatMap((slot) => (slot.kind === "head" ? [slot.head] : []));
  return heads.toSorted((left, right) => right.sequence - left.sequence)[0];
}

function writeSlot(path: string, slot: number, head: AuditHead): void {
  const file = openSync(path, "r+");
  try {
    writeSync(file, slotText(headText(head)), slot * SLOT_BYTES);
  } finally {
    closeSync(file);
  }
}

/** Readers see the old file or the new one; the new one is on the disk before it takes the name. */
function create(path: string, head: AuditHead | null): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const content = slotText(headText(head)) + slotText("");
    writeFileSync(temporary, content, { flag: "wx", mode: 0o600, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function slotText(text: string): string {
  if (text.length >= SLOT_BYTES) throw new RangeError("the head is too long for its anchor");
  return `${text.padEnd(SLOT_BYTES - 1)}\n`;
}

/** Flushes what a folder's files are called. */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function openExisting(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
