import type { TransactionEvent } from "../../src/ports/broker.ts";

/** Far longer than any stream here takes: it only ends a test that would wait for ever. */
const PATIENCE_MS = 20_000;

/** An open stream, read event by event. */
export type Reading<T> = {
  /** The next event. @throws the stream's failure, or an error when it has ended. */
  next(): Promise<T>;
  /** The next event that `isWanted` holds for; the others are dropped. */
  until<Wanted extends T>(isWanted: (event: T) => event is Wanted): Promise<Wanted>;
  /** Ends the stream as its reader: by the signal. Resolves when it has ended, with a failure or quietly. */
  stop(): Promise<void>;
  /** Lets the iterator go, as `break` does. */
  leave(): Promise<void>;
};

export function read<T>(open: (options: { signal: AbortSignal }) => AsyncIterable<T>): Reading<T> {
  const controller = new AbortController();
  const iterator = open({ signal: controller.signal })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await inTime(iterator.next());
    if (done) throw new Error("the stream has ended");
    return value;
  };
  return {
    next,
    async until<Wanted extends T>(isWanted: (event: T) => event is Wanted) {
      for (;;) {
        const event = await next();
        if (isWanted(event)) return event;
      }
    },
    async stop() {
      const rest = iterator.next();
      controller.abort();
      let step = await inTime(rest);
      while (!step.done) step = await inTime(iterator.next());
    },
    async leave() {
      await inTime(Promise.resolve(iterator.return?.()));
    },
  };
}

export type Entry = Extract<TransactionEvent, { type: "transaction" }>;
export type Beat = Extract<TransactionEvent, { type: "heartbeat" }>;

export function isEntry(event: TransactionEvent): event is Entry {
  return event.type === "transaction";
}

export function isBeat(event: TransactionEvent): event is Beat {
  return event.type === "heartbeat";
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came in ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
