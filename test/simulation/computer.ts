import type { Plan } from "./plan.ts";

/** A computer of the user: its processes share its database and its clocks, and nothing with other computers. */
export type Computer = {
  readonly name: string;
  /** What the user calls the connection there. */
  readonly connection: string;
  /** Of the database that its processes share. */
  readonly path: string;
  /** What its monotonic clock shows when the run begins. */
  readonly monotonicStartMs: number;
  /** How far its wall clock is from the truth. */
  wallOffsetMs: number;
};

/** The one that all runs have, and those that come to it. */
const NAMES = ["desk", "laptop", "server"] as const;
const DAY_MS = 86_400_000;

export function computersOf(
  { computers, hasOwnNames }: Plan,
  pathOf: (name: string) => string,
): readonly Computer[] {
  return NAMES.slice(0, computers).map((name, index) => ({
    name,
    connection: hasOwnNames && index > 0 ? `paper-${name}` : "paper",
    path: pathOf(name),
    monotonicStartMs: index * 3 * DAY_MS,
    wallOffsetMs: 0,
  }));
}
