import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { User, WireTransaction } from "./program.ts";

export type Signal = Readonly<Record<string, unknown>>;

/** A signal to buy 100 EUR_USD, with the parts named in `changes` replaced; undefined leaves one out. */
export function aSignal(signalId: string, changes: Signal = {}): Signal {
  return { signalId, agent: "test", instrument: "EUR_USD", side: "buy", units: "100", ...changes };
}

export function signalLines(signals: readonly Signal[]): string {
  return signals.map((signal) => `${JSON.stringify(signal)}\n`).join("");
}

/** Signals `prefix-0`, `prefix-1`, … of several instruments, bought and sold in turn. */
export function manySignals(prefix: string, count: number): readonly Signal[] {
  const instruments = ["EUR_USD", "GBP_USD", "USD_JPY", "AUD_USD"];
  return Array.from({ length: count }, (_, index) =>
    aSignal(`${prefix}-${index}`, {
      instrument: instruments[index % instruments.length],
      side: index % 9 === 8 ? "sell" : "buy",
    }),
  );
}

export function writeSignals(user: User, signals: readonly Signal[]): string {
  const path = join(user.home, "signals.jsonl");
  writeFileSync(path, signalLines(signals));
  return path;
}

/** How many orders each signal made, by the venue's own log of fills. */
export function fillsBySignal(log: readonly WireTransaction[]): Readonly<Record<string, number>> {
  const signalOf = new Map(
    log.map(({ id, clientExtensions }) => [
      id,
      /signal=([^;]*)/.exec(clientExtensions?.tag ?? "")?.[1],
    ]),
  );
  const counts: Record<string, number> = {};
  for (const { type, orderID } of log) {
    const signal = type === "ORDER_FILL" && orderID ? signalOf.get(orderID) : undefined;
    if (signal !== undefined) counts[signal] = (counts[signal] ?? 0) + 1;
  }
  return counts;
}

/** Each of the signals once. */
export function onceEach(signals: readonly Signal[]): Readonly<Record<string, number>> {
  return Object.fromEntries(signals.map(({ signalId }) => [signalId, 1]));
}
