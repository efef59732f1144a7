import { writeSync } from "node:fs";
import { render } from "ink";
import { App } from "./app.tsx";
import type { WatchController } from "./controller.ts";

/** Frames a second: a person can't read more, and each costs the computer and a slow line. */
const MOST_FRAMES = 10;
const STDOUT = 1;
/** After a stop the shell has the terminal; where nobody can stop us, we go on after this. */
const STOPPED_MS = 50;
const ignore = () => undefined;
const ESCAPE = String.fromCharCode(27);
/** Bracketed paste off, colours off, the first screen back, the cursor shown. */
const RESTORE = `${ESCAPE}[?2004l${ESCAPE}[0m${ESCAPE}[?1049l${ESCAPE}[?25h`;

/**
 * Shows the screen until its user quits. Whatever ends it, the terminal is as it was before. @throws whatever failed
 * while it was shown.
 */
export async function openScreen(controller: WatchController, signal: AbortSignal): Promise<void> {
  let isStopped = false;
  const stop = async () => {
    isStopped = true;
    await stopProcess();
    isStopped = false;
  };
  const instance = render(<App controller={controller} stop={stop} />, {
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    isScreenReaderEnabled: false,
    maxFps: MOST_FRAMES,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const broken: unknown[] = [];
  const failed = (error: unknown) => {
    broken.push(error);
    instance.unmount();
  };
  const continued = () => {
    if (!isStopped) controller.press("ctrl-l");
  };
  const ended = () => instance.unmount();
  signal.addEventListener("abort", ended);
  process.on("uncaughtException", failed);
  process.on("SIGCONT", continued);
  process.on("exit", restore);
  // A terminal that is gone takes no text: SIGHUP ends the program.
  process.stdout.on("error", ignore);
  try {
    await instance.waitUntilExit();
  } finally {
    signal.removeEventListener("abort", ended);
    process.off("uncaughtException", failed);
    process.off("SIGCONT", continued);
    process.off("exit", restore);
    process.stdout.off("error", ignore);
  }
  if (broken.length > 0) throw toError(broken[0]);
}

/** To the shell, as Ctrl-Z does: all of the job, also a package runner that started us. */
async function stopProcess(): Promise<void> {
  process.kill(0, "SIGTSTP");
  await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
}

/** The last resort, when the process ends while the screen is still up. */
function restore(): void {
  try {
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    writeSync(STDOUT, RESTORE);
  } catch {
    // Nobody is there to see it any more.
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
