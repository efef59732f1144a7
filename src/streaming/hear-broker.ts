import type { Failure, FailureCode } from "../core/failures.ts";
import type { Broker, TransactionEvent } from "../ports/broker.ts";
import { keepOpen, type StreamState, type StreamTiming } from "./connection.ts";
import { isWithoutPlace } from "./polling.ts";

export type HearOptions = StreamTiming & {
  readonly broker: Pick<Broker, "streamTransactions">;
  /** Resolves when the broker is heard in another way. */
  readonly heard: Promise<void>;
  readonly onState: (state: StreamState) => void;
  readonly signal: AbortSignal;
};

const AWAY: ReadonlySet<FailureCode> = new Set(["BROKER_UNAVAILABLE", "TIMEOUT", "CIRCUIT_OPEN"]);

/** Whether the broker, or the way to it, is what failed. */
export function isAway({ code }: Failure): boolean {
  return AWAY.has(code);
}

/**
 * Waits until a broker that was away is heard: something has come over a stream, which is tried every four seconds at the
 * least and which no breaker counts, or prices have. False where no stream is to be had, so that this says nothing.
 */
export async function hearBroker(options: HearOptions): Promise<boolean> {
  const { broker, signal, heard } = options;
  const enough = new AbortController();
  let isHeard = false;
  const hear = () => {
    isHeard = true;
    enough.abort("heard");
  };
  void heard.then(hear);
  await keepOpen<TransactionEvent>({
    ...options,
    signal: AbortSignal.any([signal, enough.signal]),
    async *open(own) {
      try {
        yield* broker.streamTransactions({ signal: own });
      } catch (error) {
        if (isWithoutPlace(error)) enough.abort("no place");
        throw error;
      }
    },
    onEvent: hear,
  });
  return isHeard;
}
