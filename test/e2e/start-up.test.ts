import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { newUser, PATIENCE } from "../support/program.ts";

vi.setConfig(PATIENCE);

/** Says at the end which of Node's own modules were loaded besides those of its start. */
const TELL_MODULES = `const before = new Set(process.moduleLoadList);
process.on("exit", () => {
  const added = process.moduleLoadList.filter((name) => !before.has(name));
  require("node:fs").writeSync(2, added.join("\\n"));
});`;

it("shows what is open without Node's slow modules: they take as long as all the rest", async () => {
  const user = newUser();
  await user.run("order buy EUR_USD 10000 --sl");
  const preload = join(user.home, "tell-modules.cjs");
  writeFileSync(preload, TELL_MODULES);
  const { code, stderr } = await user.run("positions", {
    env: { NODE_OPTIONS: `--require ${preload}` },
  });
  expect(code).toBe(0);
  const added = stderr.match(/^NativeModule .*$/gm) ?? [];
  expect(added).not.toEqual([]);
  const slow = added.filter((name) =>
    /^NativeModule (crypto|stream|net|tls|http|zlib)$/.test(name),
  );
  expect(slow).toEqual([]);
});
