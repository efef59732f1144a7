import { usageFailure } from "../../core/failures.ts";

/** Every fault the server can be asked for, in the order in which they are tried. */
export const FAULT_KINDS = [
  "latency",
  "http-500",
  "http-429",
  "http-html-502",
  "reset",
  "stall",
  "partial-fill",
  "stop-refused",
  "lost-response",
  "malformed",
  "stream-drop",
  "stream-silent",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault and how often: a share of requests (of lines, for streams) from 0 to 1; for latency milliseconds. */
export type Fault = { readonly kind: FaultKind; readonly rate: number };

/** A request that a fault may hit; its path is without the query. */
export type FaultTarget = { readonly method: string; readonly path: string };

/** Which requests an ordered fault waits for; absent parts match all, and it hits once unless told. */
export type FaultMatch = {
  readonly method?: string;
  readonly path?: RegExp;
  readonly times?: number;
};

/** A fault that waits for its request. */
export type OrderedFault = {
  readonly kind: FaultKind;
  readonly match: FaultMatch;
  /** How many more requests it hits. */
  readonly left: number;
};

export interface Faults {
  /** The rates in force, and the ordered faults that still wait. */
  rates(): readonly Fault[];
  waiting(): readonly OrderedFault[];
  /** Puts these rates in the place of all others. */
  setRates(rates: readonly Fault[]): void;
  /** Takes back every rate and every ordered fault. */
  clear(): void;
  /** Hits the next matching request with `kind`, before any rate is tried. */
  next(kind: FaultKind, match?: FaultMatch): void;
  /** Milliseconds to wait before the request is looked at. */
  latencyMs(): number;
  /** The fault this request suffers, of `kinds`. Each call decides anew. */
  pick<Kind extends FaultKind>(target: FaultTarget, kinds: readonly Kind[]): Kind | undefined;
}

type Ordered = OrderedFault & { left: number };

const LATENCY_MS_MAX = 600_000;
const RATE_TEXT = /^\d{1,6}(\.\d{1,6})?$/;

/** Reads `KIND=RATE`. @throws Failure USAGE naming the legal kinds or the legal range. */
export function parseFault(text: string): Fault {
  const [name, value = "", ...rest] = text.split("=");
  const kind = faultKindOf(name);
  if (!kind) {
    throw usageFailure(`unknown fault "${name}"`, `Use KIND=RATE with ${FAULT_KINDS.join(", ")}.`);
  }
  const rate = RATE_TEXT.test(value) && rest.length === 0 ? Number(value) : Number.NaN;
  if (!isRateOf(kind, rate)) {
    throw usageFailure(
      `"${value}" is no rate for ${kind}`,
      `Give ${rangeOf(kind)}, e.g. ${kind}=1.`,
    );
  }
  return { kind, rate };
}

/** The kind of that name; undefined when there is none. */
export function faultKindOf(name: unknown): FaultKind | undefined {
  return FAULT_KINDS.find((known) => known === name);
}

export function isRateOf(kind: FaultKind, rate: number): boolean {
  return rate >= 0 && rate <= (kind === "latency" ? LATENCY_MS_MAX : 1);
}

/** The legal rates of a kind, in words. */
export function rangeOf(kind: FaultKind): string {
  return kind === "latency" ? `milliseconds up to ${LATENCY_MS_MAX}` : "a share from 0 to 1";
}

/** Decides which requests fail; the same seed and requests give the same faults. */
export function createFaults(rates: readonly Fault[], seed: number): Faults {
  const rateOf = new Map<FaultKind, number>();
  const random = randomShares(seed);
  const ordered: Ordered[] = [];
  const setRates: Faults["setRates"] = (faults) => {
    rateOf.clear();
    for (const { kind, rate } of faults) if (rate > 0) rateOf.set(kind, rate);
  };
  setRates(rates);
  return {
    rates: () => [...rateOf].map(([kind, rate]) => ({ kind, rate })),
    waiting: () => ordered.map((entry) => ({ ...entry })),
    setRates,
    clear: () => {
      rateOf.clear();
      ordered.length = 0;
    },
    next: (kind, match = {}) => ordered.push({ kind, match, left: match.times ?? 1 }),
    latencyMs: () => rateOf.get("latency") ?? 0,
    pick: (target, kinds) => {
      if (ordered.length === 0 && rateOf.size === 0) return undefined;
      return (
        takeOrdered(ordered, target, kinds) ??
        kinds.find((kind) => {
          const rate = rateOf.get(kind) ?? 0;
          return rate > 0 && canHit(kind, target) && random() < rate;
        })
      );
    },
  };
}

/** Only what changes an account can be carried out and then lost: a read that gets no answer is a reset. */
function canHit(kind: FaultKind, { method }: FaultTarget): boolean {
  return kind !== "lost-response" || method !== "GET";
}

function takeOrdered<Kind extends FaultKind>(
  ordered: Ordered[],
  target: FaultTarget,
  kinds: readonly Kind[],
): Kind | undefined {
  for (const [index, entry] of ordered.entries()) {
    const kind = kinds.find((wanted) => wanted === entry.kind);
    if (kind === undefined || !fits(entry.match, target)) continue;
    entry.left -= 1;
    if (entry.left <= 0) ordered.splice(index, 1);
    return kind;
  }
  return undefined;
}

function fits({ method, path }: FaultMatch, target: FaultTarget): boolean {
  return (method ?? target.method) === target.method && (path?.test(target.path) ?? true);
}

/** Shares in [0, 1) by a 32-bit counter and a mixing function: reproducible, and good enough for faults. */
function randomShares(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
