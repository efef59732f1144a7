import type { Instant } from "../../core/time.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { SyncProgress } from "../../ports/history.ts";
import type { Session } from "./session.ts";

export type AccountRow = AccountKey & {
  readonly key: number;
  readonly currency: string | null;
  readonly through: string | null;
  readonly beginsAt: SyncProgress["beginsAt"];
  readonly syncedAt: SyncProgress["syncedAt"] | null;
  readonly owner: string | null;
  readonly prunedBefore: Instant | null;
};

export const ACCOUNT = `a.key, a.connection, a.account, a.currency, a.synced_through AS through,
  a.begins_at AS "beginsAt", a.synced_at AS "syncedAt", a.sync_owner AS owner,
  a.pruned_before AS "prunedBefore"`;

export function progressOf(row: AccountRow): SyncProgress | null {
  const { through, beginsAt, syncedAt, currency, prunedBefore } = row;
  if (through === null || syncedAt === null) return null;
  const progress = { through, beginsAt, syncedAt, currency };
  return prunedBefore === null ? progress : { ...progress, prunedBefore };
}

export async function findAccount(
  session: Session,
  { connection, account }: AccountKey,
  isLocked = false,
): Promise<AccountRow | null> {
  const { rows } = await session.query<AccountRow>(
    `SELECT ${ACCOUNT} FROM tmt_broker.history_accounts a
     WHERE a.connection = $1 AND a.account = $2 ${isLocked ? "FOR UPDATE" : ""}`,
    [connection, account],
  );
  return rows[0] ?? null;
}

/** The account, made where it is new. In a transaction, whoever else writes lines of it waits for its end. */
export async function openAccount(session: Session, account: AccountKey): Promise<AccountRow> {
  const known = await findAccount(session, account, true);
  if (known) return known;
  await session.query(
    `INSERT INTO tmt_broker.history_accounts (connection, account) VALUES ($1, $2)
     ON CONFLICT DO NOTHING`,
    [account.connection, account.account],
  );
  const made = await findAccount(session, account, true);
  if (made) return made;
  throw new RangeError(`the account ${account.account} was made and isn't there`);
}

export async function keepCurrency(
  session: Session,
  key: number,
  currency: string | null,
): Promise<void> {
  if (currency === null) return;
  await session.query(
    "UPDATE tmt_broker.history_accounts SET currency = $2 WHERE key = $1 AND currency IS NULL",
    [key, currency],
  );
}

/** A log that is read again from before the cut isn't cut any more. */
export async function keepProgress(
  session: Session,
  key: number,
  progress: SyncProgress,
): Promise<void> {
  const { through, beginsAt, syncedAt, currency, prunedBefore = null } = progress;
  await session.query(
    `UPDATE tmt_broker.history_accounts SET synced_through = $2, begins_at = $3, synced_at = $4,
     currency = $5, pruned_before = CASE WHEN $3 >= coalesce($6, pruned_before) THEN coalesce($6, pruned_before) END
     WHERE key = $1`,
    [key, through, beginsAt, syncedAt, currency, prunedBefore],
  );
}
