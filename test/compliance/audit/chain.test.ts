import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import { decimal } from "../../../src/core/money.ts";
import { Secret } from "../../../src/core/secret.ts";
import { instantFromMs } from "../../../src/core/time.ts";
import type { ChainedEntry } from "../../../src/ports/journal.ts";

const at = instantFromMs(Date.UTC(2026, 0, 5));

function chainOf(...values: readonly string[]): ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  for (const value of values) {
    const data = auditChain.canonical({ value });
    entries.push(auditChain.link({ at, kind: "note", data }, entries.at(-1) ?? null));
  }
  return entries;
}

/** The first fault, with the number of the entry that has it. */
function faultIn(entries: readonly ChainedEntry[]): string | null {
  for (const [index, entry] of entries.entries()) {
    const fault = auditChain.fault(entry, entries[index - 1] ?? null);
    if (fault !== null) return `${entry.sequence}: ${fault}`;
  }
  return null;
}

describe("the audit chain", () => {
  it("numbers entries from 1 and ties each to the one before", () => {
    const [first, second] = chainOf("a", "b");
    expect(first).toMatchObject({ sequence: 1, previousHash: "0".repeat(64) });
    expect(second).toMatchObject({ sequence: 2, previousHash: first?.hash });
  });

  it("can be checked by anyone: SHA-256 of the entry as JSON with sorted keys", () => {
    const [entry] = chainOf('wört "1"');
    const data = '"data":{"value":"wört \\"1\\""}';
    const rest = `"kind":"note","previousHash":"${"0".repeat(64)}","sequence":1`;
    const text = `{"at":"${at}",${data},${rest}}`;
    expect(entry?.hash).toBe(createHash("sha256").update(text).digest("hex"));
  });

  it("keeps its hashes from version to version", () => {
    const [entry] = chainOf("a");
    expect(entry?.hash).toBe("11ef89040770246fbee81fddab020ca6633f71993ad83ba369a948a94ec11c11");
  });

  it("for all times and kinds, hashes what JSON itself writes", () => {
    const time = fc.integer({ min: 0, max: 4e12 }).map(instantFromMs);
    const kind = fc.string({ unit: "binary" });
    const names = ["at", "data", "kind", "previousHash", "sequence"];
    fc.assert(
      fc.property(fc.array(fc.tuple(time, kind), { maxLength: 200 }), (records) => {
        for (const [at, kind] of records) {
          const { hash, ...entry } = auditChain.link({ at, kind, data: "{}" }, null);
          const text = JSON.stringify({ ...entry, data: {} }, names);
          expect(hash).toBe(createHash("sha256").update(text).digest("hex"));
        }
      }),
    );
  });

  it.each<[string, Partial<ChainedEntry>]>([
    ["kind", { data: '{"b":"q","data":2', kind: 'market","z":1},"kind":"note' }],
    ["time", { data: '2,"kind":"market","z":1}', at: `${at}","data":{"b":"q` as typeof at }],
  ])("DB-07 finds data that was moved into the %s, letter by letter", (_what, moved) => {
    const data = auditChain.canonical({ b: "q", data: 2, kind: "market", z: 1 });
    const entry = auditChain.link({ at, kind: "note", data }, null);
    expect(auditChain.fault(entry, null)).toBeNull();
    expect(auditChain.fault({ ...entry, ...moved }, null)).toContain("its content doesn't fit");
  });

  it("writes amounts as exact text and never a secret", () => {
    const data = {
      z: new Secret("hunter2"),
      units: decimal("9007199254740993.10"),
      list: [{ b: 1, a: null }],
    };
    expect(auditChain.canonical(data)).toBe(
      '{"list":[{"a":null,"b":1}],"units":"9007199254740993.1","z":"***"}',
    );
  });

  it("for all JSON: the text is the same in any order of keys, and means the same", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const reversed = Object.fromEntries(Object.entries(data).reverse());
        const text = auditChain.canonical(data);
        expect(auditChain.canonical(reversed)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });

  it("accepts an untouched chain", () => {
    expect(faultIn(chainOf("a", "b", "c"))).toBeNull();
  });

  it.each<[string, (entries: ChainedEntry[]) => ChainedEntry[], string]>([
    [
      "changed data",
      (e) => replaced(e, 1, { data: '{"value":"B"}' }),
      "2: its content doesn't fit",
    ],
    ["a changed kind", (e) => replaced(e, 1, { kind: "memo" }), "2: its content doesn't fit"],
    [
      "a changed hash",
      (e) => replaced(e, 1, { hash: "f".repeat(64) }),
      "2: its content doesn't fit",
    ],
    [
      "a changed link",
      (e) => replaced(e, 1, { previousHash: "f".repeat(64) }),
      "2: it doesn't continue entry 1",
    ],
    [
      "another beginning",
      (e) => replaced(e, 0, { previousHash: "f".repeat(64) }),
      "1: it doesn't continue the beginning",
    ],
    ["a missing entry", (e) => e.toSpliced(1, 1), "3: it stands where entry 2 should be"],
    ["a missing first entry", (e) => e.slice(1), "2: it stands where entry 1 should be"],
    [
      "a doubled entry",
      (e) => e.toSpliced(1, 0, ...e.slice(0, 1)),
      "1: it stands where entry 2 should be",
    ],
    ["an entry sealed again", (e) => resealed(e, 1), "3: it doesn't continue entry 2"],
  ])("finds %s and says where", (_what, tamper, expected) => {
    expect(faultIn(tamper(chainOf("a", "b", "c")))).toContain(expected);
  });
});

function replaced(entries: readonly ChainedEntry[], index: number, change: Partial<ChainedEntry>) {
  return entries.map((entry, at) => (at === index ? { ...entry, ...change } : entry));
}

function resealed(entries: readonly ChainedEntry[], index: number): ChainedEntry[] {
  const data = auditChain.canonical({ value: "forged" });
  const forged = auditChain.link({ at, kind: "note", data }, entries[index - 1] ?? null);
  return replaced(entries, index, forged);
}
