import type { Instant } from "../../core/time.ts";
import { COLUMNS, LINE, type StoredLine } from "./lines.ts";
import type { ServerKind } from "./migrate.ts";
import { dayOf } from "./months.ts";
import type { Session } from "./session.ts";

const NAMES = COLUMNS.map(([column]) => column);
/** A label that the line lacks is the one that was shared of its order. */
const VALUES = NAMES.map((name) =>
  name === "signal_id" || name === "agent"
    ? `coalesce(lines.${name}, known.${name})`
    : `lines.${name}`,
);

/** `$2` and on are the columns; each of them is a list, with a value for each line. */
const INSERT = `WITH lines AS (
    SELECT * FROM unnest($1::date[], ${COLUMNS.map(([column], index) => `$${index + 2}::${column === "account_key" ? "integer" : "text"}[]`).join(", ")})
      AS given (day, ${NAMES.join(", ")})
  ), fresh AS (
    INSERT INTO tmt_broker.transaction_ids (account_key, id, day, time)
    SELECT account_key, id, day, time FROM lines
    ON CONFLICT DO NOTHING RETURNING account_key, id
  ), kept AS (
    INSERT INTO tmt_broker.transactions (day, ${NAMES.join(", ")})
    SELECT lines.day, ${VALUES.join(", ")} FROM lines JOIN fresh USING (account_key, id)
    LEFT JOIN tmt_broker.order_labels known
      ON known.account_key = lines.account_key AND known.client_order_id = lines.client_order_id
  )
  SELECT count(*)::integer AS count FROM fresh`;

/** Keeps lines whose ids aren't there yet, and says how many those were. No two of them may have the same id. */
export async function insertLines(session: Session, lines: readonly StoredLine[]): Promise<number> {
  if (lines.length === 0) return 0;
  const { rows } = await session.query<{ readonly count: number }>(INSERT, [
    lines.map(({ time }) => dayOf(time)),
    ...COLUMNS.map(([, key]) => lines.map((line) => line[key])),
  ]);
  return rows[0]?.count ?? 0;
}

type Place = { readonly id: string; readonly day: string; readonly time: Instant };

/** An account's lines with those ids. */
export async function linesWithIds(
  session: Session,
  accountKey: number,
  ids: readonly string[],
): Promise<readonly StoredLine[]> {
  const places = await placesOf(session, accountKey, ids);
  if (places.length === 0) return [];
  const { rows } = await session.query<StoredLine>(
    `SELECT ${LINE} FROM unnest($2::text[], $3::date[], $4::text[]) AS place (id, day, time)
     JOIN tmt_broker.transactions t ON t.day = place.day AND t.time = place.time AND t.id = place.id
     WHERE t.account_key = $1 AND ${BETWEEN}`,
    [accountKey, ...columnsOf(places)],
  );
  return rows;
}

/** Takes an account's lines with those ids away. */
export async function removeLines(
  session: Session,
  {
    accountKey,
    ids,
    kind,
  }: {
    readonly accountKey: number;
    readonly ids: readonly string[];
    readonly kind: ServerKind;
  },
): Promise<void> {
  const places = await placesOf(session, accountKey, ids);
  if (places.length === 0) return;
  await unpackOld(session, kind);
  await session.query(
    `DELETE FROM tmt_broker.transactions t
     USING unnest($2::text[], $3::date[], $4::text[]) AS place (id, day, time)
     WHERE t.day = place.day AND t.time = place.time AND t.id = place.id
       AND t.account_key = $1 AND ${BETWEEN}`,
    [accountKey, ...columnsOf(places)],
  );
  await session.query(
    "DELETE FROM tmt_broker.transaction_ids WHERE account_key = $1 AND id = ANY ($2::text[])",
    [accountKey, ids],
  );
}

/** TimescaleDB compresses old lines in groups, and a group is unpacked for one of them that changes. */
export async function unpackOld(session: Session, kind: ServerKind): Promise<void> {
  if (kind === "partitions") return;
  await session.query("SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0");
}

/** Named once more as bounds, so that only those months are looked at. */
const BETWEEN = "t.day BETWEEN $5::date AND $6::date";

async function placesOf(
  session: Session,
  accountKey: number,
  ids: readonly string[],
): Promise<readonly Place[]> {
  const { rows } = await session.query<Place>(
    `SELECT id, day::text AS day, time FROM tmt_broker.transaction_ids
     WHERE account_key = $1 AND id = ANY ($2::text[])`,
    [accountKey, ids],
  );
  return rows;
}

function columnsOf(places: readonly Place[]): readonly unknown[] {
  const days = places.map(({ day }) => day).toSorted();
  return [
    places.map(({ id }) => id),
    places.map(({ day }) => day),
    places.map(({ time }) => time),
    days[0],
    days.at(-1),
  ];
}
