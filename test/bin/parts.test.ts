import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { PATIENCE } from "../support/program.ts";
import { copyProgram } from "../support/program-copy.ts";
import { runProgram } from "../torture/program.ts";

vi.setConfig(PATIENCE);

const home = mkdtempSync(join(tmpdir(), "tmt-parts-"));
afterAll(() => rmSync(home, { recursive: true }));

it("what a trader does most needs no other file than main.js", async () => {
  const { path, dist } = copyProgram((program) => `${program}\n`);
  for (const file of ["wire.js", "screen.js", "postgres.js", "rest.js"]) rmSync(join(dist, file));
  // With a configuration, as most have one.
  writeFileSync(join(home, "config.toml"), '[order]\nstopLoss = "30p"\n', { mode: 0o600 });
  for (const words of [
    "order buy EUR_USD 1000 --sl",
    "order sell USD_JPY 1000 --sl 30p --dry-run",
    "order list",
    "positions",
    "accounts",
    "positions close EUR_USD",
  ]) {
    const { code, stderr } = await runProgram({ path, home }, words.split(" "), {});
    expect(code, `${words}: ${stderr}`).toBe(0);
  }
});
