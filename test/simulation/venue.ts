import { openPaperConnection } from "../../src/adapters/paper/connection.ts";
import type { AccountProfile } from "../../src/core/connection.ts";
import { addMs } from "../../src/core/time.ts";
import { openSyntheticFeed } from "../../src/paper/feed/synthetic-feed.ts";
import type { Broker } from "../../src/ports/broker.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type {
  VenueArchiveItem,
  VenueLogEntry,
  VenueRecords,
  VenueStore,
} from "../../src/ports/venue-store.ts";
import type { World } from "./world.ts";

export const ACCOUNT: AccountProfile = { id: "001", alias: null, region: "US", currency: "USD" };
/** How far the venue's reads may be behind its orders. */
export const MOST_LAG_MS = 500;

/** Older states than these are never asked for: the lag is short. */
const STATES_KEPT = 10;

/** One market for all runs of this thread: prices are a function of time, and remembered. */
const FEED = openSyntheticFeed({ seed: 1, hours: "always" });

export const INSTRUMENTS = FEED.instruments();

/**
 * The broker's side of the network: the real paper engine, with one difference. Like OANDA it takes a client order id
 * again once the first order has ended, so it's no help against sending twice.
 */
export class SimulatedVenue {
  readonly #world: World;
  readonly #shelf = new Shelf();
  readonly #present: Broker;
  readonly #past: Broker;
  #lagMs = 0;

  constructor(world: World) {
    this.#world = world;
    this.#present = openAt(
      venueClock(() => world.time()),
      { transact: (_account, work) => work(this.#shelf.present(world.nowMs)) },
    );
    this.#past = openAt(
      venueClock(() => addMs(world.time(), -this.#lagMs)),
      { transact: (_account, work) => work(this.#shelf.past(world.nowMs - this.#lagMs)) },
    );
  }

  /** The account as it is now: orders and people at the venue itself see this. */
  now(): Broker {
    return this.#present;
  }

  /** Reads as they were `lagMs` ago. Only for reads that are answered before the next event. */
  behind(lagMs: number): Broker {
    if (lagMs === 0) return this.#present;
    this.#lagMs = Math.min(lagMs, this.#world.nowMs);
    return this.#past;
  }

  /** Everything in the venue's own log, oldest first. */
  log(): readonly VenueLogEntry[] {
    return this.#shelf.log();
  }
}

function openAt(clock: Clock, store: VenueStore): Broker {
  const profile = { accounts: [ACCOUNT] };
  return openPaperConnection({ profile, store, clock, feed: FEED }).broker(ACCOUNT.id);
}

function venueClock(now: Clock["now"]): Clock {
  return { now, monotonicMs: () => 0, sleep: () => Promise.resolve() };
}

type Dated<T> = { readonly atMs: number; readonly value: T };

/** The venue's records, and what they were a moment ago. */
class Shelf {
  #states: Dated<string>[] = [];
  readonly #log: Dated<VenueLogEntry>[] = [];
  readonly #archive = new Map<string, VenueArchiveItem>();

  log(): readonly VenueLogEntry[] {
    return this.#log.map(({ value }) => value);
  }

  present(nowMs: number): VenueRecords {
    return {
      ...this.#archived(),
      state: () => this.#states.at(-1)?.value ?? null,
      saveState: (value) => {
        this.#states = [...this.#states.slice(-STATES_KEPT), { atMs: nowMs, value }];
      },
      append: (entries) => {
        for (const value of entries) this.#log.push({ atMs: nowMs, value });
      },
      entriesSince: (id, limit) => this.#since(id, limit),
      archive: (items) => {
        for (const item of items) this.#archive.set(`${item.kind} ${item.id}`, item);
      },
    };
  }

  /** A look at the past changes nothing. */
  past(thenMs: number): VenueRecords {
    return {
      ...this.#archived(),
      state: () => {
        const known = this.#states.findLast(({ atMs }) => atMs <= thenMs) ?? this.#states[0];
        return known?.value ?? null;
      },
      saveState: () => undefined,
      append: () => undefined,
      entriesSince: (id, limit) => this.#since(id, limit, thenMs),
      archive: () => undefined,
    };
  }

  /** Ids of the log are 1, 2, 3 … */
  #since(id: number, limit: number, thenMs = Number.POSITIVE_INFINITY): readonly VenueLogEntry[] {
    const page = this.#log.slice(id, id + limit);
    return page.filter(({ atMs }) => atMs <= thenMs).map(({ value }) => value);
  }

  #archived(): Pick<VenueRecords, "archived" | "archivedById" | "archivedByClientId"> {
    return {
      archived: (kind, limit) =>
        [...this.#archive.values()].filter((item) => item.kind === kind).slice(-limit),
      archivedById: (kind, id) => this.#archive.get(`${kind} ${id}`) ?? null,
      archivedByClientId: () => null,
    };
  }
}
