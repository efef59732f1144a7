import type { Desk } from "../../src/trading/desk.ts";

/** The parts of a desk that a promise rests on. */
export type DeskParts = Pick<Desk, "broker" | "journal" | "halts" | "dayBook">;

/** Makes parts that break one promise, of parts that keep it. */
export type Defect = (parts: DeskParts) => DeskParts;

export const honest: Defect = (parts) => parts;
