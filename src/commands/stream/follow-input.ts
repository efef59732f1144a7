import { Failure } from "../../core/failures.ts";
import type { QuoteReader } from "../../streaming/quote-feed.ts";
import type { Context } from "../context.ts";

export type Following = {
  readonly context: Pick<Context, "terminal" | "note">;
  readonly reader: QuoteReader;
  /** The full name of an instrument. @throws Failure INSTRUMENT_NOT_FOUND. */
  readonly find: (name: string) => Promise<string>;
  readonly signal: AbortSignal;
};

const LONGEST_LINE = 64;
/** So many lines that mean nothing in a row, and it wasn't meant for us. */
const MOST_ODD = 20;
const SHOWN_ODD = 3;

/** Changes what is read by the lines of standard input: `+GBP_USD`, `-EUR_USD`. */
export async function followInput({ context, reader, find, signal }: Following): Promise<void> {
  const { terminal, note } = context;
  let odd = 0;
  for await (const line of terminal.inputLines(LONGEST_LINE, signal)) {
    if (signal.aborted) return;
    const text = line.trim();
    if (text === "") continue;
    const problem = await change(text, { reader, find });
    odd = problem === null ? 0 : odd + 1;
    if (problem !== null && odd <= SHOWN_ODD) note(problem);
    if (odd < MOST_ODD) continue;
    note("Standard input isn't read any further.");
    return;
  }
}

/** Does what a line says; gives in words why it can't. */
async function change(
  text: string,
  { reader, find }: Pick<Following, "reader" | "find">,
): Promise<string | null> {
  const [sign, name] = [text[0], text.slice(1).trim()];
  if (sign !== "+" && sign !== "-") {
    return `"${printable(text)}" isn't understood: write +GBP_USD or -EUR_USD.`;
  }
  try {
    const instrument = await find(name);
    if (sign === "+") reader.add(instrument);
    else reader.remove(instrument);
    return null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.hint === null ? error.message : `${error.message} ${error.hint}`;
  }
}

function printable(text: string): string {
  return text.slice(0, 40).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}
