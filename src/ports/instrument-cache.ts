import type { Instrument } from "../core/instrument.ts";
import type { Instant } from "../core/time.ts";

/** Instrument data changes rarely: kept for five minutes, shared by all processes. */
export interface InstrumentCache {
  /** With `names` at least those of them that are known: the others cost a one-shot order time. */
  read(
    connection: string,
    account: string,
    names?: readonly string[],
  ): Promise<CachedInstruments | null>;
  write(connection: string, account: string, entry: CachedInstruments): Promise<void>;
}

export type CachedInstruments = {
  readonly instruments: readonly Instrument[];
  readonly readAt: Instant;
};
