import { NO_OPTIONS } from "./commands/common-options.ts";
import type { CommonOptions, Context, Session, Surroundings } from "./commands/context.ts";
import type { Config } from "./config/load.ts";

type Inner = Omit<Surroundings, "signal">;

type RunParts = Surroundings &
  Pick<Context, "note"> & {
    readonly state: { options: CommonOptions; config: Promise<Config> | null };
  };

/**
 * A command inside the run of `parts`: with a terminal and options of its own, and everything else shared. It closes
 * nothing, for the run goes on.
 */
export function innerSession<T extends RunParts>(
  parts: T,
  inner: Inner,
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
    if (!own.options.quiet) inner.terminal.writeNote(`${text}\n`);
  };
  return {
    context: contextOf({ ...parts, ...inner, note, state: own }),
    configure: async (options) => {
      own.options = options;
    },
    close: async () => undefined,
  };
}
