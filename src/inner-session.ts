import { CATALOG, isLeaf } from "./commands/catalog.ts";
import { NO_OPTIONS } from "./commands/common-options.ts";
import type { CommonOptions, Context, Inside, Surroundings, Terminal } from "./commands/context.ts";
import { runCommandLine, type Session } from "./commands/run.ts";
import type { Config } from "./config/load.ts";
import { PLAIN_THEME } from "./ui/output/theme.ts";

type RunParts = Surroundings &
  Pick<Context, "note"> & {
    readonly state: { options: CommonOptions; config: Promise<Config> | null };
  };

/** Commands inside the run of `parts`. */
export function openInside<T extends RunParts>(parts: T, contextOf: (parts: T) => Context): Inside {
  return {
    verbs: () =>
      Object.entries(CATALOG).flatMap(([name, entry]) =>
        isLeaf(entry) ? [name] : Object.keys(entry.commands).map((word) => `${name} ${word}`),
      ),
    run: (words, terminal) => runCommandLine(words, innerSession(parts, terminal, contextOf)),
  };
}

/** Everything is shared but the terminal and the options. It closes nothing, for the run goes on. */
function innerSession<T extends RunParts>(
  parts: T,
  terminal: Terminal,
  contextOf: (parts: T) => Context,
): Session {
  const { state } = parts;
  const own = {
    options: NO_OPTIONS,
    // What it changes in the configuration is changed for the whole run.
    get config() {
      return state.config;
    },
    set config(config) {
      state.config = config;
    },
  };
  const note = (text: string) => {
    if (!own.options.quiet) terminal.writeNote(`${text}\n`);
  };
  return {
    context: contextOf({ ...parts, terminal, theme: PLAIN_THEME, note, state: own }),
    configure: async (options) => {
      own.options = options;
    },
    close: async () => undefined,
  };
}
