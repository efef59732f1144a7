import type { Instant } from "../../core/time.ts";
import { unpackOld } from "./line-writer.ts";
import type { ServerKind } from "./migrate.ts";
import { dayOf, monthAfter } from "./months.ts";
import type { Session } from "./session.ts";
import { timescaleOf } from "./timescale.ts";

/** A month's partition, or a chunk of TimescaleDB's: the lines of some days. */
export type Part = {
  /** As SQL names it. */
  readonly name: string;
  /** The first day, and the one after the last. */
  readonly from: string;
  readonly to: string;
};

/** The parts of which every line goes, of all accounts. `going` is how many lines go of each day. */
export async function wholeParts(
  session: Session,
  going: ReadonlyMap<string, number>,
  { cut, kind }: { readonly cut: Instant; readonly kind: ServerKind },
): Promise<readonly Part[]> {
  const { rows } = await session.query<{ readonly day: string; readonly count: number }>(
    `SELECT day::text AS day, count(*)::integer AS count FROM tmt_broker.transactions
     WHERE day < $1::date GROUP BY day`,
    [dayOf(cut)],
  );
  const staying = rows.filter(({ day, count }) => going.get(day) !== count);
  const parts = kind === "partitions" ? await partitions(session) : await chunks(session);
  return parts.filter(
    ({ from, to }) => to <= dayOf(cut) && !staying.some(({ day }) => from <= day && day < to),
  );
}

/**
 * Takes whole parts away, so that nothing of them is left on the server's disk. Who reads holds that up, and isn't waited for
 * longer than a moment: then the lines are deleted, and the parts stay empty until the next time. Whoever wants to read
 * afterwards waits for the transaction's end.
 */
export async function removeParts(
  session: Session,
  parts: readonly Part[],
  kind: ServerKind,
): Promise<void> {
  for (const { from, to } of spansOf(parts))
    await removeDays(session, "transaction_ids", { from, to });
  await session.query("SAVEPOINT before_parts");
  try {
    await session.query("SET LOCAL lock_timeout = '1s'");
    await session.query("LOCK TABLE ONLY tmt_broker.transactions IN ACCESS EXCLUSIVE MODE");
    await dropParts(session, parts, kind);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === LOCK_NOT_AVAILABLE)) {
      throw error;
    }
    await session.query("ROLLBACK TO SAVEPOINT before_parts");
    await unpackOld(session, kind);
    for (const span of spansOf(parts)) await removeDays(session, "transactions", span);
  }
}

const LOCK_NOT_AVAILABLE = "55P03";

async function dropParts(
  session: Session,
  parts: readonly Part[],
  kind: ServerKind,
): Promise<void> {
  const timescale = kind === "hypertable" ? await timescaleOf(session) : null;
  for (const { name, from, to } of parts) {
    if (timescale === null) await session.query(`DROP TABLE ${name}`);
    else {
      await session.query(
        `SELECT "${timescale.schema}".drop_chunks('tmt_broker.transactions',
           older_than => $1::date, newer_than => $2::date)`,
        [to, from],
      );
    }
  }
}

type Span = Pick<Part, "from" | "to">;

async function removeDays(
  session: Session,
  table: "transactions" | "transaction_ids",
  { from, to }: Span,
): Promise<void> {
  await session.query(`DELETE FROM tmt_broker.${table} WHERE day >= $1::date AND day < $2::date`, [
    from,
    to,
  ]);
}

/** Parts that follow each other as one: each span is looked for in all ids. */
function spansOf(parts: readonly Part[]): readonly Span[] {
  const spans: Span[] = [];
  for (const { from, to } of parts) {
    const last = spans.at(-1);
    if (last?.to === from) spans[spans.length - 1] = { from: last.from, to };
    else spans.push({ from, to });
  }
  return spans;
}

async function partitions(session: Session): Promise<readonly Part[]> {
  const { rows } = await session.query<{ readonly name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'tmt_broker.transactions'::regclass ORDER BY 1`,
  );
  return rows.flatMap(({ name }) => {
    const [, year, month] = /^transactions_(\d{4})_(\d{2})$/.exec(name) ?? [];
    if (year === undefined) return [];
    const first = `${year}-${month}`;
    return [{ name: `tmt_broker.${name}`, from: `${first}-01`, to: `${monthAfter(first)}-01` }];
  });
}

async function chunks(session: Session): Promise<readonly Part[]> {
  const { rows } = await session.query<Part>(
    `SELECT format('%I.%I', chunk_schema, chunk_name) AS name,
       (range_start AT TIME ZONE 'UTC')::date::text AS "from",
       (range_end AT TIME ZONE 'UTC')::date::text AS "to"
     FROM timescaledb_information.chunks
     WHERE hypertable_schema = 'tmt_broker' AND hypertable_name = 'transactions' ORDER BY range_start`,
  );
  return rows;
}
