import { createRequire } from "node:module";
import * as nodePty from "@lydell/node-pty";
import { afterAll } from "vitest";
import { argumentsOf, PROGRAM, type User, type Words } from "./program.ts";

/** The package can't be imported by name: it is CommonJS that hides its exports. */
type Headless = typeof import("@xterm/headless");
const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as Headless;

const WAIT_MS = 30_000;
const LOOK_MS = 25;

/** The program on a real pseudo-terminal, and what a terminal makes of what it writes. */
export type Screen = {
  readonly pid: number;
  /** The lines that are to be seen now, without spaces at their ends. */
  lines(): readonly string[];
  text(): string;
  /** Whether the second screen is up, which full-screen programs draw on. */
  isAlternate(): boolean;
  isCursorShown(): boolean;
  /** The cell's text and how it is dressed. */
  cell(column: number, row: number): Cell;
  /** Everything that was written, escapes included. */
  written(): string;
  /** Waits until the screen is so; fails with what it shows instead. */
  until(what: string, isSo: (text: string, screen: Screen) => boolean): Promise<void>;
  /** Types as a person does, one key after the other. */
  press(...keys: readonly string[]): Promise<void>;
  /** All at once, as a terminal hands over what is pasted without marks. */
  send(text: string): void;
  resize(columns: number, rows: number): void;
  /** The terminal takes nothing any more, and again. */
  freeze(): void;
  thaw(): void;
  /** The exit code, or the signal's number, once it has ended. */
  exit(): Promise<{ readonly code: number; readonly signal: number }>;
};

export type Cell = {
  readonly text: string;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isInverse: boolean;
  readonly foreground: number;
  readonly background: number;
};

export type ScreenOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Partial<Record<string, string>>>;
};

const open: nodePty.IPty[] = [];

afterAll(() => {
  for (const pty of open) pty.kill("SIGKILL");
});

/** Starts the program with `words` on a terminal of its own. */
export function openScreen(user: User, words: Words, options: ScreenOptions = {}): Screen {
  return startOn(user, [process.execPath, PROGRAM, ...argumentsOf(words)], options);
}

/** Starts any command on a terminal, as a shell for instance. */
export function startOn(
  user: User,
  [file = "", ...args]: readonly string[],
  { columns = 80, rows = 24, env = {} }: ScreenOptions,
): Screen {
  const pty = nodePty.spawn(file, args, {
    cols: columns,
    rows,
    name: env.TERM ?? "xterm-256color",
    cwd: user.home,
    env: { ...user.env, LANG: "C.UTF-8", ...env },
  });
  open.push(pty);
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  let written = "";
  let isCursorShown = true;
  pty.onData((chunk) => {
    written += chunk;
    terminal.write(chunk);
  });
  terminal.onData((answer) => pty.write(answer));
  for (const [final, isShown] of [
    ["h", true],
    ["l", false],
  ] as const) {
    terminal.parser.registerCsiHandler({ prefix: "?", final }, (parameters) => {
      if (parameters.includes(25)) isCursorShown = isShown;
      return false;
    });
  }
  const ended = new Promise<{ code: number; signal: number }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      open.splice(open.indexOf(pty), 1);
      resolve({ code: exitCode, signal: signal ?? 0 });
    });
  });
  const lines = () =>
    Array.from({ length: terminal.rows }, (_, y) => {
      const { active } = terminal.buffer;
      return active.getLine(active.viewportY + y)?.translateToString(true) ?? "";
    });
  const screen: Screen = {
    pid: pty.pid,
    lines,
    text: () => lines().join("\n"),
    isAlternate: () => terminal.buffer.active.type === "alternate",
    isCursorShown: () => isCursorShown,
    cell: (column, row) => cellOf(terminal, column, row),
    written: () => written,
    until: async (what, isSo) => {
      const giveUp = performance.now() + WAIT_MS;
      for (;;) {
        await new Promise<void>((resolve) => terminal.write("", resolve));
        if (isSo(screen.text(), screen)) return;
        if (performance.now() > giveUp) throw new Error(`not ${what}:\n${screen.text()}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    press: async (...keys) => {
      for (const key of keys) {
        pty.write(key);
        await new Promise((resolve) => setTimeout(resolve, 2 * LOOK_MS));
      }
    },
    send: (text) => pty.write(text),
    resize: (width, height) => {
      terminal.resize(width, height);
      pty.resize(width, height);
    },
    freeze: () => pty.pause(),
    thaw: () => pty.resume(),
    exit: () => ended,
  };
  return screen;
}

function cellOf({ buffer }: InstanceType<Headless["Terminal"]>, column: number, row: number): Cell {
  const { active } = buffer;
  const cell = active.getLine(active.viewportY + row)?.getCell(column);
  return {
    text: cell?.getChars() ?? "",
    isBold: cell?.isBold() !== 0,
    isDim: cell?.isDim() !== 0,
    isInverse: cell?.isInverse() !== 0,
    foreground: cell?.getFgColor() ?? -1,
    background: cell?.getBgColor() ?? -1,
  };
}
