import { PlainLines, type PlainOptions } from "../../ui/terminal/plain-lines.ts";
import type { Context } from "../context.ts";
import type { LiveDesk } from "./live-desk.ts";

/** Calmer than a screen: a screen reader speaks all of it. */
const EVERY_MS = 1_000;

/** Tells what changes in lines, until Ctrl-C. */
export async function watchPlainly(
  context: Context,
  live: LiveDesk,
  { hasFigures }: Pick<PlainOptions, "hasFigures">,
): Promise<void> {
  const { clock, signal, terminal, theme } = context;
  const { times } = theme;
  const lines = new PlainLines({ hasFigures, times });
  if (times.zone !== "UTC") context.note(`Times are those of ${times.zone}.`);
  while (!signal.aborted) {
    const told = lines.next(live.getSnapshot());
    if (told.length > 0) terminal.writeResult(`${told.join("\n")}\n`);
    await clock.sleep(EVERY_MS, signal).catch(() => undefined);
  }
}
