import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

/** The published examples, and what ends around the limits of a block. */
const EXAMPLES = {
  "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  abc: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq:
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
};

/** As a process has it that hashed nothing yet. */
async function freshSha256() {
  vi.resetModules();
  return (await import("../../src/hashing/sha256.ts")).sha256;
}

describe("SHA-256 without Node's cryptography", () => {
  it.each(Object.entries(EXAMPLES))("gives the published hash of %j", async (text, expected) => {
    const sha256 = await freshSha256();
    expect(sha256(text)).toBe(expected);
  });

  it("gives what Node gives, for bytes of every length up to some blocks", async () => {
    const sha256 = await freshSha256();
    for (let length = 0; length <= 300; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 131 + length) % 256);
      expect(sha256(bytes), `${length} bytes`).toBe(hash("sha256", bytes));
    }
  });

  it("gives what Node gives for any text", async () => {
    const sha256 = await freshSha256();
    // Also halves of surrogate pairs, which are no UTF-8.
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 });
    const texts = units.map((codes) => String.fromCharCode(...codes));
    fc.assert(fc.property(texts, (text) => sha256(text) === hash("sha256", text)));
  });

  it("gives what Node gives for more than its memory holds, and after all that it does itself", async () => {
    const sha256 = await freshSha256();
    for (const length of [64_960, 65_024, 200_001, 7, 64, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) % 256);
      expect(sha256(bytes), `${length} bytes`).toBe(hash("sha256", bytes));
    }
  });

  it("is made of what its script makes", () => {
    const { stdout } = spawnSync(process.execPath, ["scripts/sha256-wasm.mjs"], {
      encoding: "utf8",
    });
    expect(readFileSync("src/hashing/sha256-module.ts", "utf8")).toBe(stdout);
  });
});
