import { usageFailure } from "../../core/failures.ts";
import { type Instrument, instrumentNames } from "../../core/instrument.ts";
import { Decimal, decimal, parseDecimal, toPrice } from "../../core/money.ts";
import { type Instant, instantFromMs, instantToMs, parseInstant } from "../../core/time.ts";
import { listingOf, pairInstrument } from "./catalogue.ts";
import type { PriceHistory } from "./price-history.ts";
import {
  barBetween,
  buildRecording,
  decimalsOf,
  extremesBetween,
  indexAt,
  type RecordedTick,
  type Recording,
} from "./recording.ts";

export type RecordedFeedOptions = {
  /** When the first tick is presented. */
  readonly start: Instant;
  /** How many times as fast as it happened; 1 is as recorded. */
  readonly speed: number;
};

const UNLISTED_MARGIN_RATE = decimal("0.05");
const HEADER = "time,instrument,bid,ask";
const HINT = `After the header "${HEADER}" each line is like 2014-05-08T00:00:00.036Z,NZD_USD,0.86478,0.86503, oldest first.`;

/** Replays ticks in the order given. After its last tick an instrument isn't tradeable any more. */
export function openRecordedFeed(
  ticks: readonly RecordedTick[],
  options: RecordedFeedOptions,
): PriceHistory {
  const recordings = recordingsOf(ticks, presentedTimes(ticks[0]?.timeMs ?? 0, options));
  return {
    resolutionMs: 1,
    instruments: () => [...recordings.values()].map((recording) => recording.instrument),
    instrument: (name) => recordings.get(name)?.instrument ?? null,
    quoteAt(name, atMs) {
      const recording = recordings.get(name);
      const index = recording ? indexAt(recording.times, atMs) : -1;
      if (!recording || index < 0) return null;
      return {
        bid: priceOf(recording.bids[index], recording),
        ask: priceOf(recording.asks[index], recording),
        time: instantFromMs(recording.times[index] ?? 0),
        tradeable: atMs <= endOf(recording),
      };
    },
    rangeOf(name, fromMs, toMs) {
      const recording = recordings.get(name);
      if (!recording || toMs <= fromMs) return null;
      const last = indexAt(recording.times, toMs);
      if (last < 0) return null;
      const first = Math.max(0, indexAt(recording.times, fromMs + 1));
      const { bidLow, bidHigh, askLow, askHigh } = extremesBetween(recording, first, last);
      return {
        bidLow: priceOf(bidLow, recording),
        bidHigh: priceOf(bidHigh, recording),
        askLow: priceOf(askLow, recording),
        askHigh: priceOf(askHigh, recording),
        tradeable: fromMs < endOf(recording),
      };
    },
    firstTickFrom: (name, ms) => {
      const times = recordings.get(name)?.times;
      return times?.[indexAt(times, ms - 1) + 1] ?? null;
    },
    lastTickBefore: (name, ms) => {
      const times = recordings.get(name)?.times;
      return times?.[indexAt(times, ms - 1)] ?? null;
    },
    barOf(name, fromMs, toMs) {
      const recording = recordings.get(name);
      if (!recording) return null;
      const first = indexAt(recording.times, fromMs - 1) + 1;
      const last = indexAt(recording.times, toMs - 1);
      return first > last ? null : barBetween(recording, first, last);
    },
  };
}

/**
 * Reads lines of `time,instrument,bid,ask` with that header, sorted by time.
 * @throws Failure USAGE naming line, column and value of the first that can't be read.
 */
export function parseTickCsv(lines: Iterable<string>): readonly RecordedTick[] {
  const ticks: RecordedTick[] = [];
  const instrumentOf = namesByText();
  let number = 0;
  let newestMs = -Infinity;
  for (const text of lines) {
    number += 1;
    const row = text.trimEnd();
    if (number === 1) {
      if (row !== HEADER) throw cellFailure(1, "header", `"${row}" isn't "${HEADER}"`);
    } else if (row !== "") {
      const tick = parseRow(row, number, instrumentOf);
      if (tick.timeMs < newestMs) throw cellFailure(number, "time", "older than the line before");
      newestMs = tick.timeMs;
      ticks.push(tick);
    }
  }
  if (ticks.length === 0) throw usageFailure("The recording holds no quotes.", HINT);
  return ticks;
}

/** A recording repeats a few names, so each is looked at once. */
function namesByText(): (text: string) => string | undefined {
  const names = new Map<string, string | undefined>();
  return (text) => {
    if (!names.has(text)) names.set(text, instrumentNames(text)[0]);
    return names.get(text);
  };
}

function parseRow(
  row: string,
  line: number,
  instrumentOf: (text: string) => string | undefined,
): RecordedTick {
  const [time = "", name = "", bidText = "", askText = "", ...more] = row.split(",");
  if (more.length > 0) throw cellFailure(line, "after ask", "there are more than four columns");
  const instant = parseInstant(time);
  if (!instant) throw cellFailure(line, "time", `"${time}" isn't a time`);
  const instrument = instrumentOf(name);
  if (!instrument) throw cellFailure(line, "instrument", `"${name}" isn't an instrument's name`);
  const bid = parseDecimal(bidText);
  if (!bid?.isPositive()) throw cellFailure(line, "bid", `"${bidText}" isn't a price above zero`);
  const ask = parseDecimal(askText);
  if (!ask?.isPositive()) throw cellFailure(line, "ask", `"${askText}" isn't a price above zero`);
  if (ask.isLessThan(bid)) throw cellFailure(line, "ask", `${askText} is below the bid ${bidText}`);
  return { timeMs: instantToMs(instant), instrument, bid: bidText, ask: askText };
}

function cellFailure(line: number, column: string, problem: string) {
  const message = `The recording can't be read: line ${line}, ${column}: ${problem}. Nothing was started.`;
  return usageFailure(message, HINT);
}

function presentedTimes(firstMs: number, { start, speed }: RecordedFeedOptions) {
  const startMs = instantToMs(start);
  return (tickMs: number): number => startMs + Math.floor((tickMs - firstMs) / speed);
}

function recordingsOf(
  ticks: readonly RecordedTick[],
  present: (tickMs: number) => number,
): ReadonlyMap<string, Recording> {
  const groups = [...Map.groupBy(ticks, (tick) => tick.instrument)];
  const sorted = groups.sort(([left], [right]) => (left < right ? -1 : 1));
  return new Map(
    sorted.map(([name, group]) => {
      const instrument = recordedInstrument(name, decimalsOf(group));
      return [name, buildRecording(instrument, group, present)];
    }),
  );
}

/** As listed, or with the recording's own decimals where it has more. */
function recordedInstrument(name: string, precision: number): Instrument {
  const listed = listingOf(name)?.instrument;
  if (listed && precision <= listed.pricePrecision) return listed;
  const marginRate = listed?.marginRate ?? UNLISTED_MARGIN_RATE;
  return pairInstrument({ name, precision, marginRate });
}

function endOf({ times }: Recording): number {
  return times.at(-1) ?? -Infinity;
}

function priceOf(points = 0n, { instrument }: Recording) {
  return toPrice(new Decimal(points, instrument.pricePrecision));
}
