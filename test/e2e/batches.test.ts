import { beforeAll, describe, expect, it, vi } from "vitest";
import { type BatchVenue, type LogEntry, openBatchVenue } from "../support/batch-venue.ts";
import { priceAt } from "../support/orders.ts";
import { clockAhead, type Finished, finished, type Words } from "../support/program.ts";
import {
  aSignal,
  manySignals,
  type Signal,
  signalLines,
  writeSignals,
} from "../support/signals.ts";

/** `TMT_BATCHES=full`: the sizes that a desk of some size has; otherwise what a minute is enough for. */
const IS_FULL = process.env.TMT_BATCHES === "full";
const SIZES = IS_FULL
  ? { orders: 200, trades: 50, signals: 1000 }
  : { orders: 60, trades: 20, signals: 150 };
const MINUTES = 60_000;
const MOST_RUNS = 6;
const MOST_REQUESTS_PER_SECOND = 100;

vi.setConfig({ testTimeout: 30 * MINUTES, hookTimeout: 30 * MINUTES });

let venue: BatchVenue;

beforeAll(async () => {
  venue = await openBatchVenue();
});

type Batch = {
  readonly words: Words;
  /** Whether so much of it is done that it is to be killed, by the venue's log since the batch began. */
  readonly isUnderWay: (log: readonly LogEntry[]) => boolean;
};

/** What a user does whose batch was killed at a broker that fails: runs it again until it exits 0. */
async function throughFaults({ words, isUnderWay }: Batch) {
  const { user } = venue;
  const began = (await venue.log()).at(-1)?.id ?? "0";
  const followed = await venue.follow(isUnderWay);
  await venue.setFaults({ "http-500": 0.2 });
  await venue.maxPerSecond();
  const child = user.start(words);
  const whole = finished(child);
  await Promise.race([followed.fitted, whole]);
  child.kill("SIGKILL");
  const runs: Finished[] = [await whole];
  followed.stop();
  const rates = [await venue.maxPerSecond()];
  await venue.setFaults({ "lost-response": 0.2 });
  while (runs.length < MOST_RUNS && runs.at(-1)?.code !== 0) {
    await user.run("connect reset oanda");
    // Nothing of an earlier run can arrive any more.
    const env = IS_FULL ? {} : clockAhead(user, runs.length * MINUTES);
    runs.push(await user.run(words, { env }));
    rates.push(await venue.maxPerSecond());
    await venue.setFaults({});
  }
  const log = await venue.log(began);
  const codes = runs.map(({ code }) => code);
  if (IS_FULL) process.stderr.write(`${words}: exits ${codes}, at most ${rates} requests/s\n`);
  expect(Math.max(...rates)).toBeLessThanOrEqual(MOST_REQUESTS_PER_SECOND);
  return { log, codes, last: runs.at(-1) ?? runs[0] };
}

/** Sends signals without faults. */
async function prepare(signals: readonly Signal[]): Promise<void> {
  const stdin = signalLines(signals);
  const sent = await venue.user.run("order submit -c oanda --json --concurrency 20", { stdin });
  expect(sent.code, sent.stderr).toBe(0);
}

function idsOf(log: readonly LogEntry[], type: string): readonly (string | undefined)[] {
  return log.filter((entry) => entry.type === type).map(({ orderID }) => orderID);
}

async function shown<T>(words: string): Promise<readonly T[]> {
  return (await venue.user.run(`${words} -c oanda --json`)).json<T[]>();
}

describe("PR-01 HT-07 NW-03 killed half way at a broker that fails, and run again", () => {
  it(`order cancel --all takes each of ${SIZES.orders} orders back once`, async () => {
    const waiting = { type: "limit", price: await priceAt(venue.user, -200, "-c oanda") };
    await prepare(
      Array.from({ length: SIZES.orders }, (_, index) => aSignal(`wait-${index}`, waiting)),
    );
    const placed = (await shown<{ orderId: string }>("order list")).map(({ orderId }) => orderId);
    expect(placed.length).toBe(SIZES.orders);
    const { log, codes, last } = await throughFaults({
      words: "order cancel --all -c oanda --json",
      isUnderWay: (entries) => idsOf(entries, "ORDER_CANCEL").length >= SIZES.orders / 2,
    });
    expect([codes[0], codes.at(-1)], last?.stderr).toEqual([null, 0]);
    expect(idsOf(log, "ORDER_CANCEL").toSorted()).toEqual(placed.toSorted());
    expect(await shown("order list")).toEqual([]);
  });

  it(`positions close --all closes each of ${SIZES.trades} trades once, and opens none`, async () => {
    const names = (await shown<{ instrument: string }>("accounts instruments"))
      .map(({ instrument }) => instrument)
      .filter((name) => name !== "XAU_USD");
    const signals = Array.from({ length: SIZES.trades }, (_, index) =>
      aSignal(`hold-${index}`, { instrument: names[index % names.length], units: "10" }),
    );
    await venue.user.run("config set risk.maxSpreadPips 1000");
    await prepare(signals);
    const held = await shown<{ trades: { id: string }[] }>("positions");
    const trades = held.flatMap((position) => position.trades.map(({ id }) => id));
    expect(trades.length).toBe(SIZES.trades);
    const closedIn = (entries: readonly LogEntry[]) =>
      entries.flatMap(({ tradesClosed = [] }) => tradesClosed.map(({ tradeID }) => tradeID));
    const { log, codes, last } = await throughFaults({
      words: "positions close --all -c oanda --json",
      isUnderWay: (entries) => closedIn(entries).length >= SIZES.trades / 2,
    });
    expect([codes[0], codes.at(-1)], last?.stderr).toEqual([null, 0]);
    expect(closedIn(log).toSorted()).toEqual(trades.toSorted());
    expect(log.filter(({ tradeOpened, tradesReduced }) => tradeOpened ?? tradesReduced)).toEqual(
      [],
    );
    expect(await shown("positions")).toEqual([]);
  });

  it(`order submit makes one order of each of ${SIZES.signals} signals`, async () => {
    const signals = manySignals("batch", SIZES.signals);
    const path = writeSignals(venue.user, signals);
    const fills = (entries: readonly LogEntry[]) => idsOf(entries, "ORDER_FILL").length;
    const { log, codes, last } = await throughFaults({
      words: `order submit ${path} -c oanda --json --concurrency 20`,
      isUnderWay: (entries) => fills(entries) >= SIZES.signals / 3,
    });
    expect([codes[0], codes.at(-1)], last?.stderr).toEqual([null, 0]);
    const signalOf = new Map(
      log.map(({ id, clientExtensions }) => [
        id,
        /signal=([^;]*)/.exec(clientExtensions?.tag ?? "")?.[1],
      ]),
    );
    const filled = idsOf(log, "ORDER_FILL").map((id) => signalOf.get(id ?? ""));
    expect(filled.toSorted()).toEqual(signals.map(({ signalId }) => signalId).toSorted());
    const lines = last?.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(new Set(lines?.map(({ status }) => status))).toEqual(new Set(["filled"]));
    expect(lines?.length).toBe(SIZES.signals);
  });

  it("all of them leave whole records, and nothing unsettled", async () => {
    const later = { env: clockAhead(venue.user, MOST_RUNS * MINUTES) };
    const settled = await venue.user.run("order reconcile -c oanda --json", later);
    expect(settled.code, settled.stderr).toBe(0);
    expect((await venue.user.run("history verify")).code).toBe(0);
  });
});
