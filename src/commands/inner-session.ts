import { PLAIN_THEME } from "../ui/output/theme.ts";
import { CATALOG, isLeaf } from "./catalog.ts";
import { NO_OPTIONS } from "./common-options.ts";
import type {
  CommonOptions,
  Context,
  Inside,
  RunState,
  Surroundings,
  Terminal,
} from "./context.ts";
import { runCommandLine, type Session } from "./run.ts";

type RunParts = Surroundings &
  Pick<Context, "note"> & {
    readonly state: RunState;
  };

/** Commands inside the run of `parts`. */
export function openInside<T extends RunParts>(parts: T, contextOf: (parts: T) => Context): Inside {
  return {
    verbs: () =>
      Object.entries(CATALOG).flatMap(([name, entry]) =>
        isLeaf(entry) ? [name] : Object.keys(entry.commands).map((word) => `${name} ${word}`),
      ),
    run: (words, terminal) => {
      // Commands about connections are about all of them unless one is named, and retention about all that is kept.
      const isChosen = words[0] !== "connect" && words[1] !== "retention";
      return runCommandLine(words, innerSession(parts, { terminal, isChosen }, contextOf));
    },
  };
}

type Inner = { readonly terminal: Terminal; readonly isChosen: boolean };

/** Everything is shared but the terminal and the options. It closes nothing, for the run goes on. */
function innerSession<T extends RunParts>(
  parts: T,
  { terminal, isChosen }: Inner,
  contextOf: (parts: T) => Context,
): Session {
  const { state } = parts;
  const own = {
    options: NO_OPTIONS,
    transport: state.transport,
    times: state.times,
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
      own.options = isChosen ? withChoice(options, state.options) : options;
    },
    // Its notes are told at once: nobody reads them by machine.
    endWell: () => undefined,
    // By the run that it is in.
    tellNews: async () => undefined,
    guardTrades: async () => undefined,
    close: async () => undefined,
  };
}

/** Without a choice of its own a command is about the connection and the account of the run that it is in. */
function withChoice(options: CommonOptions, { connection, account }: CommonOptions): CommonOptions {
  if (options.connection !== null) return options;
  return { ...options, connection, account: options.account ?? account };
}
