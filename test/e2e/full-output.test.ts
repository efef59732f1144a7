import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE, PROGRAM, type User } from "../support/program.ts";

vi.setConfig(PATIENCE);

const FULL = "/dev/full";

/** Runs the program with an output of the shell's that takes nothing. */
function into(user: User, redirection: string, words: string) {
  const script = `"$NODE" "$PROGRAM" ${words} ${redirection}`;
  const env = { ...user.env, NODE: process.execPath, PROGRAM };
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { env, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

async function orders(user: User): Promise<number> {
  const { stdout } = await user.run("order list --state all --json");
  return JSON.parse(stdout).length;
}

describe.runIf(existsSync(FULL))("CI-15 on a full disk", () => {
  it.each([
    "history list --json",
    "history list",
    "history export",
    "history audit --format csv",
    "config list",
    "stream EUR_USD --count 1",
    "history --help",
  ])("a result that stdout doesn't take is told, exit 9: %s", async (words) => {
    const { code, stderr } = into(newUser(), `>${FULL}`, words);
    expect([code, stderr]).toEqual([9, expect.stringContaining("be written to stdout (ENOSPC)")]);
    expect(stderr).not.toMatch(/defect|at .*\(/);
  });

  it("an order whose result can't be told is done all the same, and says so", async () => {
    const user = newUser();
    const { code, stderr } = into(user, `>${FULL}`, "order buy EUR_USD 1000 --sl 20p");
    expect([code, stderr]).toEqual([9, expect.stringContaining("What the command did is done.")]);
    expect(await orders(user)).toBeGreaterThan(0);
  });

  it("notes and errors that stderr doesn't take change nothing of a command and its exit code", async () => {
    const user = newUser();
    const to = `2>${FULL}`;
    expect(into(user, to, "order buy EUR_USD 1000 --sl 20p")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Bought 1,000 EUR_USD"),
    });
    expect(into(user, to, "history list")).toMatchObject({ code: 0, stdout: "No transactions.\n" });
    expect(into(user, to, "order cancel --all")).toMatchObject({ code: 0 });
    expect(into(user, to, "stream EUR_USD --count 1")).toMatchObject({ code: 0 });
    expect(into(user, to, "order buy EUR_USD 0")).toMatchObject({ code: 2, stdout: "" });
    expect(into(user, to, "history show 99")).toMatchObject({ code: 8, stdout: "" });
    expect(into(user, to, "nonsense")).toMatchObject({ code: 2, stdout: "" });
  });
});
