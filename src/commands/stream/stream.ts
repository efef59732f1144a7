import { type Failure, usageFailure } from "../../core/failures.ts";
import type { Instrument } from "../../core/instrument.ts";
import { openQuoteFeed, type QuoteFeed } from "../../streaming/quote-feed.ts";
import { findInstrument } from "../../trading/desk.ts";
import { UTC_TIMES } from "../../ui/output/times.ts";
import { integerOption, spanOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { showLive } from "../watch.ts";
import { followInput } from "./follow-input.ts";
import { printPrices } from "./print-prices.ts";

type StreamOptions = {
  readonly count?: string;
  readonly duration?: string;
  readonly watch?: true;
};

/** Prices held for a reader that is slow; beyond it only the newest of each instrument is. */
const MOST_HELD = 1_000;
const MOST_QUOTES = 999_999_999;
const MOST_INSTRUMENTS = 500;

export const stream: CommandMaker = (context) =>
  examples(
    command("stream", "Prices as they change, a line each, until Ctrl-C")
      .argument("<instrument...>", "e.g. EUR_USD; +GBP_USD and -EUR_USD on stdin change the list")
      .option("--count <n>", "end after so many prices")
      .option("--duration <time>", "end after so long: 30s, 5m, 1h")
      .option("--watch", "on the full-screen view instead: tmt-broker watch")
      .action((names: readonly string[], options: StreamOptions) => run(context, names, options)),
    [
      "stream EUR_USD USD_JPY",
      "stream EUR_USD --json --duration 30s",
      "stream EUR_USD --json | jq -r .bid",
    ],
  );

async function run(
  context: Context,
  names: readonly string[],
  options: StreamOptions,
): Promise<void> {
  const limits = limitsOf(options);
  if (options.watch) {
    if (options.count !== undefined || options.duration !== undefined) throw screenHasNoLimit();
    return showLive(context, { subject: "all", names, isAll: false, isPlain: false });
  }
  const desk = await context.desk();
  const terms = new Map<string, Instrument>();
  const find = async (name: string) => {
    const found = await findInstrument(desk, name);
    if (!terms.has(found.name) && terms.size >= MOST_INSTRUMENTS) throw tooMany();
    terms.set(found.name, found);
    return found.name;
  };
  const instruments: string[] = [];
  for (const name of names) instruments.push(await find(name));
  const { json: isJson } = context.options;
  const { times } = context.theme;
  const feed = openQuoteFeed({
    broker: desk.broker,
    hasStream: desk.capabilities.priceStream,
    maxQuoteAgeMs: desk.policy.limits.maxQuoteAgeMs,
    timeText: isJson ? UTC_TIMES.text : times.text,
    typeOf: (name) => terms.get(name)?.type ?? null,
    clock: context.clock,
    random: Math.random,
  });
  const reader = feed.read(instruments, MOST_HELD);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, context.signal]);
  const form = {
    connection: desk.profile.name,
    isJson,
    times,
    termsOf: (name: string) => terms.get(name),
  };
  if (!isJson && times.zone !== "UTC") context.note(`Times are those of ${times.zone}.`);
  try {
    // Whoever reads the end of the input is let go of with the rest.
    void followInput({ context, reader, find, signal });
    await Promise.all([
      requireBroker(feed, signal),
      printPrices({ context, feed, reader, form, limits, signal }),
    ]);
  } finally {
    over.abort("over");
    feed.close();
  }
}

/** What can't be reached at all is told as any command tells it; what is lost later is waited for. */
async function requireBroker(feed: QuoteFeed, signal: AbortSignal): Promise<void> {
  try {
    await feed.ask();
  } catch (error) {
    if (!(feed.isFlowing() || signal.aborted)) throw error;
  }
}

function screenHasNoLimit(): Failure {
  return usageFailure("--watch ends when you quit it: leave out --count and --duration.");
}

function tooMany(): Failure {
  return usageFailure(`More than ${MOST_INSTRUMENTS} instruments can't be followed at a time.`);
}

export type Limits = { readonly count: number; readonly durationMs: number | null };

function limitsOf({ count, duration }: StreamOptions): Limits {
  const range = { minimum: 1, maximum: MOST_QUOTES };
  return {
    count: count === undefined ? Number.POSITIVE_INFINITY : integerOption("--count", count, range),
    durationMs: duration === undefined ? null : spanOption("--duration", duration),
  };
}
