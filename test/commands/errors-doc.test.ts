import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../src/commands/exit-codes.ts";
import { FAILURE_CODES } from "../../src/core/failures.ts";

describe("docs/errors.md", () => {
  it("lists every error code with its exit code, and no other", () => {
    const rows = readFileSync("docs/errors.md", "utf8").matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm);
    const documented = [...rows].map(([, code, exit]) => [code, Number(exit)]);
    expect(documented).toEqual(FAILURE_CODES.map((code) => [code, EXIT_CODES[code]]));
  });
});
