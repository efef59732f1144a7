import type Database from "better-sqlite3";
import { Decimal, decimal, ZERO } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { BookedSum, HistoryQuery, TimeBucket } from "../../ports/history.ts";
import { ALL_LINES, LINES_BY_TIME } from "./history-columns.ts";
import { conditionsOf } from "./history-reader.ts";

const PARTS = ["realized_pl", "commission", "financing", "amount"] as const;
/** Longer texts might together outgrow 64 bits, in which SQLite adds: they are added up here, one by one. */
const SHORT = 12;
const BUCKET_LENGTH = { hour: 13, minute: 16 } as const;
const BUCKET_END = { hour: ":00:00.000000000Z", minute: ":00.000000000Z" } as const;

/**
 * Exact sums: SQLite adds up the digits of texts that have the same number of decimals, as whole numbers, and only what
 * it found is added up here.
 */
export function sumsOf(
  connection: Database.Database,
  query: HistoryQuery,
  bucket: TimeBucket,
): readonly BookedSum[] {
  const { where, values } = conditionsOf(query);
  const scope = `${linesOf(query)} ${where === "" ? "WHERE" : `${where} AND`} t.type <> 'funding'
    AND (t.type = 'fill' OR t.amount <> '0')`;
  const totals = new Map<string, Total>();
  const grouped = connection.prepare<unknown[], Group>(groupedSql(scope, bucket)).safeIntegers();
  const single = connection.prepare<unknown[], Line>(longSql(scope, bucket)).safeIntegers();
  for (const group of grouped.iterate(...values)) {
    addTo(totals, group, (part) => amountOf(group, part));
  }
  // Groups come in order; what is added up one by one may bring new ones.
  const inOrder = totals.size;
  for (const line of single.iterate(...values)) addTo(totals, line, (part) => decimal(line[part]));
  const all = [...totals.values()];
  return (all.length > inOrder ? all.toSorted(byTime) : all).map((total) => toSum(total, bucket));
}

/** A span of time is found by its index; all of the history is read faster from end to end. */
function linesOf({ from, before }: HistoryQuery): string {
  return from === null && before === null ? ALL_LINES : LINES_BY_TIME;
}

type Part = (typeof PARTS)[number];
type Key = {
  readonly bucket: string;
  readonly currency: string | null;
  readonly fills: bigint;
};
/** Whole numbers, and how many of their digits are decimals; -1 where there's no decimal point. */
type Group = Key & Record<Part | `${Part}_scale`, bigint>;
type Line = Key & Record<Part, string>;
type Total = Key & { readonly sums: readonly Decimal[] };

const isShort = `(${PARTS.map((part) => `length(t.${part}) <= ${SHORT}`).join(" AND ")})`;

function bucketSql(bucket: TimeBucket): string {
  return `substr(t.time, 1, ${BUCKET_LENGTH[bucket]}) AS bucket, t.currency AS currency`;
}

function groupedSql(scope: string, bucket: TimeBucket): string {
  const scales = PARTS.map(
    (part) =>
      `CASE t.${part} WHEN '0' THEN 0 ELSE length(t.${part}) - instr(t.${part} || '.', '.') END AS ${part}_scale`,
  );
  const sums = PARTS.map(
    (part) =>
      `sum(CASE t.${part} WHEN '0' THEN 0 ELSE CAST(replace(t.${part}, '.', '') AS INTEGER) END) AS ${part}`,
  );
  return `SELECT ${bucketSql(bucket)}, sum(t.type = 'fill') AS fills, ${[...scales, ...sums].join(", ")}
    FROM ${scope} AND ${isShort}
    GROUP BY bucket, t.currency, ${PARTS.map((part) => `${part}_scale`).join(", ")}
    ORDER BY bucket, t.currency`;
}

function longSql(scope: string, bucket: TimeBucket): string {
  return `SELECT ${bucketSql(bucket)}, t.type = 'fill' AS fills, ${PARTS.map((part) => `t.${part} AS ${part}`).join(", ")}
    FROM ${scope} AND NOT (${isShort})`;
}

function addTo(totals: Map<string, Total>, key: Key, amount: (part: Part) => Decimal): void {
  const { bucket, currency, fills } = key;
  const name = `${bucket} ${currency}`;
  const total = totals.get(name);
  const sums = PARTS.map((part, index) => amount(part).plus(total?.sums[index] ?? ZERO));
  totals.set(name, { bucket, currency, fills: fills + (total?.fills ?? 0n), sums });
}

function amountOf(group: Group, part: Part): Decimal {
  const scale = Number(group[`${part}_scale`]);
  return new Decimal(group[part], Math.max(0, scale));
}

function toSum({ bucket, currency, fills, sums }: Total, size: TimeBucket): BookedSum {
  const [realizedPl = ZERO, commission = ZERO, financing = ZERO, amount = ZERO] = sums;
  return {
    from: `${bucket}${BUCKET_END[size]}` as Instant,
    currency,
    realizedPl,
    commission,
    financing,
    amount,
    fills: Number(fills),
  };
}

function byTime(left: Total, right: Total): number {
  const [first, second] = [left, right].map(
    ({ bucket, currency }) => `${bucket} ${currency ?? ""}`,
  );
  if (first === undefined || second === undefined || first === second) return 0;
  return first < second ? -1 : 1;
}
