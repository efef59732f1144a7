import { Failure } from "../../core/failures.ts";
import type { Ask } from "../../ui/terminal/watch-desk.ts";
import type { Context, Terminal } from "../context.ts";

/** They have a terminal of their own, or end when the screen does. */
const NOT_INSIDE: ReadonlySet<string> = new Set(["watch", "stream", "practice", "serve"]);

export type InnerResult = { readonly text: string; readonly exitCode: number };

/** Runs another command of the program with its output caught; its questions are put by `ask`. */
export async function runInside(
  context: Context,
  words: readonly string[],
  ask: Ask,
): Promise<InnerResult> {
  const [first = ""] = words;
  if (NOT_INSIDE.has(first)) {
    return {
      text: `"${first}" needs a terminal of its own: quit first, or open another one.`,
      exitCode: 2,
    };
  }
  const parts: string[] = [];
  const exitCode = await context.inside.run(words, caughtTerminal(parts, ask));
  return { text: parts.join(""), exitCode };
}

/** The words of every command that can be run inside. */
export function verbsInside({ inside }: Context): readonly string[] {
  return inside.verbs().filter((words) => !NOT_INSIDE.has(words.split(" ")[0] ?? ""));
}

/** What is written before a question belongs to it. */
function caughtTerminal(parts: string[], ask: Ask): Terminal {
  return {
    isInteractive: true,
    showsNotes: true,
    hasScreen: false,
    divertNotes: () => undefined,
    ring: () => undefined,
    writeResult: (text) => void parts.push(text),
    writeNote: (text) => void parts.push(text),
    confirm: (question) =>
      ask({
        title: question,
        lines: parts.join("").trimEnd().split("\n"),
        environment: null,
        word: "yes",
      }),
    writeFlow: async (text) => {
      parts.push(text);
      return true;
    },
    inputLines: async function* () {
      // Nobody types lines here.
    },
    askSecret: () => Promise.reject(noSecrets()),
    readInput: () => Promise.reject(noInput()),
  };
}

function noSecrets(): Failure {
  return new Failure("UNSUPPORTED", "Secrets aren't typed here. Nothing was stored.", {
    hint: "Run it in a shell.",
  });
}

function noInput(): Failure {
  return new Failure("UNSUPPORTED", "There is no standard input here. Nothing was sent.");
}
