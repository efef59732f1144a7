import { describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE, type User } from "../support/program.ts";

vi.setConfig(PATIENCE);

const HEADER = "time,type,instrument,side,units,price,realizedPl,currency";
const FILLED = "fill,EUR_USD,buy,1,1.0,0,USD";

type Row = Readonly<Record<string, string | null>>;

async function done(user: User, words: string, stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

async function listed(user: User, words = ""): Promise<readonly Row[]> {
  return JSON.parse(await done(user, `history list --json ${words}`));
}

/** Fills at these times. */
function statement(times: readonly string[]): string {
  return `${[HEADER, ...times.map((time) => `${time},${FILLED}`)].join("\n")}\n`;
}

describe("dates", () => {
  it.each<[string, number, string]>([
    ["--from 2026-02-29", 2, "no date of the calendar"],
    ["--from 2026", 2, "no date of the calendar"],
    ["--from 2026-03-08T02:30 --timezone America/New_York", 2, "doesn't exist there"],
    [
      "--from 2026-11-01T01:30 --timezone America/New_York",
      2,
      "2026-11-01T05:30:00Z or 2026-11-01T06:30:00Z",
    ],
    ["--from 2026-03-02 --to 2026-03-01", 2, "isn't after --from"],
    ["--timezone Mars/Olympus", 2, "no time zone"],
    ["--type dividendo", 2, "is not one of"],
    ["--from 2028-02-29 --to 2028-02-29", 0, ""],
    ["--from 2026-11-01T01:30:00-05:00", 0, ""],
    ["--from 2026-11-01T01:30-05:00", 0, ""],
    ["--from 2026-11-01T06:30Z", 0, ""],
    ["--from 2026-11-01T06:30-5", 2, "is not a time"],
    ["--type fill --type fee,funding", 0, ""],
  ])("%s end with %i (CI-14)", async (words, code, message) => {
    const result = await newUser().run(`history list ${words}`);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
  });

  it.each(["UTC", "America/New_York", "Asia/Tokyo"])(
    "of the first and the last year that can be written leave nothing out (CI-14) in %s",
    async (zone) => {
      const user = newUser();
      const days = ["2025-12-31", "2026-01-01", "2026-01-02"];
      await done(user, "history import - -a x", statement(days));
      const ends = `--timezone ${zone} --from 0000-01-01`;
      for (const to of ["9999-12-31", "9999-12-31T23:59:59"]) {
        expect(await listed(user, `${ends} --to ${to}`)).toHaveLength(3);
        const rows = JSON.parse(await done(user, `history pnl --json ${ends} --to ${to}`));
        expect(rows).toHaveLength(3);
      }
      expect(await listed(user, `--timezone ${zone} --from 9999-12-31`)).toEqual([]);
    },
  );

  it.each(["1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "0000-01-01", "9999-12-31T23:59:59Z"])(
    "of no trade, %s, are refused with line and value before they are in the history",
    async (time) => {
      const user = newUser();
      const stdin = statement(["2026-01-02T10:00:00Z", time]);
      const refused = await user.run("history import - -a x --json", { stdin });
      expect([refused.code, refused.error()]).toMatchObject([
        2,
        { code: "USAGE", details: { line: 3, column: "time", value: time } },
      ]);
      expect(await listed(user)).toEqual([]);
    },
  );

  it("are those of the time zone that is given", async () => {
    const user = newUser();
    const times = [
      "2026-03-08T04:59:59Z",
      "2026-03-08T05:00:00Z",
      "2026-03-09T03:59:59Z",
      "2026-03-09T04:00:00Z",
    ];
    await done(user, "history import - -a x", statement(times));
    const day = "--from 2026-03-08 --to 2026-03-08";
    const inUtc = await listed(user, day);
    const inNewYork = await listed(user, `${day} --timezone America/New_York`);
    expect(inUtc.map(({ time }) => time?.slice(0, 19))).toEqual([
      "2026-03-08T05:00:00",
      "2026-03-08T04:59:59",
    ]);
    expect(inNewYork.map(({ time }) => time?.slice(0, 19))).toEqual([
      "2026-03-09T03:59:59",
      "2026-03-08T05:00:00",
    ]);
  });
});
