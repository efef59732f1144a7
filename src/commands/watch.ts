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
  if (context.options.json) {
    throw usageFailure("watch is for people. Nothing was opened.", "For programs: stream --json.");
  }
  const isPlain = options.plain === true;
  if (!isPlain && !context.terminal.hasScreen) {
    throw usageFailure(
      "watch needs a terminal to draw on and to read keys from. Nothing was opened.",
      "For lines instead: --plain. For programs: stream --json.",
    );
  }
  const { runWatch } = await import("./watch/run-watch.ts");
  await runWatch(context, { names, isAll: options.all === true, isPlain });
}
