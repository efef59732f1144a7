import { Failure } from "../core/failures.ts";
import type { Instant } from "../core/time.ts";

/** The kill switch, shared by all processes of the user. It stays until resumed. */
export interface HaltSwitch {
  /** The halt in force for `connection`: its own, or the one for all connections. */
  haltOf(connection: string): Promise<Halt | null>;
  /** `connection` null halts every connection. Halting twice keeps the first. */
  halt(connection: string | null, halt: Halt): Promise<void>;
  /** Lifts the halt of `connection`, or every halt for null. Whether there was one to lift. */
  resume(connection: string | null): Promise<boolean>;
}

export type Halt = { readonly since: Instant; readonly reason: string };

/** Why an order that had passed its review doesn't leave after all. */
export function overtakenByHalt({ since, reason }: Halt, connection: string): Failure {
  return new Failure(
    "TRADING_HALTED",
    `Trading was halted at ${since} (${reason}), just before the order left. Nothing was sent.`,
    {
      hint: `Lift it with: tmt-broker connect resume ${connection}. Closing positions stays possible.`,
    },
  );
}
