import { circuitStateOf } from "../../core/circuit.ts";
import type { Decimal } from "../../core/money.ts";
import { limitKept, remainingOf } from "../../core/rate-limit.ts";
import { nextRollover } from "../../core/trading-day.ts";
import type {
  LiveAccount,
  LiveConnection,
  LiveSession,
  LiveSnapshot,
  LiveStatus,
} from "../../ports/live.ts";
import type { Desk } from "../../trading/desk.ts";
import {
  accountKey,
  type ConnectionRecord,
  quoteKey,
  type WatchSnapshot,
  type WatchSource,
} from "../../ui/terminal/watch-desk.ts";
import type { Context } from "../context.ts";
import { DayOpenings } from "./day-openings.ts";
import { joinSnapshots } from "./join-snapshots.ts";

/** One connection with the desks of its accounts, and how its live picture is opened. */
export type Line = {
  readonly name: string;
  readonly desks: readonly Desk[];
  readonly open: (instruments: readonly string[]) => LiveSession;
};

type Kept = {
  readonly line: Line;
  session: LiveSession | null;
  unsubscribe: () => void;
  instruments: readonly string[];
  readonly openings: DayOpenings;
  /** What it last showed: stays, as old, while it is closed by hand. */
  last: LiveSnapshot | null;
};

const RECORDS_EVERY_MS = 2_000;

/** Several connections as one picture, each of which can be closed and opened by hand. */
export class LiveDesk implements WatchSource {
  private readonly context: Context;
  private readonly kept: ReadonlyMap<string, Kept>;
  private readonly listeners = new Set<() => void>();
  private readonly over = new AbortController();
  private records: WatchSnapshot["records"] = new Map();
  private dayPl: WatchSnapshot["dayPl"] = new Map();
  private dayOpenings: WatchSnapshot["dayOpenings"] = null;
  private openingsRead: Promise<void> | null = null;
  private snapshot: WatchSnapshot | null = null;

  constructor(
    context: Context,
    lines: readonly Line[],
    instruments: ReadonlyMap<string, readonly string[]>,
  ) {
    this.context = context;
    const kept = lines.map((line): Kept => {
      const wanted = instruments.get(line.name) ?? [];
      const openings = new DayOpenings(context.clock);
      const closed = { session: null, unsubscribe: () => undefined, last: null };
      return { line, openings, instruments: wanted, ...closed };
    });
    this.kept = new Map(kept.map((one) => [one.line.name, one]));
    for (const one of kept) this.openOne(one);
    void this.keepReading();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getSnapshot = (): WatchSnapshot => {
    this.snapshot ??= this.joined();
    return this.snapshot;
  };

  desks(): readonly Desk[] {
    return [...this.kept.values()].flatMap(({ line }) => line.desks);
  }

  deskOf(connection: string, account: string): Desk | undefined {
    const desks = this.kept.get(connection)?.line.desks;
    return desks?.find((desk) => desk.account.id === account);
  }

  refresh(): void {
    for (const { session } of this.kept.values()) session?.refresh();
    void this.readRecords();
  }

  /** Whether it was closed before. */
  connect(name: string): boolean {
    const one = this.kept.get(name);
    if (!one || one.session) return false;
    this.openOne(one);
    this.changed();
    return true;
  }

  /** Whether it was open before. What it last showed stays, as old. */
  async disconnect(name: string): Promise<boolean> {
    const one = this.kept.get(name);
    const session = one?.session;
    if (!one || !session) return false;
    one.last = session.getSnapshot();
    one.unsubscribe();
    one.session = null;
    this.changed();
    await session.close();
    return true;
  }

  addInstrument(name: string, instrument: string): void {
    const one = this.kept.get(name);
    if (!one || one.instruments.includes(instrument)) return;
    one.instruments = [...one.instruments, instrument];
    one.session?.addInstrument(name, instrument);
    this.changed();
  }

  removeInstrument(name: string, instrument: string): void {
    const one = this.kept.get(name);
    if (!one) return;
    one.instruments = one.instruments.filter((each) => each !== instrument);
    one.session?.removeInstrument(name, instrument);
    this.changed();
  }

  async close(): Promise<void> {
    this.over.abort("closed");
    await Promise.all([...this.kept.keys()].map((name) => this.disconnect(name)));
  }

  /** Halts, breakers and the day's beginning, from our own records. */
  async readRecords(): Promise<void> {
    const records = await Promise.all(
      [...this.kept.values()].map(
        async (one) => [one.line.name, await this.recordOf(one)] as const,
      ),
    );
    this.records = new Map(records);
    this.dayPl = new Map(await this.readDays());
    this.changed();
  }

  /** One reading at a time: before its end nothing is known. */
  private readOpenings(): Promise<void> {
    this.openingsRead ??= this.readOpeningsOnce().finally(() => {
      this.openingsRead = null;
    });
    return this.openingsRead;
  }

  /** From the brokers that are heard: whoever is away isn't asked, for that would only count as one more failure. */
  private async readOpeningsOnce(): Promise<void> {
    const asked = [...this.kept.values()].filter((one) => isHeard(one) || !tellsOpenings(one));
    if (asked.length === 0) return;
    const known = (await Promise.all(asked.map(openingsOf))).flat();
    this.dayOpenings = new Map([...(this.dayOpenings ?? []), ...known]);
    this.changed();
  }

  private openOne(one: Kept): void {
    const session = one.line.open(one.instruments);
    one.session = session;
    one.unsubscribe = session.subscribe(() => {
      if (this.dayOpenings === null && isHeard(one)) void this.readOpenings().catch(this.note);
      this.changed();
    });
  }

  private changed(): void {
    this.snapshot = null;
    if (this.over.signal.aborted) return;
    for (const listener of this.listeners) listener();
  }

  private joined(): WatchSnapshot {
    const parts = [...this.kept.values()].flatMap((one) => {
      if (one.session) return [one.session.getSnapshot()];
      return one.last ? [closedByHand(one.last)] : [];
    });
    const { records, dayPl, dayOpenings } = this;
    return { ...joinSnapshots(parts), records, dayPl, dayOpenings };
  }

  /** A database that is busy for once is no reason to end the screen. */
  private readonly note = (error: unknown): void => this.context.note(String(error));

  private async keepReading(): Promise<void> {
    const { clock } = this.context;
    while (!this.over.signal.aborted) {
      void this.readOpenings().catch(this.note);
      await this.readRecords().catch(this.note);
      await clock.sleep(RECORDS_EVERY_MS, this.over.signal).catch(() => undefined);
    }
  }

  private async recordOf({ line, session }: Kept): Promise<ConnectionRecord> {
    const { halts, circuits, rates } = await this.context.store();
    const { clock } = this.context;
    const [halt, circuit, slots] = await Promise.all([
      halts.haltOf(line.name),
      circuits.read(line.name),
      rates.read(line.name),
    ]);
    const limit = line.desks[0]?.capabilities.requestsPerSecond ?? null;
    const remaining = limit && remainingOf(slots, limitKept(limit), clock.monotonicMs());
    return {
      halt,
      breaker: circuitStateOf(circuit, clock.now()),
      budget: limit === null || remaining === null ? null : { limitPerSecond: limit, remaining },
      isOff: session === null,
    };
  }

  private async readDays(): Promise<readonly (readonly [string, Decimal])[]> {
    const { dayBook } = await this.context.store();
    const dayEnd = nextRollover(this.context.clock.now());
    const entries = this.getSnapshot().accounts.map(async ({ connection, id, account, status }) => {
      if (!account || status !== "live") return [];
      const ref = { connection, account: id };
      const start = await dayBook.equityAtDayStart(ref, dayEnd, account.equity);
      return [[accountKey(ref), account.equity.minus(start)] as const];
    });
    return (await Promise.all(entries)).flat();
  }
}

const HEARD: ReadonlySet<LiveStatus> = new Set(["connected", "market_closed", "stale"]);

function isHeard({ session }: Kept): boolean {
  const connections = session?.getSnapshot().connections ?? [];
  return connections.some(({ status }) => HEARD.has(status));
}

function tellsOpenings({ line }: Kept): boolean {
  return line.desks[0]?.broker.dayOpenings !== undefined;
}

async function openingsOf({ line, instruments, openings }: Kept) {
  const [desk] = line.desks;
  const known = desk ? await openings.read(desk.broker, instruments) : new Map<string, never>();
  return [...known].map(([name, { mid }]) => [quoteKey(line.name, name), mid] as const);
}

/** Nothing of it is current any more. */
function closedByHand(last: LiveSnapshot): LiveSnapshot {
  return {
    ...last,
    connections: last.connections.map(
      (one): LiveConnection => ({ ...one, status: "failed", detail: null, retryAtMs: null }),
    ),
    quotes: last.quotes.map((quote) => ({ ...quote, isStale: true })),
    accounts: last.accounts.map(
      (one): LiveAccount => ({
        ...one,
        status: "stale",
        positions: one.positions.map((held) => ({ ...held, isLive: false })),
      }),
    ),
  };
}
