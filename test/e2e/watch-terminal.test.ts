import { describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE, PROGRAM } from "../support/program.ts";
import { openScreen, type Screen, startOn } from "../support/screen.ts";

vi.setConfig(PATIENCE);

const ESCAPE = String.fromCharCode(27);
const CTRL_C = "\u0003";
const CTRL_Z = "\u001a";

const isUp = (text: string) => /EUR_USD +\d\.\d{5}/.test(text);
const quote = (text: string) => `'${text}'`;

/** A shell that shows how its terminal is set before and after the program. */
function openShell(): Screen {
  const program = [process.execPath, PROGRAM].map(quote).join(" ");
  const script = `echo before $(stty -g | cksum); ${program} watch EUR_USD; echo "rc=$?"; echo after $(stty -g | cksum); read -r _`;
  return startOn(newUser(), ["bash", "-c", script], {});
}

/** Whatever ended the program: the first screen, its cursor, and the terminal's modes are back. */
async function expectRestored(screen: Screen, ended: RegExp): Promise<void> {
  await screen.until("back in the shell", (text) => ended.test(text) && /after \S+/.test(text));
  const [, before] = /before (\d+)/.exec(screen.text()) ?? [];
  const [, after] = /after (\d+)/.exec(screen.text()) ?? [];
  expect(before).toBeDefined();
  expect(after).toBe(before);
  expect(screen.isAlternate()).toBe(false);
  expect(screen.isCursorShown()).toBe(true);
  expect(screen.written().lastIndexOf(`${ESCAPE}[?2004l`)).toBeGreaterThan(
    screen.written().lastIndexOf(`${ESCAPE}[?2004h`),
  );
}

/** The program's own process: the only child of the shell. */
async function childOf(screen: Screen): Promise<number> {
  const { readFileSync } = await import("node:fs");
  const children = readFileSync(`/proc/${screen.pid}/task/${screen.pid}/children`, "utf8");
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
    process.kill(await childOf(screen), signal);
    await expectRestored(screen, new RegExp(`rc=${code}`));
  });
});
