import { Failure, type FailureCode } from "../core/failures.ts";
import type { Instrument } from "../core/instrument.ts";
import type { Quote } from "../core/quote.ts";
import { addMs, type Instant, msBetween } from "../core/time.ts";
import { snapshotOf } from "../ports/balance-book.ts";
import type { AccountState } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import type { LastAnswer, LastAnswers } from "../ports/last-answers.ts";
import { type Desk, instrumentsOf } from "./desk.ts";

/** What was read, or what the broker last said where it can't be reached. Only to be shown. */
export type Reading<T> = { readonly value: T; readonly stale: Staleness | null };

export type Staleness = {
  /** No later than the moment the value is of. */
  readonly asOf: Instant;
  readonly ageMs: number;
  /** Why there is nothing newer. */
  readonly failure: Failure;
};

/** Whoever looks at an account again and again leaves one snapshot of it in so much time. */
const SNAPSHOTS_APART_MS = 900_000;

const UNREACHABLE: ReadonlySet<FailureCode> = new Set([
  "BROKER_UNAVAILABLE",
  "CIRCUIT_OPEN",
  "RATE_LIMITED",
  "TIMEOUT",
]);

/** The account's state: the broker's own, or its last. @throws Failure when neither is to be had. */
export function readState(desk: Desk, answers: LastAnswers): Promise<Reading<AccountState>> {
  const account = { connection: desk.profile.name, account: desk.account.id };
  return readOrLast(desk, {
    ask: async () => {
      const state = await desk.broker.state();
      const snapshot = snapshotOf(state.account);
      await desk.balances.keep(account, snapshot, SNAPSHOTS_APART_MS).catch(ignoreStorage);
      return state;
    },
    keep: (answer) => answers.keepState(account, answer),
    last: () => answers.state(account),
  });
}

/** As `readState`, for the quotes of `names`; of those that the broker last gave some may be missing. */
export function readQuotes(
  desk: Desk,
  names: readonly string[],
  answers: LastAnswers,
): Promise<Reading<readonly Quote[]>> {
  const account = { connection: desk.profile.name, account: desk.account.id };
  return readOrLast(desk, {
    ask: async () => (await desk.broker.quotes(names)).quotes,
    keep: (answer) => answers.keepQuotes(account, answer),
    last: () => answers.quotes(account),
  });
}

/** The quotes that go with a state that is stale: no newer ones, and nobody is asked; none where none are known. */
export async function lastQuotes(
  desk: Desk,
  answers: LastAnswers,
  { failure }: Staleness,
): Promise<Reading<readonly Quote[]>> {
  const account = { connection: desk.profile.name, account: desk.account.id };
  const last = await answers.quotes(account);
  return (last && stale(last, { clock: desk.clock, failure })) ?? { value: [], stale: null };
}

/** The account's instruments, however old where the broker can't be reached: they hardly change. */
export async function readInstruments(desk: Desk): Promise<readonly Instrument[]> {
  try {
    return await instrumentsOf(desk);
  } catch (error) {
    const known = isUnreachable(error)
      ? await desk.instruments.read(desk.profile.name, desk.account.id)
      : null;
    if (!known) throw error;
    return known.instruments;
  }
}

/** The older of two; null when neither is stale. */
export function olderOf(left: Staleness | null, right: Staleness | null): Staleness | null {
  if (!left || !right) return left ?? right;
  return left.ageMs >= right.ageMs ? left : right;
}

type Source<T> = {
  readonly ask: () => Promise<T>;
  readonly keep: (answer: LastAnswer<T>) => Promise<void>;
  readonly last: () => Promise<LastAnswer<T> | null>;
};

async function readOrLast<T>(desk: Desk, { ask, keep, last }: Source<T>): Promise<Reading<T>> {
  const { clock } = desk;
  const askedAt = clock.now();
  const askedMonotonicMs = clock.monotonicMs();
  try {
    const value = await ask();
    if (desk.profile.environment !== "paper") {
      // What can't be kept is missed only when the broker is away: no reason to hide what it says now.
      await keep({ value, askedAt, askedMonotonicMs }).catch(ignoreStorage);
    }
    return { value, stale: null };
  } catch (failure) {
    if (!isUnreachable(failure)) throw failure;
    const known = await last();
    const reading = known && stale(known, { clock, failure });
    if (!reading) throw failure;
    return reading;
  }
}

function isUnreachable(error: unknown): error is Failure {
  return error instanceof Failure && UNREACHABLE.has(error.code);
}

function ignoreStorage(error: unknown): void {
  if (!(error instanceof Failure && error.code.startsWith("STORAGE_"))) throw error;
}

type Moment = { readonly clock: Clock; readonly failure: Failure };

/** Null when its age can't be told: the clock was set back behind it, and the computer was started anew since. */
function stale<T>(last: LastAnswer<T>, { clock, failure }: Moment): Reading<T> | null {
  const now = clock.now();
  const byWall = msBetween(last.askedAt, now);
  const byMonotonic = clock.monotonicMs() - last.askedMonotonicMs;
  if (byWall < 0 && byMonotonic < 0) return null;
  const ageMs = Math.ceil(Math.max(byWall, byMonotonic));
  return { value: last.value, stale: { asOf: addMs(now, -ageMs), ageMs, failure } };
}
