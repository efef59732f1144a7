import { expect } from "vitest";
import { type Decimal, decimal, toUnits, type Units } from "../../src/core/money.ts";
import type { DoneOutcome, OrderOutcome } from "../../src/core/order.ts";

export type Filled = Extract<OrderOutcome, { fills: readonly unknown[] }>;
export type Refused = Extract<OrderOutcome, { rejection: unknown }>;

export function filled(outcome: OrderOutcome): Filled {
  if (!("fills" in outcome)) throw new Error(`not filled: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function pending(outcome: OrderOutcome): Extract<OrderOutcome, { status: "pending" }> {
  if (outcome.status !== "pending") throw new Error(`not pending: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function done(outcome: OrderOutcome): DoneOutcome {
  if (outcome.status !== "done") throw new Error(`not done: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function expectRefusal(outcome: OrderOutcome): Refused {
  if (!("rejection" in outcome)) throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** That a request was refused, by the broker or before it was sent: nothing of it is done. */
export async function expectNotDone(outcome: Promise<OrderOutcome>): Promise<void> {
  const answer = await outcome.catch((reason: unknown) => reason);
  const isRefused = answer instanceof Error || expectAnswer(answer);
  expect(isRefused, JSON.stringify(answer)).toBe(true);
  if (answer instanceof Error) expect(answer).toMatchObject({ name: "Failure", sent: false });
}

/** That what a request was about isn't there: told by the broker, or found out before anything was sent. */
export async function expectMissing(
  outcome: Promise<OrderOutcome>,
  code: "ORDER_NOT_FOUND" | "POSITION_NOT_FOUND",
): Promise<void> {
  const answer = await outcome.catch((reason: unknown) => reason);
  if (answer instanceof Error) expect(answer).toMatchObject({ name: "Failure", code, sent: false });
  else expect(answer).toMatchObject({ rejection: { code } });
}

function expectAnswer(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "rejection" in answer;
}

export function only<T>(values: readonly T[]): T {
  const [value] = values;
  if (value === undefined || values.length !== 1) {
    throw new Error(`expected one, got ${values.length}`);
  }
  return value;
}

export function units(text: string): Units {
  return toUnits(decimal(text));
}

/** Compares amounts: `1.50` is `1.5`. */
export function expectDecimal(actual: Decimal | null | undefined, expected: Decimal): void {
  expect(actual?.toString()).toBe(expected.toString());
}

/** Compares what would be printed, so that the amounts `1.50` and `1.5` are the same. */
export function expectSame(actual: unknown, expected: unknown): void {
  expect(JSON.parse(JSON.stringify(actual))).toEqual(JSON.parse(JSON.stringify(expected)));
}

export function required<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("it isn't there");
  return value;
}
