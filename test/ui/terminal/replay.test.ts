import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../../src/core/money.ts";
import type { Quote } from "../../../src/core/quote.ts";
import { addMs } from "../../../src/core/time.ts";
import { parseTickCsv } from "../../../src/paper/feed/recorded-feed.ts";
import type { QuoteEvent } from "../../../src/ports/broker.ts";
import { openFrames } from "../../../src/streaming/frames.ts";
import { openLiveSession } from "../../../src/streaming/live-session.ts";
import { UTC_TIMES } from "../../../src/ui/output/times.ts";
import { WatchController } from "../../../src/ui/terminal/controller.ts";
import { screenLines } from "../../../src/ui/terminal/screen.ts";
import { plainText } from "../../../src/ui/terminal/spans.ts";
import { PANELS } from "../../../src/ui/terminal/state.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { INSTRUMENTS } from "../../support/instruments.ts";
import { NOON } from "../../support/market.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { NO_ACTIONS, snapshotOf } from "./live.ts";

const SPEED = 100;
/** The store tells of changes at most once in so long, and the screen is painted as often. */
const FRAME_MS = 100;
const STEP_MS = 10;
const LATE_EVERY = 25;
const LATE_BY = 60;
const NAMES = ["EUR_USD", "USD_JPY"] as const;
const RECORDED = "../shared/data/oanda-ticks-2014-05-08.csv.gz";

/** The afternoon's press conference: EUR_USD moved by more than a cent. */
const FIRST = "2014-05-08T12:30:00";
const LAST = "2014-05-08T13:00:00";

type Tick = { readonly atMs: number; readonly quote: Quote };

/** A broker whose price stream is told what to say, and when. */
class ToldBroker extends ScriptedBroker {
  private readonly waiting: QuoteEvent[] = [];
  private readonly clock: FakeClock;
  private wake: () => void = () => undefined;

  constructor(clock: FakeClock) {
    super();
    this.clock = clock;
  }

  tell(quote: Quote): void {
    this.waiting.push({ type: "quote", quote });
    this.wake();
  }

  override async *streamQuotes(): AsyncGenerator<QuoteEvent> {
    for (;;) {
      const event = this.waiting.shift();
      if (event) yield event;
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }

  /** It has nothing newer than its stream. */
  override async quotes() {
    return { quotes: [], conversions: [], time: this.clock.now() };
  }
}

/** What happens without anybody's time passing. */
const settle = async () => {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
};

/** `watch` in this process on a clock of its own: from the stream to the lines that are painted. */
async function openWatch() {
  const clock = new FakeClock(NOON, "manual");
  const broker = new ToldBroker(clock);
  const session = openLiveSession({
    clock,
    random: () => 1,
    maxQuoteAgeMs: 60_000,
    timeText: UTC_TIMES.text,
    frameMs: FRAME_MS,
    sources: [
      {
        name: "oanda",
        brokerName: "oanda",
        environment: "practice",
        capabilities: { priceStream: true, transactionStream: true },
        accounts: [{ id: "001", alias: null, broker }],
        letTry: null,
        instruments: async () => INSTRUMENTS,
        watchlist: NAMES,
      },
    ],
  });
  const nothing = () => undefined;
  const controller = new WatchController({
    source: {
      subscribe: session.subscribe,
      getSnapshot: () => snapshotOf(session.getSnapshot()),
    },
    actions: NO_ACTIONS,
    clock,
    times: UTC_TIMES,
    settings: { palette: "none", isAscii: true, panels: PANELS },
  });
  const stop = controller.start({
    quit: nothing,
    interrupt: nothing,
    suspend: nothing,
    redraw: nothing,
  });
  const shown = new Map<string, string>();
  const paint = () => {
    const lines = screenLines(controller.getView(), { columns: 100, rows: 30 }).map(plainText);
    for (const name of NAMES) {
      const row = new RegExp(`^${name} +([\\d.]+) +([\\d.]+) `, "m").exec(lines.join("\n"));
      if (row) shown.set(name, `${row[1]} ${row[2]}`);
    }
  };
  // As the terminal is written: at most once a frame, the newest last.
  const frames = openFrames(paint, { clock, frameMs: FRAME_MS });
  controller.subscribe(() => frames.request());
  await settle();
  /** Lets time pass, and looks at the screen all the while. */
  const pass = async (ms: number, look: (shown: ReadonlyMap<string, string>) => void) => {
    for (let left = ms; left > 0; left -= STEP_MS) {
      clock.advance(Math.min(STEP_MS, left));
      await settle();
      look(shown);
    }
  };
  const close = async () => {
    stop();
    frames.close();
    await session.close();
  };
  return { clock, broker, pass, close };
}

const textOf = ({ bid, ask, instrument }: Quote) => {
  const places = INSTRUMENTS.find(({ name }) => name === instrument)?.pricePrecision ?? 5;
  return `${bid.toFixed(places)} ${ask.toFixed(places)}`;
};

function tick(instrument: string, atMs: number, [bid, ask]: readonly [string, string]): Tick {
  const time = addMs(NOON, atMs);
  const price = (text: string) => toPrice(decimal(text));
  const quote = { instrument, bid: price(bid), ask: price(ask), tradeable: true } as const;
  return { atMs, quote: { ...quote, time, receivedAt: time } };
}

/** An hour of prices, several a second and in bursts, at a hundred times its pace. */
function madeUpHour(): readonly Tick[] {
  return Array.from({ length: 4_000 }, (_, index) => {
    const name = NAMES[index % NAMES.length] ?? "EUR_USD";
    // Now a burst of ten, now a pause.
    const atMs = Math.floor(index / 10) * 90 + (index % 10) * 4;
    const points = 10_000 + ((index * 37) % 400);
    const price = (value: number) =>
      name === "USD_JPY" ? (value / 100).toFixed(3) : (value / 10_000).toFixed(5);
    return tick(name, atMs, [price(points), price(points + 2)]);
  });
}

/** One instrument's ticks, and how many of them had come by a moment: asked of ever later ones. */
function openArrivals(ticks: readonly Tick[]) {
  let count = 0;
  return (nowMs: number): number => {
    while ((ticks[count]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) count += 1;
    return count;
  };
}

/** What is shown must be a tick of the last two frames, or the newest before them; and none from before the one shown last. */
function openJudge(ticks: readonly Tick[], clock: FakeClock) {
  const judged = [...Map.groupBy(ticks, ({ quote }) => quote.instrument)].map(([name, all]) => {
    const texts = all.map(({ quote }) => textOf(quote));
    const arrivals = { due: openArrivals(all), newest: openArrivals(all) };
    return { name, texts, arrivals, shown: 0, pictures: new Set<string>() };
  });
  return {
    judged,
    look(shown: ReadonlyMap<string, string>) {
      const nowMs = clock.monotonicMs();
      for (const one of judged) {
        const due = one.arrivals.due(nowMs - 2 * FRAME_MS);
        const newest = one.arrivals.newest(nowMs);
        const text = shown.get(one.name);
        if (text === undefined && due === 0) continue;
        const first = Math.max(due - 1, one.shown);
        const place = one.texts.slice(first, newest).indexOf(text ?? "");
        if (place < 0)
          throw new Error(`${one.name} ${text} at ${nowMs} ms is late, or out of order`);
        one.shown = first + place;
        one.pictures.add(text ?? "");
      }
    },
  };
}

async function expectShown(ticks: readonly Tick[]): Promise<void> {
  const watch = await openWatch();
  const judge = openJudge(ticks, watch.clock);
  for (const [index, { atMs, quote }] of ticks.entries()) {
    await watch.pass(atMs - watch.clock.monotonicMs(), judge.look);
    watch.broker.tell(quote);
    // A stream that says something once more, which is old by now.
    const late = index % LATE_EVERY === 0 ? ticks[index - LATE_BY] : undefined;
    if (late) watch.broker.tell(late.quote);
    await settle();
  }
  await watch.pass(3 * FRAME_MS, judge.look);
  expect(judge.judged).toHaveLength(NAMES.length);
  for (const { pictures } of judge.judged) expect(pictures.size).toBeGreaterThan(50);
  await watch.close();
}

describe("a day at a hundred times its pace on the screen", () => {
  it("shows no tick later than two frames, and none out of order", async () => {
    await expectShown(madeUpHour());
  });

  it.skipIf(!existsSync(RECORDED))("does so with a real one (needs recorded data)", async () => {
    const rows = gunzipSync(readFileSync(RECORDED)).toString().trim().split("\n").slice(1);
    const lines = rows.filter((row) => row.includes("EUR_USD") && row >= FIRST && row < LAST);
    const parsed = parseTickCsv(["time,instrument,bid,ask", ...lines]);
    const firstMs = parsed[0]?.timeMs ?? 0;
    const real = parsed.map(({ timeMs, bid, ask }) =>
      tick("EUR_USD", Math.floor((timeMs - firstMs) / SPEED), [bid, ask]),
    );
    const lastMs = real.at(-1)?.atMs ?? 0;
    const other = madeUpHour().filter(({ quote }) => quote.instrument === "USD_JPY");
    const both = [...real, ...other.filter(({ atMs }) => atMs <= lastMs)];
    await expectShown(both.toSorted((left, right) => left.atMs - right.atMs));
  });
});
