import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hashAside, hashHere } from "../../src/history/hash-lines.ts";

const LINES = ["a", "größer", "", "x".repeat(100_000)];
const EXPECTED = LINES.map((line) => hash("sha256", line)).join("");
const BYTES = Buffer.from(LINES.join("\n"));

describe("hashing the lines of pages", () => {
  it.each([
    ["here", hashHere],
    ["in a thread", hashAside],
    ["in a thread that can't start", () => hashAside("throw new Error('no memory')")],
    ["in a thread that ends", () => hashAside("process.exit(1)")],
  ])("gives every line its hash, in order: %s", async (_where, open) => {
    const hasher = open();
    const pages = await Promise.all(Array.from({ length: 5 }, () => hasher.hash(BYTES)));
    expect(pages).toEqual(Array(5).fill(EXPECTED));
    expect(await hasher.hash(BYTES)).toBe(EXPECTED);
    await hasher.close();
  });
});
