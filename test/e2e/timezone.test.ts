import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE } from "../support/program.ts";
import { openScreen } from "../support/screen.ts";
import { configureOanda, PRACTICE_ACCOUNT } from "../support/venue.ts";

vi.setConfig(PATIENCE);

/** It keeps no summer time: an offset that can be told in advance. */
const ZONE = "Asia/Kathmandu";

describe("display.timezone", () => {
  const user = newUser();

  beforeAll(async () => {
    expect((await user.run(`config set display.timezone ${ZONE}`)).code).toBe(0);
    expect((await user.run("order buy EUR_USD 1000 --sl")).code).toBe(0);
    expect((await user.run("history sync")).code).toBe(0);
  });

  it.each([
    "positions show EUR_USD",
    "order list --state all",
    "history list",
    "history show 3",
    "history audit",
  ])("is that of the times in %s, and JSON stays UTC", async (words) => {
    const { stdout } = await user.run(words);
    expect(stdout).toMatch(/20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\+05:45/);
    expect(stdout).not.toMatch(/\d\d:\d\d:\d\dZ/);
    const { stdout: json } = await user.run(`${words} --json`);
    expect(json).toMatch(/"20\d\d-\d\d-\d\dT[\d:.]+Z"/);
    expect(json).not.toContain("05:45");
  });

  it("is that of a stream's lines, and a note says so", async () => {
    const { stdout, stderr } = await user.run("stream EUR_USD --count 1");
    expect(stderr).toContain(`Times are those of ${ZONE}.`);
    const [, minutes] = /^\d\d:(\d\d):\d\d\.\d{3} +EUR_USD/.exec(stdout) ?? [];
    const [line = ""] = (await user.run("stream EUR_USD --count 1 --json")).stdout
      .split("\n")
      .filter((each) => each.includes('"quote"'));
    const { time } = JSON.parse(line);
    expect(time).toMatch(/Z$/);
    // The two prices are of moments within a minute or two of each other.
    const apart = (Number(minutes) - new Date(time).getUTCMinutes() + 120) % 60;
    expect(apart).toBeGreaterThanOrEqual(42);
    expect(apart).toBeLessThanOrEqual(45);
  });

  it("is that of the moment at which a paused connection is tried again", async () => {
    const other = newUser({ TMT_BROKER_TOKEN: "token-of-the-test" });
    configureOanda(other, { url: "http://127.0.0.1:9", account: PRACTICE_ACCOUNT });
    await other.run(`config set display.timezone ${ZONE}`);
    let said = "";
    for (let run = 0; run < 6; run += 1)
      said = (await other.run("accounts instruments -c oanda")).stderr;
    expect(said).toMatch(/tried again in \d+ s, at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\+05:45\./);
  });

  it("is told once on the screen, by the clock in its first line", async () => {
    const screen = openScreen(user, "watch EUR_USD", { columns: 100, rows: 30 });
    await screen.until("its clock", (text) => /\d\d:\d\d:\d\d\+05:45/.test(text));
    await screen.press("q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
  });

  it("CF-09 that nobody knows is refused where it is set, and where it is read", async () => {
    const wrong = await user.run("config set display.timezone Mars/Olympus");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/Mars\/Olympus.*time zone such as UTC or America\/New_York/s);
    expect((await user.run("config get display.timezone")).stdout).toContain(ZONE);
    const other = newUser();
    const config = join(other.home, "config.toml");
    writeFileSync(config, '[display]\ntimezone = "Mars/Olympus"\n', { mode: 0o600 });
    const { code, stderr } = await other.run("positions");
    expect(code).toBe(3);
    expect(stderr).toMatch(/display\.timezone.*Mars\/Olympus/s);
  });
});
