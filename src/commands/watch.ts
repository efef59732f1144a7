import { usageFailure } from "../core/failures.ts";
import { type CommandMaker, command, examples } from "./common-options.ts";
import type { Context } from "./context.ts";
import type { WatchOptions } from "./watch/run-watch.ts";

type Options = { readonly all?: true; readonly plain?: true };

export const watch: CommandMaker = (context) =>
  examples(
    command(
      "watch",
      "The full-screen view: prices, positions, orders, accounts and connections, and trading from it (? shows the keys)",
    )
      .argument("[instruments...]", "whose prices to show; left out: display.watchlist")
      .option("--all", "every connection")
      .option("--plain", "lines instead of a screen: for screen readers, logs and pipes")
      .action((names: readonly string[], { all, plain }: Options) =>
        showLive(context, {
          subject: "all",
          names,
          isAll: all === true,
          isPlain: plain === true,
        }),
      ),
    ["watch", "watch EUR_USD USD_JPY -c oanda", "watch --all", "watch --plain | tee session.log"],
  );

/** The live view until its user ends it. @throws Failure USAGE where there is no terminal to draw it on. */
export async function showLive(context: Context, options: WatchOptions): Promise<void> {
  const { name, data } = WORDS[options.subject];
  if (context.options.json) {
    throw usageFailure(`${name} is for people. Nothing was opened.`, `For programs: ${data}.`);
  }
  if (!(options.isPlain || context.terminal.hasScreen)) {
    throw usageFailure(
      `${name} needs a terminal to draw on and to read keys from. Nothing was opened.`,
      `For lines instead: ${name} --plain. For programs: ${data}.`,
    );
  }
  const { runWatch } = await import("./watch/run-watch.ts");
  await runWatch(context, options);
}

/** What a view is called, and what a program takes in its place. */
const WORDS: Readonly<Record<WatchOptions["subject"], Readonly<Record<"name" | "data", string>>>> =
  {
    all: { name: "watch", data: "stream --json" },
    accounts: { name: "accounts --watch", data: "accounts --json" },
  };
