import { misread } from "./misread.ts";

/** Longer lines are no history: whatever the file is, it isn't kept in memory whole. */
const LONGEST_LINE = 1_000_000;
const GZIP = [0x1f, 0x8b] as const;

/**
 * The text of a file in pieces that end with a line's end, but for the last one; a byte-order mark is left out.
 * @throws Failure USAGE for what isn't UTF-8, holds a zero byte, or has a line of more than a million characters.
 */
export async function* wholeLines(
  bytes: AsyncIterable<Uint8Array>,
  encoding = "utf-8",
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let rest = "";
  let line = 1;
  for await (const chunk of bytes) {
    const text = rest + decoded(decoder, chunk, line);
    const end = text.lastIndexOf("\n") + 1;
    requireText(text, line, text.length - end);
    rest = text.slice(end);
    if (end === 0) continue;
    const piece = text.slice(0, end);
    yield piece;
    line += linesBefore(piece, piece.length);
  }
  rest += decoded(decoder, null, line);
  if (rest !== "") yield rest;
}

function requireText(text: string, line: number, unended: number): void {
  const zero = text.indexOf("\0");
  if (zero >= 0) {
    const where = { line: line + linesBefore(text, zero) };
    throw misread(where, "there is a zero byte: this is no text file");
  }
  if (unended > LONGEST_LINE) throw misread({ line }, "a line is longer than can be");
}

type Decoder = InstanceType<typeof TextDecoder>;

/** `line` is the one that the text before ends on. */
function decoded(decoder: Decoder, chunk: Uint8Array | null, line: number): string {
  try {
    return chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if (line === 1 && chunk?.[0] === GZIP[0] && chunk[1] === GZIP[1]) {
      const hint = "Unpack it on the way: gunzip -c FILE | tmt-broker history import -";
      throw misread({ line }, "the file is compressed", hint);
    }
    const lossy = new TextDecoder().decode(chunk ?? new Uint8Array());
    const where = { line: line + linesBefore(lossy, lossy.indexOf("\uFFFD")) };
    throw misread(where, "there is what isn't UTF-8", "Save it as UTF-8 and import it again.");
  }
}

function linesBefore(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1))
    lines += 1;
  return lines;
}
