import { isUtf8 } from "node:buffer";
import { Stopped } from "./transport.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** What undecodable bytes become in text. */
const REPLACEMENT = "\ufffd";

/** Cuts bytes into lines of text, whatever the chunks they come in. */
export interface LineSplitter {
  /**
   * The lines that `chunk` completes, without their ends and without empty ones; what follows the last end waits for
   * the next chunk. @throws Stopped "line-too-long" or "not-text".
   */
  push(chunk: Buffer): readonly string[];
}

/** A line is at most `maxLineBytes` long: no more than that is ever kept. */
export function openLineSplitter(maxLineBytes: number): LineSplitter {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  const hold = (part: Buffer) => {
    begunBytes += part.length;
    if (begunBytes > maxLineBytes) throw new Stopped("line-too-long");
    if (part.length > 0) begun.push(part);
  };
  return {
    push(chunk) {
      const lines: string[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
        hold(chunk.subarray(start, end));
        const [only, second] = begun;
        const bytes = only && !second ? only : Buffer.concat(begun);
        const text = textOf(bytes);
        if (text !== "") lines.push(text);
        begun = [];
        begunBytes = 0;
        start = end + 1;
      }
      hold(chunk.subarray(start));
      return lines;
    },
  };
}

function textOf(line: Buffer): string {
  const length = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  const text = line.toString("utf8", 0, length);
  if (text.includes(REPLACEMENT) && !isUtf8(line)) throw new Stopped("not-text");
  return text;
}
