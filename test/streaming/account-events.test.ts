import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { ZERO } from "../../src/core/money.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import type { TransactionEvent } from "../../src/ports/broker.ts";
import { NO_STREAM_PLACE } from "../../src/ports/stream-places.ts";
import { type EventsState, followAccount } from "../../src/streaming/account-events.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { NOON } from "../support/market.ts";

function entry(id: number | string): Transaction {
  const money = { realizedPl: ZERO, commission: ZERO, financing: ZERO, amount: ZERO };
  const nothing = { instrument: null, side: null, units: null, price: null, balance: null };
  const ids = { orderId: null, tradeId: null, clientOrderId: null, signalId: null, agent: null };
  return {
    id: `${id}`,
    time: NOON,
    type: "fill",
    brokerType: "ORDER_FILL",
    ...money,
    ...nothing,
    ...ids,
    trades: [],
  };
}

const told = (id: number | string): TransactionEvent => ({
  type: "transaction",
  transaction: entry(id),
});
const beat = (lastTransactionId: number | string): TransactionEvent => ({
  type: "heartbeat",
  time: NOON,
  lastTransactionId: `${lastTransactionId}`,
});
const cut = new Failure("BROKER_UNAVAILABLE", "The line is down.", { retryable: true });

/** What the broker does: events of each stream that is opened, and the ids in its log at each reading. */
type Script = {
  readonly streams: readonly (readonly (TransactionEvent | (() => void))[])[];
  readonly log: () => readonly (number | string)[];
  readonly failReads?: number;
  readonly sinceId?: string;
};

/** Lets everything that is due happen. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

async function follow({ streams, log, failReads = 0, sinceId = "10" }: Script) {
  const stop = new AbortController();
  const heard: { readonly id: string; readonly isBackfilled: boolean }[] = [];
  const states: EventsState["kind"][] = [];
  const trace: string[] = [];
  let opened = 0;
  let reads = 0;
  const failure = await followAccount({
    clock: new FakeClock(),
    random: () => 1,
    signal: stop.signal,
    hasStream: true,
    sinceId,
    broker: {
      async *streamTransactions() {
        const events = streams[opened];
        opened += 1;
        if (!events) return stop.abort();
        for (const event of events) {
          if (typeof event === "function") event();
          else yield event;
          await settle();
        }
        throw cut;
      },
      async transactionsSince(id) {
        reads += 1;
        if (reads <= failReads) throw cut;
        const numbers = log();
        const after = numbers.findIndex((each) => BigInt(each) > BigInt(id));
        return after < 0 ? [] : numbers.slice(after, after + 1000).map(entry);
      },
    },
    onTransaction({ id }, isBackfilled) {
      heard.push({ id, isBackfilled });
      trace.push(id);
    },
    onState({ kind }) {
      states.push(kind);
      trace.push(kind);
    },
  });
  return { failure, heard, ids: heard.map(({ id }) => Number(id)), states, trace, reads };
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

type Step = "told" | "lost" | "again" | "beat" | "cut";

/** Streams on which the steps happen; `happen` is called when a transaction comes into the log. */
function planOf(steps: readonly Step[], happen: (id: number) => void) {
  let planned = 10;
  const next = (): (() => void) => {
    planned += 1;
    const id = planned;
    return () => happen(id);
  };
  const events: Readonly<Record<Exclude<Step, "cut">, () => (TransactionEvent | (() => void))[]>> =
    {
      told: () => [next(), told(planned)],
      lost: () => [next()],
      again: () => [told(Math.max(9, planned - 1))],
      beat: () => [beat(planned)],
    };
  const streams: (TransactionEvent | (() => void))[][] = [[]];
  for (const step of steps) {
    if (step === "cut") streams.push([]);
    else streams.at(-1)?.push(...events[step]());
  }
  // The last one lasts until all is told.
  streams.push([beat(planned), beat(planned), beat(planned)]);
  return { streams, planned };
}

describe("an account's transactions", () => {
  it("are told as they come, once what was before them is known", async () => {
    const { heard, trace } = await follow({
      streams: [[beat(10), told(11), told(12)]],
      log: () => upTo(10),
    });
    expect(heard.map(({ id, isBackfilled }) => [id, isBackfilled])).toEqual([
      ["11", false],
      ["12", false],
    ]);
    expect(trace.slice(0, 5)).toEqual(["down", "catching_up", "live", "11", "12"]);
  });

  it("ST-08 that were missed are read before anything newer is told, and nothing is live until then", async () => {
    let last = 10;
    const { ids, heard, trace } = await follow({
      streams: [
        [beat(10), told(11)],
        [
          () => {
            last = 15;
          },
          told(15),
          beat(15),
        ],
      ],
      log: () => upTo(last),
    });
    expect(ids).toEqual([11, 12, 13, 14, 15]);
    expect(heard.filter(({ isBackfilled }) => isBackfilled).map(({ id }) => Number(id))).toEqual([
      12, 13, 14,
    ]);
    const again = trace.slice(trace.lastIndexOf("down", trace.indexOf("12")));
    expect(again.indexOf("live")).toBeGreaterThan(again.indexOf("15"));
  });

  it("that happen before the first stream has begun to tell are not called missed", async () => {
    const { heard } = await follow({ streams: [[beat(12), told(13)]], log: () => upTo(12) });
    expect(heard).toEqual([
      { id: "11", isBackfilled: false },
      { id: "12", isBackfilled: false },
      { id: "13", isBackfilled: false },
    ]);
  });

  it("that come over the stream while the log is read are not called missed", async () => {
    let last = 10;
    const { heard } = await follow({
      streams: [
        [beat(10)],
        [
          () => {
            last = 12;
          },
          told(12),
          beat(12),
        ],
      ],
      log: () => upTo(last),
    });
    expect(heard).toEqual([
      { id: "11", isBackfilled: true },
      { id: "12", isBackfilled: false },
    ]);
  });

  it("ST-08 a gap whose reading fails twice is closed the third time, in order and whole", async () => {
    const { ids, states, reads } = await follow({
      streams: [[beat(14), beat(14), beat(14)]],
      log: () => upTo(14),
      failReads: 2,
    });
    expect(ids).toEqual([11, 12, 13, 14]);
    expect(reads).toBeGreaterThanOrEqual(3);
    expect(states.filter((state) => state === "catching_up").length).toBeGreaterThanOrEqual(3);
    expect(states.indexOf("live")).toBeGreaterThan(states.lastIndexOf("catching_up"));
  });

  it("ST-04 that come by the log first and over the stream later are told once", async () => {
    const { ids } = await follow({
      streams: [[beat(10), told(12), told(11), told(12), told(13)]],
      log: () => upTo(12),
    });
    expect(ids).toEqual([11, 12, 13]);
  });

  it("a jump in the ids is a gap, although the stream never ended", async () => {
    let last = 10;
    const jump = () => {
      last = 14;
    };
    const { ids, heard } = await follow({
      streams: [[beat(10), told(11), jump, told(14), told(15)]],
      log: () => upTo(last),
    });
    expect(ids).toEqual([11, 12, 13, 14, 15]);
    expect(heard[1]).toEqual({ id: "12", isBackfilled: true });
  });

  it("a heartbeat that names a transaction nobody was told of is a gap", async () => {
    const { ids } = await follow({ streams: [[beat(10), beat(12)]], log: () => upTo(12) });
    expect(ids).toEqual([11, 12]);
  });

  it("a log that lags behind its stream is read until it has what the stream told of", async () => {
    let reads = 0;
    const { ids } = await follow({
      streams: [[beat(10), told(13), beat(13)]],
      log: () => {
        reads += 1;
        return upTo(reads < 4 ? 10 : 13);
      },
    });
    expect(ids).toEqual([11, 12, 13]);
  });

  it("a gap of more than a thousand is read page by page", async () => {
    const { ids } = await follow({ streams: [[beat(3_500)]], log: () => upTo(3_500) });
    expect(ids).toEqual(upTo(3_500).slice(10));
  });

  it("for all cuts, repetitions and losses are told once, in order and without a gap", async () => {
    const step = fc.oneof(
      fc.constant("told" as const),
      fc.constant("lost" as const),
      fc.constant("again" as const),
      fc.constant("beat" as const),
      fc.constant("cut" as const),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 0, max: 2 }),
        async (steps, failReads) => {
          let last = 10;
          const { streams, planned } = planOf(steps, (id) => {
            last = id;
          });
          const { ids } = await follow({ streams, log: () => upTo(last), failReads });
          expect(ids).toEqual(upTo(planned).slice(10));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("are asked for every two seconds where the broker has no stream, or no place for one", async () => {
    for (const hasStream of [true, false]) {
      const clock = new FakeClock();
      const stop = new AbortController();
      const ids: string[] = [];
      let last = 11;
      await followAccount({
        clock,
        random: () => 1,
        signal: stop.signal,
        hasStream,
        sinceId: "10",
        broker: {
          // biome-ignore lint/correctness/useYield: it has no place for anybody.
          async *streamTransactions() {
            throw new Failure("RATE_LIMITED", "Full.", { details: { reason: NO_STREAM_PLACE } });
          },
          async transactionsSince(id) {
            if (last === 14) stop.abort();
            last += 1;
            return upTo(last).slice(Number(id)).map(entry);
          },
        },
        onTransaction: ({ id }) => ids.push(id),
        onState: () => undefined,
      });
      expect(ids.slice(0, 3)).toEqual(["11", "12", "13"]);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });
});
