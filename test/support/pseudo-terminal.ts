import * as nodePty from "@lydell/node-pty";
import { afterAll } from "vitest";
import { argumentsOf, PROGRAM, type User, type Words } from "./program.ts";

const CLEAR_BELOW = `${String.fromCharCode(27)}[0J`;

/** The program in a real terminal of 100 columns. */
export type TerminalSession = {
  /** Everything that was written to the screen so far, escapes included. */
  shown(): string;
  /** What came after the last time that the screen was cleared below the cursor. */
  seen(): string;
  /** Waits until the screen has shown `text`; fails when the program ends before. */
  untilShown(text: string): Promise<void>;
  /** Types as a person does; Enter is `\r`, Ctrl-C is `\x03`. */
  type(keys: string): void;
  /** The exit code once it has ended. */
  exit(): Promise<number>;
};

const sessions: nodePty.IPty[] = [];

afterAll(() => {
  for (const session of sessions) session.kill("SIGKILL");
});

export function openTerminal(user: User, words: Words): TerminalSession {
  const pty = nodePty.spawn(process.execPath, [PROGRAM, ...argumentsOf(words)], {
    cols: 100,
    rows: 30,
    name: "xterm-256color",
    cwd: user.home,
    env: { ...user.env, TERM: "xterm-256color" },
  });
  sessions.push(pty);
  let screen = "";
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  pty.onData((chunk) => {
    screen += chunk;
    changed();
  });
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      sessions.splice(sessions.indexOf(pty), 1);
      resolve(exitCode);
    });
  });
  return {
    shown: () => screen,
    seen: () => screen.slice(Math.max(0, screen.lastIndexOf(CLEAR_BELOW))),
    untilShown: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!screen.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`ended, and showed only: ${screen}`)));
      }),
    type: (keys) => pty.write(keys),
    exit: () => ended,
  };
}
