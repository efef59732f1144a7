import { usageFailure } from "../core/failures.ts";
import { type CommandMaker, command, examples } from "./common-options.ts";
import type { Context } from "./context.ts";

type WatchOptions = { readonly all?: true; readonly plain?: true };

export const watch: CommandMaker = (context) =>
  examples(
    command(
      "watch",
      "The full-screen view: prices, positions, orders, accounts and connections, and trading from it (? shows the keys)",
    )
      .argument("[instruments...]", "whose prices to show; left out: display.watchlist")
      .option("--all", "every connection")
      .option("--plain", "lines instead of a screen: for screen readers, logs and pipes")
      .action((instruments: readonly string[], options: WatchOptions) =>
        run(context, instruments, options),
      ),
    ["watch", "watch EUR_USD USD_JPY -c oanda", "watch --all", "watch --plain | tee session.log"],
  );

async function run(context: Context, names: readonly string[], options: WatchOptions) {
  const isAll = options.all === true;
  if (options.plain !== true) return watchOnScreen(context, { names, isAll });
  refuseJson(context);
  const { runWatch } = await import("./watch/run-watch.ts");
  await runWatch(context, { names, isAll, isPlain: true });
}

type Shown = { readonly names: readonly string[]; readonly isAll: boolean };

/** The full-screen view. @throws Failure USAGE where there is no terminal to draw it on. */
export async function watchOnScreen(context: Context, shown: Shown): Promise<void> {
  refuseJson(context);
  if (!context.terminal.hasScreen) {
    throw usageFailure(
      "watch needs a terminal to draw on and to read keys from. Nothing was opened.",
      "For lines instead: watch --plain. For programs: stream --json.",
    );
  }
  const { runWatch } = await import("./watch/run-watch.ts");
  await runWatch(context, { ...shown, isPlain: false });
}

function refuseJson({ options }: Context): void {
  if (!options.json) return;
  throw usageFailure("watch is for people. Nothing was opened.", "For programs: stream --json.");
}
