import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { CATALOG, isLeaf } from "../../src/commands/catalog.ts";

const MAIN = resolve("dist/main.js");
const isBuilt = existsSync(MAIN);
const pages = isBuilt ? readdirSync("dist/help").map((file) => file.replace(/\.txt$/, "")) : [];

/** The texts that are printed without loading the program, against what the program prints itself. */
describe.skipIf(!isBuilt)("the built help texts", () => {
  it("are there for every command", () => {
    const commands = Object.entries(CATALOG).flatMap(([first, entry]) => [
      first,
      ...Object.keys(isLeaf(entry) ? {} : entry.commands).map((leaf) => `${first}.${leaf}`),
    ]);
    expect(pages.toSorted()).toEqual(["index", ...commands].toSorted());
  });

  it.concurrent.each(pages)("%s.txt is what the program would print", async (page) => {
    const words = page === "index" ? [] : page.split(".");
    const code = `require(${JSON.stringify(MAIN)}).run(process.argv.slice(1))`;
    const args = ["-e", code, "--", ...words, "--help"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe(readFileSync(`dist/help/${page}.txt`, "utf8"));
  });
});
