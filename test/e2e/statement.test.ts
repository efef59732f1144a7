import { resolve } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE, type User } from "../support/program.ts";

vi.setConfig(PATIENCE);

const FOLDER = resolve("test/fixtures/statements");

function imported(user: User, name: string, more: readonly string[] = []) {
  const map = ["--map", `${FOLDER}/${name}.toml`];
  return user.run(["history", "import", `${FOLDER}/${name}.csv`, ...map, "-a", "x", ...more]);
}

async function count(user: User): Promise<number> {
  return (await user.run("history list --all --json")).json<unknown[]>().length;
}

describe("a broker's own statement", () => {
  it("is shown first, stored then, and known the next time", async () => {
    const user = newUser();
    const shown = await imported(user, "stocks-us", ["--dry-run"]);
    expect(shown.stdout).toMatch(/AAPL +sell +10 +190\.2501/);
    expect(shown.stdout).toContain(
      "4 rows can be read, 1 left out by the mapping. Nothing was stored.",
    );
    expect(await count(user)).toBe(0);
    const first = await imported(user, "stocks-us", ["--json"]);
    expect(first.json()).toMatchObject({ rows: 4, stored: 4, known: 0, ignored: 1 });
    const again = await imported(user, "stocks-us", ["--json"]);
    expect(again.json()).toMatchObject({ stored: 0, known: 4 });
    for (const name of ["cfd-german", "forex-signed"]) {
      expect((await imported(user, name, ["--json"])).code).toBe(0);
    }
    const pnl = (await user.run("history pnl --by month --json -a x")).json<object[]>();
    expect(pnl).toContainEqual(
      expect.objectContaining({ currency: "EUR", period: "2026-03", net: "161.68", fills: 2 }),
    );
  });

  it("that can't be read exits 2 with its own words, and stores nothing", async () => {
    const user = newUser();
    const wrong = await user.run(
      ["history", "import", "-", "--map", "time=When,type=What,values.currency=USD", "--json"],
      { stdin: "When,What\n2026-03-01,funding\n2026-02-30,order\n" },
    );
    expect([wrong.code, wrong.error().details]).toEqual([
      2,
      expect.objectContaining({ line: 2, column: "amount" }),
    ]);
    for (const words of [
      "history import - --map time=When",
      "history import - --map time=When,type=What --format jsonl",
      "history import - --map /nothing.toml",
    ]) {
      expect([words, (await user.run(words)).code]).toEqual([words, 2]);
    }
    expect(await count(user)).toBe(0);
  });
});
