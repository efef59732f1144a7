import { decimal } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { BookedSum, HistoryQuery } from "../../ports/history.ts";
import { accountsIn, conditionsOf, Values } from "./lines.ts";
import type { Session } from "./session.ts";

const CUT = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const PARTS = ["realized_pl", "commission", "financing", "amount"] as const;

type Sum = Readonly<Record<(typeof PARTS)[number], string>> & {
  readonly day: string;
  readonly part: number;
  readonly currency: string | null;
  readonly fills: number;
};

/** Exact sums: the server adds up decimals of any length. */
export async function sumsOf(
  session: Session,
  query: HistoryQuery,
  cuts: readonly string[],
): Promise<readonly BookedSum[]> {
  const wrong = cuts.find((cut) => !CUT.test(cut));
  if (wrong !== undefined) throw new RangeError(`not a time of day: ${wrong}`);
  const keys = (await accountsIn(session, query)).map(({ key }) => key);
  const values = new Values();
  const where = conditionsOf(query, keys, values);
  const part = cuts.map((cut) => `(substr(t.time, 12, 5) >= '${cut}')::integer`).join(" + ") || "0";
  const sums = PARTS.map((name) => `sum(t.${name}::numeric)::text AS ${name}`);
  const { rows } = await session.query<Sum>(
    `SELECT substr(t.time, 1, 10) AS day, ${part} AS part, t.currency,
       (count(*) FILTER (WHERE t.type = 'fill'))::integer AS fills, ${sums.join(", ")}
     FROM tmt_broker.transactions t
     WHERE ${where} AND t.type <> 'funding' AND (t.type = 'fill' OR t.amount <> '0')
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 NULLS FIRST`,
    values.list,
  );
  return rows.map(({ day, part: behind, currency, fills, ...sum }) => ({
    from: `${day}T${behind === 0 ? "00:00" : cuts[behind - 1]}:00.000000000Z` as Instant,
    currency,
    realizedPl: decimal(sum.realized_pl),
    commission: decimal(sum.commission),
    financing: decimal(sum.financing),
    amount: decimal(sum.amount),
    fills,
  }));
}
