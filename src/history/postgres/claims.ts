import type { AccountKey } from "../../ports/day-book.ts";
import type { Claim } from "../../ports/history.ts";
import { openAccount } from "./account-rows.ts";
import type { ServerDatabase } from "./database.ts";
import type { Session } from "./session.ts";

const NOT_CLAIMED = "Nothing was read.";

/**
 * Whether nobody reads the account's log, and nobody begins to before the transaction is over.
 */
export async function isUnclaimed(session: Session, key: number): Promise<boolean> {
  const { rows } = await session.query<{ readonly isFree: boolean }>(
    `SELECT pg_try_advisory_xact_lock(${LOCK}) AS "isFree"`,
    [String(key)],
  );
  return rows[0]?.isFree === true;
}

/** Differs from every other lock's name in the same database. */
const LOCK = "hashtextextended('tmt_broker.sync.' || $1, 0)";

/**
 * Who reads an account's log: a lock of the session's, on the server. So it counts on every computer, and the lock of a
 * process or computer that dies goes with its connection.
 */
export class Claims {
  readonly #database: ServerDatabase;
  /** The owners in each session; one that broke has none. */
  readonly #held = new WeakMap<Session, Map<number, string>>();

  constructor(database: ServerDatabase) {
    this.#database = database;
  }

  claim(account: AccountKey, { owner, isAlive }: Claim): Promise<string | null> {
    return this.#database.run(NOT_CLAIMED, async (session) => {
      const { key } = await openAccount(session, account);
      const held = this.#heldIn(session);
      const holder = held.get(key);
      if (holder !== undefined && holder !== owner && isAlive(holder)) return holder;
      if (holder === undefined && !(await isLocked(session, key))) {
        // Read after the lock was refused: whoever has it is named by now, or in a moment.
        return (await openAccount(session, account)).owner ?? "another process";
      }
      held.set(key, owner);
      await setOwner(session, key, owner);
      return null;
    });
  }

  async release(account: AccountKey, owner: string): Promise<void> {
    await this.#database.run(NOT_CLAIMED, async (session) => {
      const { key } = await openAccount(session, account);
      const held = this.#heldIn(session);
      if (held.get(key) !== owner) return;
      held.delete(key);
      await setOwner(session, key, null);
      await session.query(`SELECT pg_advisory_unlock(${LOCK})`, [String(key)]);
    });
  }

  #heldIn(session: Session): Map<number, string> {
    const held = this.#held.get(session) ?? new Map<number, string>();
    this.#held.set(session, held);
    return held;
  }
}

async function isLocked(session: Session, key: number): Promise<boolean> {
  const { rows } = await session.query<{ readonly isOurs: boolean }>(
    `SELECT pg_try_advisory_lock(${LOCK}) AS "isOurs"`,
    [String(key)],
  );
  return rows[0]?.isOurs === true;
}

async function setOwner(session: Session, key: number, owner: string | null): Promise<void> {
  await session.query("UPDATE tmt_broker.history_accounts SET sync_owner = $2 WHERE key = $1", [
    key,
    owner,
  ]);
}
