import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { isProcessAlive, processIdentity } from "../../src/resilience/process-identity.ts";

const SOURCE = pathToFileURL("src/resilience/process-identity.ts");

/** Asks in a process that has opened all the files it may whether this one is alive. */
const CHILD = `
import { openSync } from "node:fs";
import { isProcessAlive } from "${SOURCE}";
try { for (;;) openSync("/dev/null"); } catch {}
console.log(isProcessAlive(process.env.IDENTITY));
`;

it("a process is alive while it runs, and another one with its number isn't it", () => {
  const own = processIdentity();
  expect(isProcessAlive(own)).toBe(true);
  expect(isProcessAlive(own.replace(/\d+$/, "1"))).toBe(false);
  expect(isProcessAlive("another-host:1:1")).toBe(false);
});

it("PR-04 PR-06 a living process isn't taken for a dead one where no more files may be opened", () => {
  const program = `ulimit -n 64; exec '${process.execPath}' --input-type=module -e "$CHILD"`;
  const env = { ...process.env, CHILD, IDENTITY: processIdentity() };
  const { stdout, stderr } = spawnSync("sh", ["-c", program], { env, encoding: "utf8" });
  expect(stdout, stderr).toBe("true\n");
});
