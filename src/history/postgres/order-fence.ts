import { Failure } from "../../core/failures.ts";
import { inTurns } from "../../core/in-turns.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  Fate,
  FencedOrder,
  FenceServer,
  OrderFence,
  Raised,
  StandingOrder,
} from "../../ports/order-fence.ts";
import type { ServerDatabase } from "./database.ts";
import { isConnectionLost } from "./postgres-failure.ts";
import type { Session, SessionOptions } from "./session.ts";
import {
  holdOwner,
  insertEarlier,
  insertOrders,
  isDoubted,
  keepFates,
  type Raiser,
  readDoubted,
  readMade,
  readOrders,
} from "./standing-orders.ts";

/** An order isn't held up longer than that by a server: prices are old by then. */
export const LONGEST_ANSWER_MS = 3_000;
/** So long after a server didn't answer it isn't asked again. */
const PAUSE_MS = 5_000;
const LONGEST_GOODBYE_MS = 2_000;

const NOT_ASKED = "What other computers have under way can't be told.";
const NOT_COPIED = "What this computer's signals have made was not copied.";
const NOT_TOLD = "The other computers were not told what became of an order.";
/** For the hint of what goes wrong with it. */
export const WITHOUT_FENCE =
  "Closing positions and cancelling orders work without it. Where no other computer trades on your accounts: tmt-broker config set history.fence off";

export type FenceOptions = SessionOptions &
  Pick<Raiser, "host" | "owner"> & { readonly clock: Clock };

/** The fences of the accounts whose history is in that database. */
export function fencesOn(database: ServerDatabase, options: FenceOptions): FenceServer {
  const line = new FenceLine(database, options);
  const { host, owner } = options;
  return {
    fence: (account) => openFence(line, { account, host, owner }),
    close: () => line.close(),
  };
}

/** The calls of one event-loop turn go to the server together: a hundred orders wait as long as one. */
function openFence(line: FenceLine, raiser: Raiser): OrderFence {
  const { account, owner } = raiser;
  const raise = inTurns<FencedOrder, readonly StandingOrder[]>((orders) =>
    line.ask(NOT_ASKED, async (session) => {
      await insertOrders(session, raiser, orders);
      return readOrders(session, account, orders);
    }),
  );
  const tell = inTurns<Fate, void>((fates) =>
    line.ask(NOT_TOLD, (session) => keepFates(session, account, fates)),
  );
  const made = inTurns<string, readonly StandingOrder[]>((ids) =>
    line.ask(NOT_ASKED, (session) => readMade(session, account, ids)),
  );
  return {
    prepare: () => line.prepare(),
    raise: async (order) => raisedOf({ ...order, owner }, await raise(order)),
    tell,
    tellSoon: (fate) => line.insist(() => tell(fate)),
    doubted: () => line.ask(NOT_ASKED, (session) => readDoubted(session, account)),
    made: async (signalId) =>
      (await made(signalId)).find(({ signal }) => signal?.id === signalId) ?? null,
    takeOver: (orders) => line.ask(NOT_COPIED, (session) => insertEarlier(session, raiser, orders)),
  };
}

/** What of the orders that stand is about this one, which stands among them unless it is taken. */
function raisedOf(
  order: FencedOrder & Pick<StandingOrder, "owner">,
  standing: readonly StandingOrder[],
): Raised {
  const { clientOrderId, instrument, signal, owner, mark } = order;
  const isOwn = (one: StandingOrder) =>
    one.owner === owner && one.clientOrderId === clientOrderId && one.mark === mark;
  const isTaken = (one: StandingOrder) =>
    one.clientOrderId === clientOrderId || (signal !== null && one.signal?.id === signal.id);
  const others = standing.filter((one) => !isOwn(one));
  return {
    taken: others.find(isTaken) ?? null,
    doubted: others.filter((one) => one.instrument === instrument && isDoubted(one)),
  };
}

/** The way to the server: nobody waits longer for it than an order may. */
class FenceLine {
  readonly #database: ServerDatabase;
  readonly #clock: Clock;
  readonly #owner: string;
  readonly #held = new WeakSet<Session>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  #silent: { readonly untilMs: number; readonly failure: unknown } | null = null;

  constructor(database: ServerDatabase, { clock, owner }: FenceOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#owner = owner;
  }

  prepare(): void {
    void this.#tracked(this.ask(NOT_ASKED, async () => undefined).catch(() => undefined));
  }

  /** Calls until the server takes it, while this process lives. */
  insist(call: () => Promise<void>): void {
    const calls = async () => {
      while (!this.#stop.signal.aborted) {
        try {
          return await call();
        } catch (error) {
          if (!(error instanceof Failure) || !error.retryable) return;
        }
        await this.#clock.sleep(PAUSE_MS, this.#stop.signal).catch(() => undefined);
      }
    };
    void this.#tracked(calls());
  }

  /** A connection that broke is made again once: what was kept already is kept once. */
  async ask<T>(meaning: string, work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#silent && this.#clock.monotonicMs() < this.#silent.untilMs) {
      throw this.#silent.failure;
    }
    try {
      const answer = await this.#inTime(meaning, () => this.#twice(meaning, work));
      this.#silent = null;
      return answer;
    } catch (error) {
      if (error instanceof Failure && error.code === "STORAGE_BUSY") {
        this.#silent = { untilMs: this.#clock.monotonicMs() + PAUSE_MS, failure: error };
      }
      throw error;
    }
  }

  /** What is under way is waited for; a server that doesn't listen holds nobody up. */
  async close(): Promise<void> {
    const stop = new AbortController();
    const patience = this.#clock.sleep(LONGEST_GOODBYE_MS, stop.signal).catch(() => undefined);
    if (this.#silent === null) await Promise.race([this.#allDone(), patience]);
    stop.abort();
    this.#stop.abort();
    await this.#database.close();
  }

  async #allDone(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  async #twice<T>(meaning: string, work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await this.#once(meaning, work);
    } catch (error) {
      if (!(error instanceof Failure) || !isConnectionLost(error.cause)) throw error;
      return this.#once(meaning, work);
    }
  }

  #once<T>(meaning: string, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#database.run(meaning, async (session) => {
      if (!this.#held.has(session)) await holdOwner(session, this.#owner);
      this.#held.add(session);
      return work(session);
    });
  }

  async #inTime<T>(meaning: string, work: () => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const tooLate = async () => {
      await this.#clock.sleep(LONGEST_ANSWER_MS, stop.signal);
      // The next call doesn't wait behind this one.
      void this.#database.close();
      throw slowFailure(this.#database.name, meaning);
    };
    const late = tooLate();
    late.catch(() => undefined);
    try {
      return await Promise.race([work(), late]);
    } finally {
      stop.abort();
    }
  }

  async #tracked(work: Promise<void>): Promise<void> {
    this.#underWay.add(work);
    await work;
    this.#underWay.delete(work);
  }
}

function slowFailure(server: string, meaning: string): Failure {
  return new Failure(
    "STORAGE_BUSY",
    `The PostgreSQL server of ${server} didn't answer within ${LONGEST_ANSWER_MS / 1000} seconds. ${meaning}`,
    { hint: WITHOUT_FENCE, retryable: true, details: { server } },
  );
}
