import { Failure, type FailureCode, usageFailure } from "../core/failures.ts";
import type { Instrument } from "../core/instrument.ts";
import { instantFromMs, instantToMs } from "../core/time.ts";
import { requirePrecision, requireWholeSteps } from "./check-price.ts";
import { type Desk, instrumentIn, instrumentsOf } from "./desk.ts";
import type { ExitRequest, OrderDraft } from "./order-draft.ts";
import { standingOf } from "./place-signal.ts";
import { differenceOf, signalContent } from "./signal-content.ts";
import { validateSize } from "./validate-size.ts";

/** One signal of a file, and the line it stands in, from 1. */
export type SignalLine = { readonly line: number; readonly draft: OrderDraft };

/** A signal that may be submitted: with its instrument's own name. */
export type CheckedSignal = SignalLine & {
  /** Whether it has made an order before: it answers with that one's outcome. */
  readonly isKnown: boolean;
};

/** What is wrong with one line. */
export type LineProblem = {
  readonly line: number;
  readonly key: string | null;
  readonly failure: Failure;
};

export type CheckedSignals = {
  /** Each signal once, in the order of the lines. */
  readonly signals: readonly CheckedSignal[];
  readonly problems: readonly LineProblem[];
};

/** What a line can be wrong about; any other failure isn't the line's. */
const FAULTS: ReadonlySet<FailureCode> = new Set([
  ...(["USAGE", "INVALID_UNITS", "INVALID_PRICE", "INSTRUMENT_NOT_FOUND"] as const),
]);

/**
 * All that can be told of signals before any of them is sent, without a price: whether their instruments are there, take
 * their sizes and prices, and whether a signal id stands for one order only, here and in the journal.
 * @throws Failure when the instruments or the journal can't be read; nothing was sent.
 */
export async function checkSignals(
  desk: Desk,
  lines: readonly SignalLine[],
): Promise<CheckedSignals> {
  const seen = new Map<string, CheckedSignal>();
  const problems: LineProblem[] = [];
  const instruments = await instrumentsOf(desk);
  for (const line of lines) {
    try {
      const { name } = desk.profile;
      const instrument = instrumentIn(instruments, line.draft.instrument, name);
      const signal = await checkSignal(desk, line, instrument);
      const signalId = signal.draft.origin.signalId ?? "";
      const first = seen.get(signalId);
      if (first) requireEqual(first, signal);
      else seen.set(signalId, signal);
    } catch (error) {
      if (!(error instanceof Failure && FAULTS.has(error.code))) throw error;
      problems.push({ line: line.line, key: null, failure: error });
    }
  }
  return { signals: [...seen.values()], problems };
}

async function checkSignal(
  desk: Desk,
  { line, draft }: SignalLine,
  instrument: Instrument,
): Promise<CheckedSignal> {
  const named = { ...draft, instrument: instrument.name };
  if (draft.size.kind === "units") validateSize(draft.size.units, instrument);
  checkPrices(draft, instrument);
  const { kind } = await standingOf(desk, named, instrument.name);
  if (kind === "free") requireFuture(draft, instantToMs(desk.clock.now()));
  return { line, draft: named, isKnown: kind === "made" };
}

function checkPrices(draft: OrderDraft, instrument: Instrument): void {
  const { terms, stopLoss, takeProfit, trailingStop } = draft;
  if (terms.type !== "market") requirePrecision("price", terms.price, instrument);
  checkExit("stopLoss", stopLoss, instrument);
  checkExit("takeProfit", takeProfit, instrument);
  checkExit("trailingStop", trailingStop, instrument);
}

function checkExit(name: string, exit: ExitRequest | null, instrument: Instrument): void {
  if (exit?.kind === "price") requirePrecision(name, exit.price, instrument);
  if (exit?.kind === "pips") requireWholeSteps(name, exit.pips, instrument);
}

/** An order that was made before may have expired since; a new one may not. */
function requireFuture({ terms }: OrderDraft, nowMs: number): void {
  if (terms.type === "market" || terms.expiresAt === null) return;
  if (terms.expiresAt > instantFromMs(nowMs)) return;
  throw usageFailure(`expiresAt ${terms.expiresAt} is in the past.`, "Give a time to come.");
}

function requireEqual(first: CheckedSignal, second: CheckedSignal): void {
  const [before, now] = [first, second].map(({ draft }) => signalContent(draft, draft.instrument));
  const difference = differenceOf(before ?? "", now ?? "");
  if (difference === null) return;
  throw usageFailure(
    `signalId "${first.draft.origin.signalId}" stands in line ${first.line} already, and there it is another order: ${difference}.`,
    "A new order needs a signal id of its own.",
  );
}
