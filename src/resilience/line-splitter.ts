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
  /** The line that ends at `end`, with what was begun of it. */
  const finish = (chunk: Buffer, start: number, end: number): string => {
    if (begunBytes === 0 && end - start <= maxLineBytes) return textOf(chunk, start, end);
    hold(chunk.subarray(start, end));
    const whole = Buffer.concat(begun);
    begun = [];
    begunBytes = 0;
    return textOf(whole, 0, whole.length);
  };
  return {
    push(chunk) {
      const last = chunk.lastIndexOf(LINE_FEED);
      const lines: string[] = [];
      let start = 0;
      // One after the other where something is to be joined or might be too long.
      while (start <= last && (begunBytes > 0 || last - start > maxLineBytes)) {
        const end = chunk.indexOf(LINE_FEED, start);
        lines.push(finish(chunk, start, end));
        start = end + 1;
      }
      const others = start <= last ? linesOf(chunk, start, last) : [];
      hold(chunk.subarray(last + 1));
      return [...lines, ...others].filter((line) => line !== "");
    },
  };
}

/** Whole lines up to the feed at `end`: made text together, which costs less than one by one. No character holds a feed. */
function linesOf(bytes: Buffer, start: number, end: number): readonly string[] {
  const text = textOf(bytes, start, end);
  return (text.includes("\r") ? text.replaceAll("\r\n", "\n") : text).split("\n");
}

function textOf(bytes: Buffer, start: number, end: number): string {
  const isReturn = end > start && bytes[end - 1] === CARRIAGE_RETURN;
  const text = bytes.toString("utf8", start, isReturn ? end - 1 : end);
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end))) {
    throw new Stopped("not-text");
  }
  return text;
}
