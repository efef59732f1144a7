import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { finished, newUser, PATIENCE, PROGRAM } from "../support/program.ts";
import { openScreen, type Screen, startOn } from "../support/screen.ts";
import { configureOanda, openVenue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const ESCAPE = String.fromCharCode(27);
const CTRL_C = "\u0003";
const CTRL_L = "\u000c";
const CTRL_Z = "\u001a";
const ENTER = "\r";
const WATCH = "watch EUR_USD USD_JPY";

const isUp = (text: string) => /EUR_USD +\d\.\d{5}/.test(text);
const quoted = (text: string) => `'${text}'`;
const program = [process.execPath, PROGRAM].map(quoted).join(" ");

/** A shell that shows how its terminal is set before and after the program. */
function openShell(
  env: Readonly<Record<string, string>> = {},
  command: readonly string[] = [process.execPath, PROGRAM],
): Screen {
  const watch = `${command.map(quoted).join(" ")} ${WATCH}`;
  const script = `echo before $(stty -g | cksum); ${watch}; echo "rc=$?"; echo after $(stty -g | cksum); read -r _`;
  return startOn(newUser(), ["bash", "-c", script], { env });
}

/** Whatever ended the program: the first screen, its cursor, and the terminal's modes are back. */
async function expectRestored(screen: Screen, ended: RegExp): Promise<void> {
  await screen.until("back in the shell", (text) => ended.test(text) && /after \d+/.test(text));
  const [, before] = /before (\d+)/.exec(screen.text()) ?? [];
  const [, after] = /after (\d+)/.exec(screen.text()) ?? [];
  expect(before).toBeDefined();
  expect(after).toBe(before);
  expect(screen.isAlternate()).toBe(false);
  expect(screen.isCursorShown()).toBe(true);
  const written = screen.written();
  const pasteOff = written.lastIndexOf(`${ESCAPE}[?2004l`);
  expect(pasteOff).toBeGreaterThan(written.lastIndexOf(`${ESCAPE}[?2004h`));
}

/** The only child of a process, as the program is of its shell. */
function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return Number(children.trim().split(" ")[0]);
}

describe("the terminal after watch (TY-03)", () => {
  it.concurrent("is as it was after q", async () => {
    const screen = openShell();
    await screen.until("up", isUp);
    expect(screen.isAlternate()).toBe(true);
    await screen.press("q");
    await expectRestored(screen, /rc=0/);
    expect(screen.text()).toContain("Closed the watch.");
  });

  it.concurrent("is as it was after Ctrl-C: exit 130", async () => {
    const screen = openShell();
    await screen.until("up", isUp);
    await screen.press(CTRL_C);
    await expectRestored(screen, /rc=130/);
  });

  it.concurrent.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const)("is as it was after %s", async (signal, code) => {
    const screen = openShell();
    await screen.until("up", isUp);
    process.kill(childOf(screen.pid), signal);
    await expectRestored(screen, new RegExp(`rc=${code}`));
  });

  it.concurrent("is as it was after an error that nobody caught, which is told", async () => {
    const user = newUser();
    const preload = join(user.home, "fail.cjs");
    writeFileSync(
      preload,
      'process.on("SIGUSR2", () => { throw new Error("broken on purpose"); });',
    );
    const screen = openShell({ NODE_OPTIONS: `--require ${preload}` });
    await screen.until("up", isUp);
    process.kill(childOf(screen.pid), "SIGUSR2");
    await expectRestored(screen, /rc=1\b/);
    expect(screen.text()).toContain("The program failed: broken on purpose");
  });
});

describe("the line of notes", () => {
  it("is as it is meant, in a terminal that has colours", async () => {
    const venue = await openVenue();
    const env = { TMT_BROKER_TOKEN: venue.token };
    const [user, other] = [newUser(env), newUser(env)];
    configureOanda(user, venue);
    configureOanda(other, venue);
    await user.run("positions -c oanda");
    await other.run("order buy EUR_USD 100 -c oanda");
    const screen = startOn(user, ["bash", "-c", `${program} watch EUR_USD -c oanda`], {
      columns: 140,
    });
    await screen.until("told", (text) => text.includes("Not sent from here"));
    expect(screen.text()).not.toMatch(/\[\d*m/);
    await screen.press("q");
  });
});

const OLD_NODE = "/usr/bin/node";
const isOld = () => {
  if (!existsSync(OLD_NODE)) return false;
  const [major = 0] = execFileSync(OLD_NODE, ["-p", "process.versions.node"])
    .toString()
    .split(".")
    .map(Number);
  return major < 22;
};

describe.skipIf(!isOld())("the terminal after watch on an old Node (TY-03)", () => {
  it("is as it was although the program itself was killed", async () => {
    const screen = openShell({}, [OLD_NODE, PROGRAM]);
    await screen.until("up", isUp);
    const starter = childOf(screen.pid);
    process.kill(childOf(starter), "SIGKILL");
    await expectRestored(screen, /rc=137/);
  });
});

describe("another kind of terminal", () => {
  it.concurrent("without one exits 2 and says what to do instead (TY-01)", async () => {
    const { code, stderr, stdout } = await newUser().run("watch");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("watch needs a terminal");
    expect(stderr).toContain("watch --plain");
    expect((await newUser().run("stream EUR_USD --watch")).code).toBe(2);
    expect((await newUser().run("watch --json")).code).toBe(2);
  });

  it.concurrent("has no colours with NO_COLOR, and LIVE, gains and losses are told all the same (TY-01)", async () => {
    const screen = openScreen(newUser(), WATCH, { env: { NO_COLOR: "1" } });
    await screen.until("up", isUp);
    const colours = new RegExp(`${ESCAPE}\\[[0-9;]*\\b(3[0-7]|4[0-7]|9[0-7]|10[0-7])m`);
    expect(screen.written()).not.toMatch(colours);
    expect(screen.text()).toContain("PAPER");
    await screen.press("q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
  });

  it.concurrent.each([
    ["a dumb one", { TERM: "dumb" }],
    ["one without UTF-8", { LANG: "C", LC_ALL: "C" }],
  ])("%s gets plain signs (TY-01, TY-08)", async (_, env) => {
    const screen = openScreen(newUser(), WATCH, { env });
    await screen.until("up", isUp);
    await screen.until("with a trend", (text) => /[+-] .*% +\S+ +\d+s/.test(text));
    expect(screen.text()).toMatch(/^[ -~\n]*$/);
    await screen.press("q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
  });

  it.concurrent("any size has a picture, also under a dialog, and so has a storm of sizes (TY-02)", async () => {
    const screen = openScreen(newUser(), WATCH);
    await screen.until("up", isUp);
    await screen.press("b");
    await screen.until("a ticket", (text) => text.includes("ORDER TICKET"));
    for (let turn = 0; turn < 40; turn += 1) screen.resize(20 + turn * 5, 5 + turn);
    for (const [columns, rows] of [
      [1, 1],
      [20, 5],
      [500, 200],
      [40, 24],
    ] as const) {
      screen.resize(columns, rows);
      await screen.until(`${columns} x ${rows}`, (text) => text.startsWith("P"));
    }
    await screen.press(ESCAPE);
    await screen.until("small again", (text) => isUp(text) && !text.includes("TICKET"));
    screen.resize(100, 30);
    await screen.until(
      "larger again",
      (_, { lines }) => lines().at(-1)?.includes("q quit") === true,
    );
    expect(screen.lines().filter((line) => line.includes("WATCHLIST"))).toHaveLength(1);
    await screen.press("q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
  });

  it.concurrent("a pasted megabyte presses no key and sends nothing (TY-04)", async () => {
    const user = newUser();
    const screen = openScreen(user, WATCH);
    await screen.until("up", isUp);
    const text = `b${ENTER}y${ENTER}q\u001b[2J`.repeat(120_000);
    screen.send(`${ESCAPE}[200~${text}${ESCAPE}[201~`);
    await screen.until("told", (shown) => shown.includes("Pasted text does nothing here."));
    await screen.press("b");
    await screen.until("a ticket", (shown) => shown.includes("ORDER TICKET"));
    screen.send(`${ESCAPE}[200~1000${ESCAPE}[31m\u0007\n${"9".repeat(1_000_000)}${ESCAPE}[201~`);
    await screen.until("in its field", (shown) => shown.includes("Size        1000"));
    expect(screen.text()).toContain("ORDER TICKET");
    // Without marks a terminal hands it over like keys: too many at once to be pressed by anybody.
    screen.send("y".repeat(100_000));
    await screen.until("still the ticket", (shown) => shown.includes("ORDER TICKET"));
    await screen.press(CTRL_C);
    expect(await screen.exit()).toMatchObject({ code: 130 });
    expect((await user.run("positions --json")).json()).toEqual([]);
  });

  it.concurrent("goes to the shell with Ctrl-Z and comes back with fg (TY-06)", async () => {
    const shell = startOn(newUser(), ["bash", "--norc", "-i"], { env: { PS1: "shell> " } });
    await shell.until("a prompt", (text) => text.includes("shell>"));
    shell.send(`${program} ${WATCH}${ENTER}`);
    await shell.until("up", (text, { isAlternate }) => isAlternate() && isUp(text));
    await shell.press(CTRL_Z);
    await shell.until(
      "in the shell",
      (text, { isAlternate }) => !isAlternate() && /Stopped/.test(text),
    );
    expect(shell.isCursorShown()).toBe(true);
    shell.send(`echo here; fg${ENTER}`);
    await shell.until("back", (text, { isAlternate }) => isAlternate() && isUp(text));
    await shell.press("?");
    await shell.until("listening", (text) => text.includes("KEYS"));
    await shell.press(ESCAPE);
    await shell.until("closed", (text) => !text.includes("KEYS"));
    await shell.press("q");
    await shell.until(
      "ended",
      (text, { isAlternate }) => !isAlternate() && /Closed the watch/.test(text),
    );
  });

  it.concurrent("that is frozen for a while goes on where it was (TY-06)", async () => {
    const screen = openScreen(newUser(), WATCH);
    await screen.until("up", isUp);
    screen.freeze();
    for (let turn = 0; turn < 10; turn += 1) await screen.press(CTRL_L);
    const before = screen.text();
    screen.thaw();
    await screen.until("going on", (text) => isUp(text) && text !== before);
    await screen.press("?");
    await screen.until("listening", (text) => text.includes("KEYS"));
    await screen.press("q", "q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
  });

  it.concurrent("for a screen reader is lines, each once, without a code (TY-10)", async () => {
    const child = newUser().start(`${WATCH} --plain`);
    let told = "";
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk) => {
        told += chunk;
        if (/EUR_USD bid/.test(told) && /Account/.test(told)) resolve();
      });
    });
    child.kill("SIGINT");
    expect((await finished(child)).code).toBe(130);
    expect(told).toMatch(/^PAPER paper: Connected\.$/m);
    expect(told).toMatch(/^EUR_USD bid \d\.\d{5} ask \d\.\d{5} spread \d+\.\d pips$/m);
    expect(told).toMatch(/^Account paper\/paper-001: balance 100,000\.00 USD, .*nothing open/m);
    expect(told).not.toContain(ESCAPE);
    const lines = told.trim().split("\n");
    expect(new Set(lines).size).toBe(lines.length);
  });

  it.skipIf(!existsSync("/usr/bin/tmux")).concurrent(
    "inside tmux is the same picture (TY-05)",
    async () => {
      const user = newUser();
      const socket = join(user.home, "tmux");
      const tmux = (...words: string[]) =>
        execFileSync("tmux", ["-S", socket, "-f", "/dev/null", ...words], {
          env: { ...user.env, LANG: "C.UTF-8" },
        });
      tmux("new-session", "-d", "-s", "s", "-x", "80", "-y", "24", `${program} ${WATCH}`);
      try {
        const picture = () => tmux("capture-pane", "-p", "-t", "s").toString();
        await vi.waitFor(() => expect(picture()).toMatch(/EUR_USD +\d\.\d{5}/), 20_000);
        tmux("send-keys", "-t", "s", "?");
        await vi.waitFor(() => expect(picture()).toContain("KEYS"), 10_000);
        tmux("send-keys", "-t", "s", "Escape");
        // What was wider is folded by then: nothing of it stays.
        for (const width of ["40", "90", "50"]) {
          tmux("resize-window", "-t", "s", "-x", width, "-y", "24");
          const first = /^PAPER +paper.*\nWATCHLIST .*\nEUR_USD +\d\.\d{5}/;
          await vi.waitFor(() => expect(picture()).toMatch(first), 10_000);
        }
      } finally {
        tmux("kill-server");
      }
    },
  );
});
