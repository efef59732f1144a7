import { addMs, instantToMs } from "../../src/core/time.ts";
import { MIGRATIONS } from "../../src/history/postgres/migrations.ts";
import type { World } from "./world.ts";

/** An order as it stands in the server's table. */
export type StandingRow = {
  readonly clientOrderId: string;
  readonly mark: string;
  readonly signalId: string | null;
  readonly content: string | null;
  readonly connection: string;
  readonly instrument: string;
  readonly request: string;
  readonly sinceTransactionId: string;
  report: string;
  readonly host: string;
  readonly owner: string;
  state: string;
  /** By the server's clock. */
  readonly raisedAtMs: number;
};

/** A session as its process has it. */
export type Connection = {
  readonly owner: string;
  /** Breaks it; the server notices that at once, or late. */
  lose(isLate: boolean): void;
};

/** A session as the server sees it. */
export type ServerSession = {
  readonly connection: Connection;
  isOpen: boolean;
  /** Who holds the lock of its process by it. */
  owner: string | null;
};

/** Hears of what happens to the rows. */
export type ServerListener = {
  raised(row: StandingRow): void;
  told(row: StandingRow): void;
  withdrawn(row: StandingRow, isByItself: boolean): void;
};

export type ServerFault = "deletes whatever has the id" | "adopts what others raised";

type Values = readonly unknown[];
type Statement = (values: Values, session: ServerSession) => readonly object[];

/**
 * The server that the computers share: what `history/postgres/standing-orders.ts` asks of PostgreSQL, statement by
 * statement, each at one moment. Everything else of the fence is the program's own.
 */
export class FenceServer {
  readonly #world: World;
  readonly #witness: ServerListener;
  readonly #fault: ServerFault | null;
  readonly #rows = new Map<string, StandingRow>();
  readonly #sessions = new Set<ServerSession>();
  /** How far its clock is from the truth. */
  clockOffsetMs = 0;
  /** It listens to nobody, and has no sessions. */
  isDown: boolean = false;
  /** Whatever comes in waits until then. */
  frozenUntilMs = 0;

  constructor(world: World, witness: ServerListener, fault: ServerFault | null) {
    this.#world = world;
    this.#witness = witness;
    this.#fault = fault;
  }

  get nowMs(): number {
    return instantToMs(this.#world.time()) + this.clockOffsetMs;
  }

  rows(): readonly StandingRow[] {
    return [...this.#rows.values()];
  }

  sessions(): readonly ServerSession[] {
    return [...this.#sessions];
  }

  isConnected(owner: string): boolean {
    return this.sessions().some((session) => session.owner === owner);
  }

  begin(connection: Connection): ServerSession {
    const session = { connection, isOpen: true, owner: null };
    this.#sessions.add(session);
    return session;
  }

  /** A process has died: it notices that at once, or late. */
  lose(owner: string): void {
    for (const { connection } of this.sessions()) {
      if (connection.owner === owner) connection.lose(this.#world.strikes("sessions", 0.3));
    }
  }

  /** Nothing is wrong with it any more, but that its clock may be set wrong. */
  recover(): void {
    this.isDown = false;
    this.frozenUntilMs = 0;
  }

  /** It notices that a session has ended: its lock is free. */
  end(session: ServerSession): void {
    session.isOpen = false;
    this.#sessions.delete(session);
  }

  execute(sql: string, values: Values, session: ServerSession): readonly object[] {
    const known = STATEMENTS.find(({ words }) => sql.includes(words));
    if (!known) throw new RangeError(`the simulated server doesn't know: ${sql}`);
    return this[known.does](values, session);
  }

  readonly holdOwner: Statement = ([owner], session) => {
    session.owner = String(owner);
    return [];
  };

  readonly insert: Statement = (values) => {
    const [, host, owner, ...lists] = values;
    const [ids = [], ...columns] = lists.map((list) => list as readonly (string | null)[]);
    const raised = ids.map((id, index) => {
      const [mark, signalId, ...rest] = columns.map((column) => column[index] ?? null);
      const [content, connection, instrument, request, sinceTransactionId, report] = rest;
      return {
        ...{ clientOrderId: id, mark, signalId, content, connection, instrument, request },
        ...{ sinceTransactionId, report, host, owner, state: "sending", raisedAtMs: this.nowMs },
      } as StandingRow;
    });
    for (const { clientOrderId, mark } of raised) this.#adopt(clientOrderId, mark, owner);
    for (const row of raised.toSorted(bySignal)) {
      const isTaken = this.#isTaken(row);
      if (!isTaken) this.#rows.set(row.clientOrderId, row);
      this.#note(`${isTaken ? "has" : "keeps"} ${row.clientOrderId} for ${owner} (${row.mark})`);
    }
    return [];
  };

  readonly select: Statement = ([, ids, signals, instruments], { owner }) => {
    for (const id of ids as readonly string[]) {
      const row = this.#rows.get(id);
      if (row && row.owner === owner) this.#witness.raised(row);
    }
    return this.#shown(
      ({ clientOrderId, signalId, state, instrument }) =>
        (ids as readonly string[]).includes(clientOrderId) ||
        (signals as readonly (string | null)[]).includes(signalId ?? "") ||
        (state !== "settled" && (instruments as readonly string[]).includes(instrument)),
    );
  };

  readonly selectMade: Statement = ([, signals]) =>
    this.#shown(({ signalId }) => (signals as readonly string[]).includes(signalId ?? ""));

  readonly selectOpen: Statement = () => this.#shown(({ state }) => state !== "settled");

  readonly update: Statement = ([, ids, owners, states, reports]) => {
    for (const [index, id] of (ids as readonly string[]).entries()) {
      const row = this.#rows.get(id);
      const state = (states as readonly string[])[index] ?? "";
      if (!row || row.owner !== (owners as readonly string[])[index]) continue;
      if (row.state === "settled" && state !== "settled") continue;
      row.state = state;
      row.report = (reports as readonly string[])[index] ?? "null";
      this.#note(`is told that ${id} of ${row.owner} is ${state}`);
      this.#witness.told(row);
    }
    return [];
  };

  readonly delete: Statement = ([, ids, owners, marks], session) => {
    for (const [index, id] of (ids as readonly string[]).entries()) {
      const row = this.#rows.get(id);
      const mark = (marks as readonly (string | null)[])[index] ?? null;
      const isOwn = row?.owner === (owners as readonly string[])[index];
      const isMeant = isOwn && (mark === null || row?.mark === mark);
      if (!row || !(isMeant || this.#fault === "deletes whatever has the id")) continue;
      this.#rows.delete(id);
      this.#note(`deletes ${id} of ${row.owner} (${row.mark})`);
      this.#witness.withdrawn(row, session.owner === row.owner);
    }
    return [];
  };

  readonly hasSchema: Statement = () => [{}];
  readonly version: Statement = () => [{ version: MIGRATIONS.at(-1)?.version }];
  readonly kind: Statement = () => [{ isPartitioned: true }];

  #note(what: string): void {
    this.#world.note("server", what);
  }

  #adopt(clientOrderId: string, mark: string, owner: unknown): void {
    const row = this.#rows.get(clientOrderId);
    if (row && this.#fault === "adopts what others raised") {
      this.#rows.set(clientOrderId, { ...row, owner: String(owner), mark });
    }
  }

  #isTaken({ clientOrderId, signalId }: StandingRow): boolean {
    if (this.#rows.has(clientOrderId)) return true;
    return signalId !== null && this.rows().some((row) => row.signalId === signalId);
  }

  #shown(isMeant: (row: StandingRow) => boolean): readonly object[] {
    return this.rows()
      .filter(isMeant)
      .toSorted((one, other) => one.raisedAtMs - other.raisedAtMs || byText(one, other))
      .map((row) => ({
        ...row,
        raisedAt: addMs(this.#world.time(), row.raisedAtMs - instantToMs(this.#world.time())),
        ageMs: this.nowMs - row.raisedAtMs,
        isConnected: row.state !== "settled" && this.isConnected(row.owner),
      }));
  }
}

/** The first whose words are in a statement is meant. */
const STATEMENTS = [
  { words: "pg_advisory_lock_shared", does: "holdOwner" },
  { words: "INSERT INTO tmt_broker.orders", does: "insert" },
  { words: "UPDATE tmt_broker.orders", does: "update" },
  { words: "DELETE FROM tmt_broker.orders", does: "delete" },
  { words: "o.instrument = ANY($4)", does: "select" },
  { words: "AND o.signal_id = ANY($2)", does: "selectMade" },
  { words: "AND o.state <> 'settled' ORDER BY", does: "selectOpen" },
  { words: "FROM pg_tables", does: "hasSchema" },
  { words: "tmt_broker.schema_versions", does: "version" },
  { words: "FROM pg_class", does: "kind" },
] as const;

/** Orders of no signal come last. */
function bySignal(one: StandingRow, other: StandingRow): number {
  const [mine, theirs] = [one, other].map(({ signalId }) => signalId ?? "\uffff");
  if (mine === theirs) return byText(one, other);
  return (mine ?? "") < (theirs ?? "") ? -1 : 1;
}

function byText(one: StandingRow, other: StandingRow): number {
  return one.clientOrderId < other.clientOrderId ? -1 : 1;
}
