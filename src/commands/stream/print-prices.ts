import { type FeedStatus, isTryBeginning } from "../../streaming/feed-status.ts";
import type { QuoteFeed, QuoteReader } from "../../streaming/quote-feed.ts";
import { doubtText } from "../../ui/output/stream-text.ts";
import type { Context } from "../context.ts";
import { openTally } from "./tally.ts";
import { entryLine, type LineForm, statusLine, statusText } from "./view.ts";

export type Printing = {
  readonly context: Context;
  readonly feed: QuoteFeed;
  readonly reader: QuoteReader;
  readonly form: LineForm;
  readonly limits: { readonly count: number; readonly durationMs: number | null };
  /** Ends it from outside, e.g. by Ctrl-C. */
  readonly signal: AbortSignal;
};

/** Statuses that a stuck reader missed: the newest tell enough. */
const MOST_STATUSES = 100;

/**
 * Prints prices and statuses until there have been enough, the time is up, nobody reads any more or the signal is
 * aborted; then a summary. @throws Failure when the stream can't be kept open.
 */
export async function printPrices(printing: Printing): Promise<void> {
  const { context, feed, reader, limits, signal } = printing;
  const over = new AbortController();
  const stopped = Promise.withResolvers<false>();
  const end = () => {
    over.abort("over");
    stopped.resolve(false);
    reader.wake();
  };
  signal.addEventListener("abort", end, { once: true });
  if (limits.durationMs !== null) {
    // A sleep that is stopped is the end as well.
    context.clock.sleep(limits.durationMs, over.signal).then(end, () => undefined);
  }
  const ended = feed.ended.then((failure) => {
    end();
    return failure;
  });
  const tally = openTally(context.clock.monotonicMs());
  try {
    await pump(printing, { tally, isOver: () => over.signal.aborted, stopped: stopped.promise });
  } finally {
    end();
    const { dropped } = reader;
    const { reconnects } = feed;
    const nowMs = context.clock.monotonicMs();
    context.note(tally.summary({ nowMs, dropped, reconnects }));
  }
  const failure = await Promise.race([ended, null]);
  if (failure) throw failure;
}

type Run = {
  readonly tally: ReturnType<typeof openTally>;
  readonly isOver: () => boolean;
  /** Resolves when it's over: a reader that takes nothing isn't waited for any longer. */
  readonly stopped: Promise<false>;
};

async function pump(printing: Printing, { tally, isOver, stopped }: Run): Promise<void> {
  const { context, feed, reader, form, limits } = printing;
  const statuses = openStatuses(printing);
  const stop = feed.watch({
    onStatus: statuses.put,
    onDoubt: ({ quote }, doubt) => {
      if (doubt === "known" || doubt === "shown") return;
      if (tally.doubted(quote.instrument, doubt)) context.note(doubtText(quote, doubt));
    },
  });
  statuses.put(feed.status());
  let left = limits.count;
  try {
    while (left > 0 && !isOver()) {
      const entries = reader.take().slice(0, left);
      left -= entries.length;
      const lines = [...statuses.take(), ...entries.map((entry) => entryLine(entry, form))];
      for (const { instrument } of entries) tally.shown(instrument);
      if (lines.length === 0) await reader.filled();
      else {
        const written = context.terminal.writeFlow(`${lines.join("\n")}\n`);
        if (!(await Promise.race([written, stopped]))) return;
      }
    }
  } finally {
    stop();
  }
}

/** Statuses are lines of a JSON stream; people read them beside the prices. */
function openStatuses({ context, reader, form }: Printing) {
  let waiting: string[] = [];
  const { connection, isJson } = form;
  return {
    put(status: FeedStatus): void {
      if (status.status === "failed" || isTryBeginning(status)) return;
      if (isJson) {
        const line = statusLine(status, { connection, time: context.clock.now() });
        waiting = [...waiting, line].slice(-MOST_STATUSES);
        reader.wake();
      } else context.note(statusText(status, connection));
    },
    take(): readonly string[] {
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}
