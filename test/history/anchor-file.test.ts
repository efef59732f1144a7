import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openAnchorFile } from "../../src/history/anchor-file.ts";
import type { AuditHead } from "../../src/ports/audit-anchor.ts";
import { at } from "./sqlite/records.ts";
import { temporaryFolder } from "./sqlite/support.ts";

function aHead(sequence: number): AuditHead {
  const hash = sequence.toString(16).padStart(64, "0");
  return { chain: "c".repeat(64), sequence, hash, at: at(sequence) };
}

function anAnchor() {
  const path = join(temporaryFolder(), "tmt.db.anchor");
  return { path, anchor: openAnchorFile(path) };
}

describe("the anchor beside the database", () => {
  it("says nothing until it is made, and then what it was told last", () => {
    const { anchor, path } = anAnchor();
    expect(anchor.read()).toEqual({ kind: "none" });
    anchor.advance(aHead(1));
    expect(anchor.read()).toEqual({ kind: "none" });
    anchor.replace(null);
    expect(anchor.read()).toEqual({ kind: "begun" });
    for (const sequence of [1, 2, 3, 7, 8]) {
      anchor.advance(aHead(sequence));
      expect(openAnchorFile(path).read()).toEqual({ kind: "head", head: aHead(sequence) });
    }
    expect(statSync(path).size).toBe(1024);
  });

  it.skipIf(process.platform === "win32")("is for its user alone", () => {
    const { anchor, path } = anAnchor();
    anchor.replace(aHead(1));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("never goes back by itself, and does when it is told to", () => {
    const { anchor } = anAnchor();
    anchor.replace(aHead(5));
    anchor.advance(aHead(4));
    expect(anchor.read()).toMatchObject({ head: { sequence: 5 } });
    anchor.replace(aHead(2));
    expect(anchor.read()).toMatchObject({ head: { sequence: 2 } });
  });

  it("keeps the head before when a write is cut short, for all places it may be cut at", () => {
    const { anchor, path } = anAnchor();
    anchor.replace(null);
    for (const sequence of [1, 2, 3]) anchor.advance(aHead(sequence));
    const before = readFileSync(path);
    anchor.advance(aHead(4));
    const after = readFileSync(path);
    const changed = before.findIndex((byte, index) => byte !== after[index]);
    const start = changed - (changed % 512);
    for (let cut = start; cut < start + 512; cut += 7) {
      const torn = Buffer.concat([after.subarray(0, cut), before.subarray(cut)]);
      writeFileSync(path, torn);
      const reading = anchor.read();
      expect(reading.kind === "head" && [3, 4].includes(reading.head.sequence)).toBe(true);
    }
  });

  it("DB-07 for all bytes changed in it: it says the truth, an older truth, or that it was damaged", () => {
    const { anchor, path } = anAnchor();
    anchor.replace(aHead(1));
    anchor.advance(aHead(2));
    const original = readFileSync(path);
    const change = fc.record({
      index: fc.nat({ max: original.length - 1 }),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(change, ({ index, mask }) => {
        const bytes = Buffer.from(original);
        bytes.writeUInt8(bytes.readUInt8(index) ^ mask, index);
        writeFileSync(path, bytes);
        const reading = anchor.read();
        if (reading.kind === "head") expect([aHead(1), aHead(2)]).toContainEqual(reading.head);
        else expect(reading.kind).toBe("unreadable");
      }),
    );
  });

  it.each([0, 100])("DB-07 says so when it is cut to %i bytes", (length) => {
    const { anchor, path } = anAnchor();
    anchor.replace(aHead(9));
    truncateSync(path, length);
    expect(anchor.read()).toMatchObject({ kind: "unreadable" });
  });
});
