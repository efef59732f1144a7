export type Promised = "P1" | "P2" | "P3" | "P4" | "P5" | "P6" | "told";

export type Violation = {
  readonly promise: Promised;
  readonly atMs: number;
  readonly what: string;
};
