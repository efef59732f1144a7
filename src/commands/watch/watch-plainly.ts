import { PlainLines, type PlainOptions } from "../../ui/terminal/plain-lines.ts";
import type { Context } from "../context.ts";
import type { LiveDesk } from "./live-desk.ts";

/** Calmer than a screen: a screen reader speaks all of it. */
const EVERY_MS = 1_000;

/** Tells what changes in lines, until Ctrl-C. */
export async function watchPlainly(
  context: Context,
  live: LiveDesk,
  options: PlainOptions,
): Promise<void> {
  const lines = new PlainLines(options);
  const { clock, signal, terminal } = context;
  while (!signal.aborted) {
    const told = lines.next(live.getSnapshot());
    if (told.length > 0) terminal.writeResult(`${told.join("\n")}\n`);
    await clock.sleep(EVERY_MS, signal).catch(() => undefined);
  }
}
