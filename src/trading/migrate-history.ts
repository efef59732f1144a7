import { createHash } from "node:crypto";
import { Failure } from "../core/failures.ts";
import type { BookedRow } from "../core/history-row.ts";
import { isLaterId } from "../core/transaction-id.ts";
import type { AccountKey } from "../ports/day-book.ts";
import type {
  HistoryAccount,
  HistoryStore,
  ServerHistory,
  SyncProgress,
} from "../ports/history.ts";

export type MigrationStep = AccountKey & {
  readonly phase: "compared" | "copied" | "verified";
  readonly rows: number;
};

export type MigrateOptions = {
  readonly signal: AbortSignal;
  readonly onProgress: (step: MigrationStep) => void;
};

/** What is proven of an account: the server has all of its rows, each as it is here. */
export type MigratedAccount = AccountKey & {
  readonly rows: number;
  /** Of those, how many were not on the server before. */
  readonly copied: number;
  /** How many more the server has. */
  readonly others: number;
  /** Over the rows in order, the same here and on the server. */
  readonly sha256: string;
  /** Up to where the server's history knows the account's log; null where it was never read. */
  readonly through: string | null;
};

/** Only holds the account on the server while it is copied; whoever has it lives as long as its connection. */
const OWNER = "history migrate";

/**
 * Copies the history of every account to a server, some rows at a time, and reads all of it back. What is there stays as
 * it is, so it can be killed at any moment and run again: only what is missing is copied. Before the first row is copied
 * all of them are compared.
 * @throws Failure DRIFT when the server has a row that says something else: nothing was copied.
 */
export async function migrateHistory(
  source: HistoryStore,
  target: ServerHistory,
  options: MigrateOptions,
): Promise<readonly MigratedAccount[]> {
  // Where there is nothing to copy, it is known at least that the server can be used.
  await target.accounts();
  const accounts = await source.accounts();
  for (const account of accounts) await compare(source, target, { ...options, account });
  const migrated: MigratedAccount[] = [];
  for (const account of accounts) {
    const claim = { owner: OWNER, isAlive: () => true };
    const holder = await target.claim(account, claim);
    if (holder !== null) throw heldFailure(account, holder);
    try {
      migrated.push(await migrateAccount(source, target, { ...options, account }));
    } finally {
      await target.release(account, OWNER);
    }
  }
  return migrated;
}

type Migrating = MigrateOptions & { readonly account: HistoryAccount };

async function compare(
  source: HistoryStore,
  target: ServerHistory,
  { account, signal, onProgress }: Migrating,
): Promise<void> {
  let rows = 0;
  for await (const batch of source.bookings(account)) {
    signal.throwIfAborted();
    const ours = new Map(batch.map((row) => [row.id, row]));
    for (const theirs of await target.linesOf(account, [...ours.keys()])) {
      const our = ours.get(theirs.id);
      if (our && textOf(alike(our, theirs)) !== textOf(alike(theirs, our))) {
        throw contradiction(target, our, theirs);
      }
    }
    rows += batch.length;
    onProgress({ ...keyOf(account), phase: "compared", rows });
  }
}

async function migrateAccount(
  source: HistoryStore,
  target: ServerHistory,
  migrating: Migrating,
): Promise<MigratedAccount> {
  const { account, signal, onProgress } = migrating;
  let [rows, copied] = [0, 0];
  for await (const batch of source.bookings(account)) {
    signal.throwIfAborted();
    copied += await target.takeOver(account, batch);
    rows += batch.length;
    onProgress({ ...keyOf(account), phase: "copied", rows });
  }
  const verified = await verify(source, target, migrating);
  const progress = furtherOf(account.progress, await target.progress(account));
  await target.takeOverAccount({ ...account, progress });
  return { ...keyOf(account), ...verified, copied, through: progress?.through ?? null };
}

/** Reads both from end to end: in the same order, so that each row has its place in the other. */
async function verify(
  source: HistoryStore,
  target: ServerHistory,
  { account, signal, onProgress }: Migrating,
): Promise<Pick<MigratedAccount, "rows" | "others" | "sha256">> {
  const [ourHash, theirHash] = [createHash("sha256"), createHash("sha256")];
  const theirs = eachOf(target.bookings(account));
  let [rows, found, others] = [0, 0, 0];
  try {
    for await (const batch of source.bookings(account)) {
      signal.throwIfAborted();
      for (const our of batch) {
        ourHash.update(textOf(our));
        for (let next = await theirs.next(); next.done !== true; next = await theirs.next()) {
          if (next.value.id === our.id) {
            theirHash.update(textOf(alike(next.value, our)));
            found += 1;
            break;
          }
          others += 1;
        }
      }
      rows += batch.length;
      onProgress({ ...keyOf(account), phase: "verified", rows });
    }
    for await (const _ of theirs) others += 1;
  } finally {
    await theirs.return();
  }
  const sha256 = ourHash.digest("hex");
  if (found !== rows || theirHash.digest("hex") !== sha256) {
    throw unlike(target, account, { rows, found });
  }
  return { rows, others, sha256 };
}

async function* eachOf(
  batches: AsyncIterable<readonly BookedRow[]>,
): AsyncGenerator<BookedRow, void, void> {
  for await (const batch of batches) yield* batch;
}

/** The server holds all rows of both, so whichever knows the log further is right. */
function furtherOf(ours: SyncProgress | null, theirs: SyncProgress | null): SyncProgress | null {
  if (!ours || !theirs) return ours ?? theirs;
  return isLaterId(ours.through, theirs.through) ? ours : theirs;
}

/** Who asked for an order, not every store knows: that says nothing else of a transaction. */
const LABELS = ["clientOrderId", "signalId", "agent"] as const;

/** The row without the labels that `other` lacks. */
function alike(row: BookedRow, other: BookedRow): BookedRow {
  const lacking = LABELS.filter((label) => other[label] === null).map((label) => [label, null]);
  return { ...row, ...Object.fromEntries(lacking) };
}

function textOf(row: BookedRow): string {
  return `${JSON.stringify(row)}\n`;
}

function keyOf({ connection, account }: AccountKey): AccountKey {
  return { connection, account };
}

function contradiction(target: ServerHistory, our: BookedRow, theirs: BookedRow): Failure {
  const { id, connection, account } = our;
  const keys = (Object.keys(our) as (keyof BookedRow)[]).filter(
    (key) => JSON.stringify(alike(our, theirs)[key]) !== JSON.stringify(alike(theirs, our)[key]),
  );
  return new Failure(
    "DRIFT",
    `${target.server} says something else of transaction ${id} of ${connection}, account ${account}: ${keys.join(", ")} differ. Nothing was copied.`,
    {
      hint: "Look at both with history show. If the server's is right, nothing is to be copied; if this one is, give an empty database.",
      details: { connection, account, id, keys, server: target.server },
    },
  );
}

function unlike(
  target: ServerHistory,
  { connection, account }: AccountKey,
  { rows, found }: { readonly rows: number; readonly found: number },
): Failure {
  return new Failure(
    "DRIFT",
    `Of ${rows} rows of ${connection}, account ${account}, ${found} were found again in ${target.server}, or not as they are here: one of both was changed meanwhile.`,
    {
      hint: "Run the command again.",
      details: { connection, account, rows, found, server: target.server },
    },
  );
}

function heldFailure({ connection, account }: AccountKey, holder: string): Failure {
  return new Failure(
    "STORAGE_BUSY",
    `The log of ${connection}, account ${account}, is being read into the server's history by ${holder}. What was copied so far is kept.`,
    { hint: "Run the command again when that is done.", retryable: true },
  );
}
