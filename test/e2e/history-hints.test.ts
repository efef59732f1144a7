import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { bareConnection } from "../history/sqlite/support.ts";
import { newUser, PATIENCE, PROGRAM, type User } from "../support/program.ts";
import { configureOanda, openVenue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

/** Runs what a hint says, copied into a shell as it stands there. */
async function copied({ env }: User, hint: string | null): Promise<string> {
  const words = /tmt-broker (.*)$/.exec(hint ?? "")?.[1];
  const script = `"$NODE" "$PROGRAM" ${words}`;
  const told = { ...env, NODE: process.execPath, PROGRAM };
  return (await promisify(execFile)("sh", ["-c", script], { env: told })).stdout;
}

async function done(user: User, words: string, stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

describe("a command that the history's hints give", () => {
  it("means the account that was asked about, whatever the default is", async () => {
    const venue = await openVenue();
    const user = newUser({ TMT_BROKER_TOKEN: venue.token });
    configureOanda(user, venue);
    const none = await user.run("history show 99 -c oanda --json");
    expect(await copied(user, none.error().hint)).toContain(`oanda ${venue.account}: `);
    await done(user, "order buy EUR_USD 1000 --sl 20p -c oanda");
    await done(user, "history sync -c oanda");
    const database = bareConnection(join(user.home, "tmt-broker.db"));
    database.exec("DELETE FROM transactions WHERE type = 'fill'");
    const drift = await user.run("history reconcile -c oanda --json");
    expect([drift.code, drift.error().code]).toEqual([11, "DRIFT"]);
    expect(await copied(user, drift.error().hint)).toMatch(
      new RegExp(`^oanda ${venue.account}: \\d+ transactions read, known up to \\d+\\.\n$`),
    );
    await done(user, "history reconcile -c oanda");
  });

  it("is whole in a shell, also where an account's name has a space", async () => {
    const user = newUser();
    const header = "id,time,type,instrument,side,units,price,account,amount,currency";
    const rows = ["it's mine", "other"].map(
      (account) => `1,2026-01-02T10:00:00Z,funding,,,,,${account},5,USD`,
    );
    await done(user, "history import -", `${[header, ...rows].join("\n")}\n`);
    const several = await user.run("history show 1 --json");
    const [first] = (several.error().hint ?? "").replace("Say whose: ", "").split(", or ");
    const shown = await copied(user, `tmt-broker history show 1 --json ${first}`);
    expect(JSON.parse(shown)).toMatchObject({ account: "it's mine", amount: "5" });
  });
});
