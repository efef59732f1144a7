import type { Price } from "../../src/core/money.ts";
import type { Broker, BrokerConnection } from "../../src/ports/broker.ts";

/** A fresh, flat account at an open market, for one test. */
export type BrokerUnderTest = {
  readonly connection: BrokerConnection;
  /** The account, one of `connection.accounts()`. */
  readonly broker: Broker;
  /** Something it trades; a few thousand units are affordable. */
  readonly instrument: string;
  /** Something else that it trades; null where there is only one. */
  readonly otherInstrument: string | null;
  /** A size that is on offer; the account's margin carries it at least once and fewer than ten times. */
  readonly largeUnits: string;
  /** Affordable, but more than is on offer; null where the venue fills any size. */
  readonly unfillableUnits: string | null;
  /** Whether the account may have guaranteed stops. */
  readonly hasGuaranteedStops: boolean;
  /** What the test can make happen at the venue; null where nothing (a broker's own practice environment). */
  readonly venue: VenueControls | null;
  /** Closes everything that was opened for the test. */
  cleanup(): Promise<void>;
};

export type VenueControls = {
  /** Sets an instrument's prices, later than everything that has happened so far. */
  price(instrument: string, prices: { readonly bid: Price; readonly ask: Price }): Promise<void>;
  /** Closes the market in an instrument: its last prices stay, and nothing is traded at them. */
  halt(instrument: string): Promise<void>;
  /** Lets so much time pass at once. */
  pass(ms: number): Promise<void>;
  /** What can go wrong on the way; nothing does where the venue is in the adapter's own process. */
  readonly faults: {
    /** The next request that changes something is carried out, and its answer lost. */
    readonly loseAnswer?: () => void;
    /** The next request that changes something never reaches the venue's books. */
    readonly loseRequest?: () => void;
    /** Every open stream ends at its next line. */
    readonly dropStreams?: () => void;
    /** Every open stream says nothing any more, for longer than any broker does. */
    readonly silenceStreams?: () => void;
  };
};
