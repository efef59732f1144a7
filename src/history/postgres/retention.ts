import { Failure } from "../../core/failures.ts";
import type { Instant } from "../../core/time.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { Held, Pruned, ServerRetention } from "../../ports/retention.ts";
import { GoingLines } from "../going-lines.ts";
import { isUnclaimed } from "./claims.ts";
import type { ServerDatabase } from "./database.ts";
import { holdImports } from "./history-import.ts";
import { ONE_MOMENT } from "./history-reader.ts";
import { removeLines } from "./line-writer.ts";
import { accountsIn, type KeyedAccount } from "./lines.ts";
import type { ServerKind } from "./migrate.ts";
import { dayOf } from "./months.ts";
import { linesBefore, olderThan } from "./old-lines.ts";
import { type Part, removeParts, wholeParts } from "./parts.ts";
import type { Session } from "./session.ts";

const NOT_READ = "What is held could not be read.";
const NOT_PRUNED = "Nothing was taken away.";
const EVERYBODY = { connection: null, account: null };
const IDS_PER_STATEMENT = 2_000;

/** What a server holds of the trading history, and what of it may go. */
export class PostgresRetention implements ServerRetention {
  readonly #database: ServerDatabase;

  constructor(database: ServerDatabase) {
    this.#database = database;
  }

  newest(): Promise<Instant | null> {
    return this.#database.run(NOT_READ, async (session) => {
      const { rows } = await session.query<{ readonly time: Instant }>(
        "SELECT time FROM tmt_broker.transactions ORDER BY day DESC, time DESC LIMIT 1",
      );
      return rows[0]?.time ?? null;
    });
  }

  held(cut: Instant | null): Promise<readonly Held[]> {
    return this.#inOwnSession(NOT_READ, ONE_MOMENT, async (session) => {
      const held: Held[] = [];
      for (const account of await accountsIn(session, EVERYBODY)) {
        held.push(await this.#heldOf(session, account, cut));
      }
      return held;
    });
  }

  prune(
    cut: Instant,
    record: (pruned: readonly Pruned[]) => Promise<void>,
  ): Promise<readonly Pruned[]> {
    return this.#inOwnSession(NOT_PRUNED, "BEGIN", async (session, kind) => {
      const going: Going[] = [];
      for (const account of await holdAll(session)) {
        going.push(await this.#goingOf(session, account, cut));
      }
      const pruned = going.map(toPruned).filter(({ transactions }) => transactions > 0);
      if (pruned.length === 0) return [];
      const parts = await wholeParts(session, countsOf(going), { cut, kind });
      for (const one of going) await takeAway(session, one, { parts, kind, cut });
      await removeParts(session, parts, kind);
      await record(pruned);
      return pruned;
    });
  }

  async #heldOf(
    session: Session,
    { key, connection, account }: KeyedAccount,
    cut: Instant | null,
  ): Promise<Held> {
    const { rows } = await session.query<Pick<Held, "count" | "firstAt" | "lastAt">>(
      `SELECT count(*)::integer AS count, min(time) AS "firstAt", max(time) AS "lastAt"
       FROM tmt_broker.transactions WHERE account_key = $1`,
      [key],
    );
    const counts = rows[0] ?? { count: 0, firstAt: null, lastAt: null };
    const { count, needed } =
      cut === null
        ? { count: 0, needed: new Set() }
        : await olderThan(session, { key, connection, account }, this.#before(cut));
    const prunable = count - needed.size;
    const whose = { kind: "transactions", connection, account } as const;
    return { ...whose, ...counts, prunable, needed: needed.size };
  }

  async #goingOf(session: Session, account: KeyedAccount, cut: Instant): Promise<Going> {
    const { needed } = await olderThan(session, account, this.#before(cut));
    const lines = new GoingLines();
    for await (const { trades: _, ...row } of linesBefore(session, account, this.#before(cut))) {
      if (!needed.has(row.id)) lines.add(row);
    }
    return { account, lines, needed: needed.size };
  }

  #before(cut: Instant) {
    return { cut, server: this.#database.name };
  }

  async #inOwnSession<T>(
    meaning: string,
    begin: string,
    work: (session: Session, kind: ServerKind) => Promise<T>,
  ): Promise<T> {
    const { session, kind } = await this.#database.separate(meaning);
    try {
      return await this.#database.translated(meaning, () =>
        this.#database.transact(session, () => work(session, kind), begin),
      );
    } finally {
      await session.end();
    }
  }
}

type Going = {
  readonly account: KeyedAccount;
  readonly lines: GoingLines;
  readonly needed: number;
};

/** Nobody reads a log, imports, takes lines away or writes one otherwise before the transaction is over; lists go on. */
async function holdAll(session: Session): Promise<readonly KeyedAccount[]> {
  await holdImports(session);
  const accounts = await accountsIn(session, EVERYBODY);
  for (const account of accounts) {
    if (!(await isUnclaimed(session, account.key))) throw claimedFailure(account);
  }
  await session.query("LOCK TABLE tmt_broker.transactions IN EXCLUSIVE MODE");
  return accounts;
}

function toPruned({ account: { connection, account }, lines, needed }: Going): Pruned {
  return { connection, account, needed, balances: 0, ...lines.summary() };
}

/** How many lines go of each day. */
function countsOf(going: readonly Going[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const day of going.flatMap(({ lines }) => lines.times.map(dayOf))) {
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  return counts;
}

type TakingAway = {
  readonly parts: readonly Part[];
  readonly kind: ServerKind;
  readonly cut: Instant;
};

/** Lines of parts that go whole go with these. */
async function takeAway(
  session: Session,
  { account: { key }, lines }: Going,
  { parts, kind, cut }: TakingAway,
): Promise<void> {
  if (lines.ids.length === 0) return;
  const ids = lines.ids.filter((_, index) => {
    const day = dayOf(lines.times[index] ?? cut);
    return !parts.some(({ from, to }) => from <= day && day < to);
  });
  for (let next = 0; next < ids.length; next += IDS_PER_STATEMENT) {
    const some = ids.slice(next, next + IDS_PER_STATEMENT);
    await removeLines(session, { accountKey: key, ids: some, kind });
  }
  // A history that reached back to the account's beginning goes on telling all that is open now.
  await session.query(
    `UPDATE tmt_broker.history_accounts SET
       pruned_before = CASE WHEN begins_at IS NULL OR begins_at = pruned_before THEN $2 END,
       begins_at = CASE WHEN begins_at > $2 THEN begins_at ELSE $2 END
     WHERE key = $1 AND synced_through IS NOT NULL`,
    [key, cut],
  );
}

function claimedFailure({ connection, account }: AccountKey): Failure {
  return new Failure(
    "STORAGE_BUSY",
    `The log of ${connection}, account ${account}, is being read. ${NOT_PRUNED}`,
    { hint: "Run the command again when that is done.", retryable: true },
  );
}
