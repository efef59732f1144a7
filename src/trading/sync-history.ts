import { Failure } from "../core/failures.ts";
import { type Instant, parseInstant } from "../core/time.ts";
import type { Transaction } from "../core/transaction.ts";
import { snapshotOf } from "../ports/balance-book.ts";
import type { Broker } from "../ports/broker.ts";
import type { HistoryPage, HistoryStore, SyncProgress } from "../ports/history.ts";
import type { Desk } from "./desk.ts";

/** Before any of the brokers kept a log: history from here on is history from its beginning. */
const BEGINNING = parseInstant("2000-01-01T00:00:00Z") as Instant;
const WAIT_MS = 500;
const MOST_WAITS = 7_200;
/** Pages read one after the other; each of them brings something new. */
const MOST_PAGES = 1_000_000;

type SyncDeskPart = "profile" | "account" | "balances" | "clock" | "actor" | "isOwnerAlive";
export type SyncDesk = Pick<Desk, SyncDeskPart> & {
  readonly broker: Pick<Broker, "state" | "transactionPages" | "transactionsSince">;
};

export type SyncOptions = {
  /**
   * From where on the log is read, also what is known of it; null for what is new, or all of it the first time. Nothing that
   * is known is forgotten.
   */
  readonly from: Instant | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SyncStep) => void;
  /** Told once that another process reads the same log. */
  readonly onWait: () => void;
};

export type SyncStep = { readonly read: number; readonly at: Instant; readonly id: string };

export type SyncReport = {
  readonly connection: string;
  readonly account: string;
  /** Transactions read now. */
  readonly read: number;
  readonly through: string;
  readonly beginsAt: Instant | null;
  readonly syncedAt: Instant;
};

/**
 * Brings the history of an account up to date from its broker's log. What is known is always the whole log from its
 * beginning (or `from`) up to some transaction: each page moves that mark together with its lines, and the next one is
 * asked for after the mark. So it can be killed at any moment, and goes on where it was. What the account is worth is kept as well.
 * @throws Failure as the broker's reads do; DRIFT when the log is shorter than what is known of it.
 */
export async function syncHistory(
  desk: SyncDesk,
  store: HistoryStore,
  options: SyncOptions,
): Promise<SyncReport> {
  await claim(desk, store, options);
  try {
    return await new LogReader(desk, store, options).read();
  } finally {
    await store.release(keyOf(desk), desk.actor.process);
  }
}

/** Waits while a living process reads the same log: afterwards there is little left to read. */
async function claim(desk: SyncDesk, store: HistoryStore, options: SyncOptions): Promise<void> {
  const { actor, clock, isOwnerAlive } = desk;
  for (let wait = 0; wait < MOST_WAITS; wait += 1) {
    const holder = await store.claim(keyOf(desk), { owner: actor.process, isAlive: isOwnerAlive });
    if (holder === null) return;
    if (wait === 0) options.onWait();
    await clock.sleep(WAIT_MS, options.signal);
  }
  throw new Failure(
    "STORAGE_BUSY",
    `Another process has been reading the log of ${desk.profile.name} for an hour. Nothing was read here.`,
    { hint: "End that process if it hangs, and run the command again.", retryable: true },
  );
}

/** One run: the parts of the log that aren't known, oldest first. */
class LogReader {
  readonly #desk: SyncDesk;
  readonly #store: HistoryStore;
  readonly #options: SyncOptions;
  #currency = "";
  #read = 0;

  constructor(desk: SyncDesk, store: HistoryStore, options: SyncOptions) {
    this.#desk = desk;
    this.#store = store;
    this.#options = options;
  }

  async read(): Promise<SyncReport> {
    const key = keyOf(this.#desk);
    const { account } = await this.#desk.broker.state();
    this.#currency = account.currency;
    const newest = account.lastTransactionId;
    const known = await this.#store.progress(key);
    if (known && isBefore(newest, known.through)) throw shortened(this.#desk, known, newest);
    const begun = known ? await this.#readAgain(known) : await this.#readFirst(newest);
    const { through, beginsAt, syncedAt } = await this.#readOn(begun);
    if (isBefore(through, newest)) throw incomplete(this.#desk, through, newest);
    await this.#desk.balances.keep(key, snapshotOf(account), 0);
    return { ...key, read: this.#read, through, beginsAt, syncedAt };
  }

  /** A log that was never read, by spans of time, which brokers list whole. */
  async #readFirst(newest: string): Promise<Mark> {
    const beginsAt = beginningOf(this.#options.from);
    let known: Mark | null = null;
    const span = { from: beginsAt ?? BEGINNING, to: this.#desk.clock.now() };
    for await (const page of this.#desk.broker.transactionPages(span)) {
      const last = page.at(-1);
      if (last) known = await this.#keep(page, known, { through: last.id, beginsAt });
    }
    return known ?? this.#keep([], null, { through: newest, beginsAt });
  }

  /** Where `from` is given: the log from there on once more, whatever of it is known. So gaps heal, and it may begin earlier. */
  async #readAgain(known: Mark): Promise<Mark> {
    if (this.#options.from === null) return known;
    const from = beginningOf(this.#options.from);
    let mark = known;
    const span = { from: from ?? BEGINNING, to: this.#desk.clock.now() };
    for await (const page of this.#desk.broker.transactionPages(span)) {
      mark = await this.#keep(page, mark, mark);
    }
    // Only now is it known without a gap from there on.
    const beginsAt = earlier(known.beginsAt, from);
    return this.#keep([], mark, { through: mark.through, beginsAt });
  }

  async #readOn(begun: Mark): Promise<Mark> {
    let known = begun;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const transactions = await this.#desk.broker.transactionsSince(known.through);
      const through = transactions.at(-1)?.id ?? known.through;
      known = await this.#keep(transactions, known, { through, beginsAt: known.beginsAt });
      if (transactions.length === 0) return known;
    }
    throw new Failure("BROKER_UNAVAILABLE", "The broker's log has no end. What was read is kept.");
  }

  async #keep(
    transactions: readonly Transaction[],
    known: Mark | null,
    { through, beginsAt }: Pick<Mark, "through" | "beginsAt">,
  ): Promise<Mark> {
    this.#options.signal.throwIfAborted();
    const progress = { through, beginsAt, syncedAt: this.#desk.clock.now() };
    const page = {
      transactions,
      currency: this.#currency,
      after: known?.through ?? null,
      progress,
    };
    await this.#store.keepPage(keyOf(this.#desk), page);
    this.#read += transactions.length;
    const last = transactions.at(-1);
    if (last) this.#options.onProgress({ read: this.#read, at: last.time, id: last.id });
    return progress;
  }
}

type Mark = HistoryPage["progress"];

/** null is the log's own beginning. */
function earlier(left: Instant | null, right: Instant | null): Instant | null {
  if (left === null || right === null) return null;
  return left < right ? left : right;
}

function beginningOf(from: Instant | null): Instant | null {
  return from === null || from <= BEGINNING ? null : from;
}

function keyOf({ profile, account }: Pick<SyncDesk, "profile" | "account">) {
  return { connection: profile.name, account: account.id };
}

/** Whether one id of a log comes before another: brokers whose ids don't grow are read until there is no more. */
function isBefore(left: string, right: string): boolean {
  if (!/^\d+$/.test(left) || !/^\d+$/.test(right)) return false;
  return BigInt(left) < BigInt(right);
}

function shortened(desk: SyncDesk, { through }: SyncProgress, newest: string): Failure {
  const { connection, account } = keyOf(desk);
  return new Failure(
    "DRIFT",
    `The log of ${connection}, account ${account}, ends at transaction ${newest}, but it is known here up to ${through}: the broker began the account anew, or it is another one. Nothing was changed.`,
    {
      hint: "Add the account under another connection name: its history begins anew there.",
      details: { connection, account, through, newest },
    },
  );
}

function incomplete(desk: SyncDesk, through: string, newest: string): Failure {
  const { connection, account } = keyOf(desk);
  return new Failure(
    "BROKER_UNAVAILABLE",
    `${connection} says that account ${account} has transactions up to ${newest}, and gave them only up to ${through}. What was read is kept.`,
    { hint: "Run the command again.", retryable: true, details: { connection, account } },
  );
}
