import type { Completion } from "./candidates.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Says that the shell should offer its own file names. */
export const FILES_LINE = ":files";

const TAB = "\t";

export function isShell(name: string): name is Shell {
  return SHELLS.some((shell) => shell === name);
}

/** The lines that a shell's script reads: a word each, with what it means where the shell shows that. */
export function linesFor(shell: Shell, found: Completion): string {
  if (found === "files") return `${FILES_LINE}\n`;
  const line = { bash: bashLine, zsh: zshLine, fish: fishLine }[shell];
  return found.map(({ word, summary }) => `${line(clean(word), clean(summary))}\n`).join("");
}

function bashLine(word: string): string {
  return word;
}

function zshLine(word: string, summary: string): string {
  const escaped = word.replaceAll(":", "\\:");
  return summary === "" ? escaped : `${escaped}:${summary}`;
}

function fishLine(word: string, summary: string): string {
  return summary === "" ? word : `${word}${TAB}${summary}`;
}

/** A broker's text must not reach into the shell's own syntax. */
function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "");
}
