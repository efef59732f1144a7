import { Failure } from "../../core/failures.ts";
import { bringUpToDate, type ServerKind } from "./migrate.ts";
import { isConnectionLost, postgresFailure } from "./postgres-failure.ts";
import type { OpenSession, Session } from "./session.ts";

const NOT_KNOWN_KEPT =
  "Whether this last step was kept isn't known. Run the command again: what is there is kept once.";

export type DatabaseParts = {
  readonly name: string;
  readonly open: OpenSession;
  /** What breaks off because of it is no failure of the server's. */
  readonly signal: AbortSignal;
  /** What works without it, for hints; see ServerContext. */
  readonly rest?: string;
};

/**
 * The way to one database. Calls of one process share a session, one after the other; what takes long has its own. A
 * session that broke is replaced by the next call.
 */
export class ServerDatabase {
  /** Which database, for people. */
  readonly name: string;
  readonly #open: OpenSession;
  readonly #signal: AbortSignal;
  readonly #rest: { readonly rest?: string };
  #shared: Promise<Session> | null = null;
  #kind: ServerKind | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ name, open, signal, rest }: DatabaseParts) {
    this.name = name;
    this.#open = open;
    this.#signal = signal;
    this.#rest = rest === undefined ? {} : { rest };
  }

  /** Runs `work` in the shared session. `meaning` says what it means that it wasn't done. */
  run<T>(meaning: string, work: (session: Session, kind: ServerKind) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#inShared(meaning, work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** As `run`, as one transaction: all of it happens, or nothing. */
  write<T>(meaning: string, work: (session: Session, kind: ServerKind) => Promise<T>): Promise<T> {
    return this.run(meaning, (session, kind) => this.transact(session, () => work(session, kind)));
  }

  /** Makes one transaction of `work`; one of `begin` that reads only is of one moment. */
  async transact<T>(session: Session, work: () => Promise<T>, begin = "BEGIN"): Promise<T> {
    await session.query(begin);
    let result: T;
    try {
      result = await work();
    } catch (error) {
      if (!isUnusable(error)) await session.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
    await this.translated(NOT_KNOWN_KEPT, () => session.query("COMMIT"));
    return result;
  }

  /** A session of its own, which the caller ends, on a database that is up to date. */
  async separate(
    meaning: string,
  ): Promise<{ readonly session: Session; readonly kind: ServerKind }> {
    const kind = this.#kind ?? (await this.run(meaning, async (_, found) => found));
    return { session: await this.translated(meaning, this.#open), kind };
  }

  /** Runs `work` with what the server reports turned into failures. */
  async translated<T>(meaning: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isUnusable(error)) this.#signal.throwIfAborted();
      throw postgresFailure(error, { server: this.name, meaning, ...this.#rest });
    }
  }

  async close(): Promise<void> {
    const shared = this.#shared;
    this.#shared = null;
    await shared?.then((session) => session.end()).catch(() => undefined);
  }

  /** One that can't be opened now may be the next time. */
  async #sharedSession(): Promise<Session> {
    this.#shared ??= this.#open();
    try {
      return await this.#shared;
    } catch (error) {
      this.#shared = null;
      throw error;
    }
  }

  async #inShared<T>(
    meaning: string,
    work: (session: Session, kind: ServerKind) => Promise<T>,
  ): Promise<T> {
    return this.translated(meaning, async () => {
      try {
        const session = await this.#sharedSession();
        this.#kind ??= await bringUpToDate(session, { server: this.name, meaning });
        return await work(session, this.#kind);
      } catch (error) {
        if (isUnusable(error)) await this.close();
        throw error;
      }
    });
  }
}

/** A failure tells of a lost connection by its cause. */
function isUnusable(error: unknown): boolean {
  return isConnectionLost(error instanceof Failure ? error.cause : error);
}
