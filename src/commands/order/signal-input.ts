import { createReadStream } from "node:fs";
import { Failure, usageFailure } from "../../core/failures.ts";
import type { LineProblem } from "../../trading/check-signals.ts";
import type { Context } from "../context.ts";
import { type ParsedLines, parseSignalLines } from "./signal-lines.ts";

const MOST_BYTES = 8 * 1024 * 1024;
const MOST_SIGNALS = 10_000;
/** Of lines that can't be used, so many are told in full. */
const MOST_TOLD = 20;

/**
 * The signals of FILE, or of standard input for `-`: all of it is read before any of it is used.
 * @throws Failure USAGE when it can't be read, is too large or is no text; as `refuseProblems` does.
 */
export async function readSignals(context: Context, source: string): Promise<ParsedLines> {
  if (source === "-" && context.terminal.isInteractive) {
    context.note("Reading signals from the terminal, one JSON object a line; Ctrl-D ends them.");
  }
  const text =
    source === "-" ? await context.terminal.readInput(MOST_BYTES) : await readText(source);
  // Bytes that are no UTF-8 have become the replacement character.
  if (/[\0\uFFFD]/.test(text)) {
    throw usageFailure(`${nameOf(source)} is not a text file in UTF-8. Nothing was sent.`);
  }
  const parsed = parseSignalLines(text);
  if (parsed.signals.length > MOST_SIGNALS) {
    throw usageFailure(
      `${nameOf(source)} holds ${parsed.signals.length} signals, more than ${MOST_SIGNALS}. Nothing was sent.`,
      "Split it into several files.",
    );
  }
  return parsed;
}

async function readText(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MOST_BYTES) break;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageFailure(`${nameOf(path)} can't be read: ${reason}. Nothing was sent.`);
  }
  if (size <= MOST_BYTES) return Buffer.concat(chunks).toString("utf8");
  throw usageFailure(`${nameOf(path)} is larger than ${MOST_BYTES} bytes. Nothing was sent.`);
}

/** @throws Failure of the first problem, naming all the lines; nothing was sent. */
export function refuseProblems(problems: readonly LineProblem[]): void {
  const sorted = problems.toSorted((a, b) => a.line - b.line);
  const [first, ...others] = sorted;
  if (!first) return;
  const { code, hint } = first.failure;
  const told = others.slice(0, MOST_TOLD).map(inWords);
  const rest = others.length > told.length ? [`and ${others.length - told.length} more`] : [];
  const message = [inWords(first), ...told, ...rest].join(" ");
  throw new Failure(code, `${message} Nothing was sent.`, {
    ...(hint === null ? {} : { hint }),
    details: {
      problems: sorted.slice(0, MOST_TOLD).map(({ line, key, failure }) => ({
        line,
        key,
        code: failure.code,
        message: plain(failure),
      })),
    },
  });
}

function inWords({ line, key, failure }: LineProblem): string {
  return `Line ${line}${key === null ? "" : `, ${key}`}: ${plain(failure)}`;
}

/** Said once, for all of them. */
function plain({ message }: Failure): string {
  return message.replace(/ Nothing was sent\.$/, "");
}

function nameOf(source: string): string {
  return source === "-" ? "Standard input" : `The file "${source.slice(0, 200)}"`;
}
