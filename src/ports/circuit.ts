import type { Circuit } from "../core/circuit.ts";

/** The circuit breakers of all connections, shared by all processes of the user. They survive each of them. */
export interface CircuitStore {
  read(connection: string): Promise<Circuit>;
  /** Replaces a circuit by what `change` makes of it, as one step over all processes; null leaves it as it is. */
  update(connection: string, change: CircuitChange): Promise<Circuit>;
  /** Closes the circuit of `connection`, or all for null; the names of those that were open or had failures. */
  reset(connection: string | null): Promise<readonly string[]>;
}

export type CircuitChange = (circuit: Circuit) => Circuit | null;
