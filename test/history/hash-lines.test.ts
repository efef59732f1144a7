import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hashAside, hashHere } from "../../src/history/hash-lines.ts";

const LINES = ["a", "größer", "", "x".repeat(100_000)];
const EXPECTED = LINES.map((line) => hash("sha256", line)).join("");

/** A page of its own each time: it is given away. */
function aPage(): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(LINES.join("\n"));
}

describe("hashing the lines of pages", () => {
  it.each([
    ["here", hashHere],
    ["in a thread", hashAside],
  ])("gives every line its hash, in order: %s", async (_where, open) => {
    const hasher = open();
    const pages = await Promise.all(Array.from({ length: 5 }, () => hasher.hash(aPage())));
    expect(pages).toEqual(Array(5).fill(EXPECTED));
    await hasher.close();
  });

  it("hashes a part of a larger buffer, and leaves the rest", async () => {
    const hasher = hashAside();
    const whole = new TextEncoder().encode(`before${LINES.join("\n")}`);
    expect(await hasher.hash(whole.subarray(6))).toBe(EXPECTED);
    expect(whole.length).toBeGreaterThan(0);
    await hasher.close();
  });

  it.each([
    ["can't start", "throw new Error('no memory')"],
    ["ends", "process.exit(1)"],
  ])("says so when its thread %s, and goes on without it", async (_what, script) => {
    const hasher = hashAside(script);
    const pages = await Promise.all(Array.from({ length: 5 }, () => hasher.hash(aPage())));
    expect(pages).toEqual(Array(5).fill(null));
    expect(await hasher.hash(aPage())).toBe(EXPECTED);
    await hasher.close();
  });
});
