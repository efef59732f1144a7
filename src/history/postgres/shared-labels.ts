import { addMs } from "../../core/time.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { JournalLabels, OrderLabels } from "../labels.ts";
import { openAccount } from "./account-rows.ts";
import type { ServerDatabase } from "./database.ts";
import { unpackOld } from "./line-writer.ts";
import type { StoredLine } from "./lines.ts";
import type { ServerKind } from "./migrate.ts";
import { dayOf } from "./months.ts";
import type { Session } from "./session.ts";

const NOT_SHARED = "What the broker's log says was not read; the next sync reads it.";
const ORDERS_PER_STATEMENT = 2_000;
/** A clock may be wrong, but not by a month: a line isn't older than its order by more. */
const MOST_SKEW_MS = 31 * 86_400_000;

/**
 * Tells the server who asked for the orders that were sent from here, so that every computer sees it, also on lines that
 * another one read. What was told stays, whatever becomes of the lines.
 */
export class SharedLabels {
  readonly #database: ServerDatabase;
  readonly #labels: JournalLabels;
  readonly #done = new Set<string>();

  constructor(database: ServerDatabase, labels: JournalLabels) {
    this.#database = database;
    this.#labels = labels;
  }

  /** Tells what the server doesn't know yet of an account's orders, once in a run. */
  async share(account: AccountKey): Promise<void> {
    const name = JSON.stringify([account.connection, account.account]);
    if (this.#done.has(name)) return;
    const pages = this.#labels.newestFirst(account)[Symbol.iterator]();
    const first = pages.next();
    if (first.done !== true) {
      await this.#database.write(NOT_SHARED, async (session, kind) => {
        const { key } = await openAccount(session, account);
        const orders = await unknownOf(session, key, { first: first.value, rest: pages });
        await keepLabels(session, orders, { accountKey: key, kind });
      });
    }
    this.#done.add(name);
  }
}

type Pages = {
  readonly first: readonly OrderLabels[];
  readonly rest: Iterator<readonly OrderLabels[]>;
};

/** Labels are told all at once, so whatever is older than many that are known is known too. The oldest come first. */
async function unknownOf(
  session: Session,
  accountKey: number,
  { first, rest }: Pages,
): Promise<readonly OrderLabels[]> {
  const unknown: OrderLabels[] = [];
  for (let page = first; ; ) {
    const ids = page.map(({ clientOrderId }) => clientOrderId);
    const { rows } = await session.query<{ readonly id: string }>(
      `SELECT client_order_id AS id FROM tmt_broker.order_labels
       WHERE account_key = $1 AND client_order_id = ANY ($2::text[])`,
      [accountKey, ids],
    );
    const known = new Set(rows.map(({ id }) => id));
    unknown.push(...page.filter(({ clientOrderId }) => !known.has(clientOrderId)));
    const next = known.size === page.length ? null : rest.next();
    if (next === null || next.done === true) return unknown.toReversed();
    page = next.value;
  }
}

type Labelling = { readonly accountKey: number; readonly kind: ServerKind };

async function keepLabels(
  session: Session,
  orders: readonly OrderLabels[],
  labelling: Labelling,
): Promise<void> {
  for (let next = 0; next < orders.length; next += ORDERS_PER_STATEMENT) {
    const part = orders.slice(next, next + ORDERS_PER_STATEMENT);
    const columns = (["clientOrderId", "signalId", "agent"] as const).map((key) =>
      part.map((order) => order[key]),
    );
    await session.query(
      `INSERT INTO tmt_broker.order_labels (account_key, client_order_id, signal_id, agent)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
      [labelling.accountKey, ...columns],
    );
  }
  if (orders.length > 0) await labelKnownLines(session, orders, labelling);
}

/** Lines that another computer read, or that were imported, before their orders were known. */
async function labelKnownLines(
  session: Session,
  orders: readonly OrderLabels[],
  labelling: Labelling,
): Promise<void> {
  const [earliest] = orders.map(({ createdAt }) => createdAt).toSorted();
  if (earliest === undefined) return;
  const { rows } = await session.query<UnlabelledLine>(
    `SELECT t.id, t.client_order_id AS "clientOrderId", known.signal_id AS "signalId", known.agent
     FROM tmt_broker.transactions t JOIN tmt_broker.order_labels known USING (account_key, client_order_id)
     WHERE t.account_key = $1 AND t.day >= $2::date AND client_order_id = ANY ($3::text[])
       AND (t.signal_id IS NULL AND known.signal_id IS NOT NULL OR t.agent IS NULL AND known.agent IS NOT NULL)`,
    [
      labelling.accountKey,
      dayOf(addMs(earliest, -MOST_SKEW_MS)),
      orders.map(({ clientOrderId }) => clientOrderId),
    ],
  );
  await addLabels(session, rows, labelling);
}

type UnlabelledLine = Pick<StoredLine, "id" | "clientOrderId" | "signalId" | "agent">;

/** Gives an account's lines the labels that they lack; one that is there stays. */
export async function addLabels(
  session: Session,
  lines: readonly UnlabelledLine[],
  { accountKey, kind }: Labelling,
): Promise<void> {
  const columns = (["id", "clientOrderId", "signalId", "agent"] as const).map((key) =>
    lines.map((line) => line[key]),
  );
  const { rows: places } = await session.query<{ readonly day: string }>(LACKING, [
    accountKey,
    ...columns,
  ]);
  if (places.length === 0) return;
  await unpackOld(session, kind);
  const days = places.map(({ day }) => day).toSorted();
  await session.query(
    `UPDATE tmt_broker.transactions t SET client_order_id = coalesce(t.client_order_id, given.client_order_id),
       signal_id = coalesce(t.signal_id, given.signal_id), agent = coalesce(t.agent, given.agent)
     ${FROM_GIVEN} AND t.day BETWEEN $6::date AND $7::date`,
    [accountKey, ...columns, days[0], days.at(-1)],
  );
}

const FROM_GIVEN = `FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
    AS given (id, client_order_id, signal_id, agent), tmt_broker.transaction_ids place
  WHERE place.account_key = $1 AND place.id = given.id AND t.account_key = $1
    AND t.day = place.day AND t.time = place.time AND t.id = place.id
    AND (${["client_order_id", "signal_id", "agent"]
      .map((name) => `t.${name} IS NULL AND given.${name} IS NOT NULL`)
      .join(" OR ")})`;
const LACKING = `SELECT t.day::text AS day
  ${FROM_GIVEN.replace("FROM", "FROM tmt_broker.transactions t, ")}`;
