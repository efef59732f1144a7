import type Database from "better-sqlite3";
import { Decimal, decimal, ZERO } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { BookedSum, HistoryQuery } from "../../ports/history.ts";
import { ALL_LINES, LINES_BY_TIME } from "./history-columns.ts";
import { conditionsOf } from "./history-reader.ts";

const PARTS = ["realized_pl", "commission", "financing", "amount"] as const;
/** Longer texts might together outgrow 64 bits, in which SQLite adds: they are added up here, one by one. */
const SHORT = 12;
const CUT = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/**
 * Exact sums: SQLite adds up the digits of texts that have the same number of decimals, as whole numbers, and only what
 * it found is added up here.
 */
export function sumsOf(
  connection: Database.Database,
  query: HistoryQuery,
  cuts: readonly string[],
): readonly BookedSum[] {
  const bucket = bucketSql(cuts);
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
  return (all.length > inOrder ? all.toSorted(byTime) : all).map((total) => toSum(total, cuts));
}

/** A span of time is found by its index; all of the history is read faster from end to end. */
function linesOf({ from, before }: HistoryQuery): string {
  return from === null && before === null ? ALL_LINES : LINES_BY_TIME;
}

type Part = (typeof PARTS)[number];
type Key = {
  readonly day: string;
  readonly part: bigint;
  readonly currency: string | null;
  readonly fills: bigint;
};
/** Whole numbers, and how many of their digits are decimals; -1 where there's no decimal point. */
type Group = Key & Record<Part | `${Part}_scale`, bigint>;
type Line = Key & Record<Part, string>;
type Total = Key & { readonly sums: readonly Decimal[] };

const isShort = `(${PARTS.map((part) => `length(t.${part}) <= ${SHORT}`).join(" AND ")})`;

/** A line's day, and how many of the cuts are behind its time of day. */
function bucketSql(cuts: readonly string[]): string {
  const wrong = cuts.find((cut) => !CUT.test(cut));
  if (wrong !== undefined) throw new RangeError(`not a time of day: ${wrong}`);
  const parts = cuts.map((cut) => `(substr(t.time, 12, 5) >= '${cut}')`);
  const part = parts.length === 0 ? "0" : parts.join(" + ");
  return `substr(t.time, 1, 10) AS day, ${part} AS part, t.currency AS currency`;
}

function groupedSql(scope: string, bucket: string): string {
  const scales = PARTS.map(
    (part) =>
      `CASE t.${part} WHEN '0' THEN 0 ELSE length(t.${part}) - instr(t.${part} || '.', '.') END AS ${part}_scale`,
  );
  const sums = PARTS.map(
    (part) =>
      `sum(CASE t.${part} WHEN '0' THEN 0 ELSE CAST(replace(t.${part}, '.', '') AS INTEGER) END) AS ${part}`,
  );
  return `SELECT ${bucket}, sum(t.type = 'fill') AS fills, ${[...scales, ...sums].join(", ")}
    FROM ${scope} AND ${isShort}
    GROUP BY day, part, t.currency, ${PARTS.map((part) => `${part}_scale`).join(", ")}
    ORDER BY day, part, t.currency`;
}

function longSql(scope: string, bucket: string): string {
  return `SELECT ${bucket}, t.type = 'fill' AS fills, ${PARTS.map((part) => `t.${part} AS ${part}`).join(", ")}
    FROM ${scope} AND NOT (${isShort})`;
}

function addTo(totals: Map<string, Total>, key: Key, amount: (part: Part) => Decimal): void {
  const { day, part, currency, fills } = key;
  const name = `${day} ${part} ${currency ?? ""}`;
  const total = totals.get(name);
  const sums = PARTS.map((each, index) => amount(each).plus(total?.sums[index] ?? ZERO));
  totals.set(name, { day, part, currency, fills: fills + (total?.fills ?? 0n), sums });
}

function amountOf(group: Group, part: Part): Decimal {
  const scale = Number(group[`${part}_scale`]);
  return new Decimal(group[part], Math.max(0, scale));
}

function toSum({ day, part, currency, fills, sums }: Total, cuts: readonly string[]): BookedSum {
  const [realizedPl = ZERO, commission = ZERO, financing = ZERO, amount = ZERO] = sums;
  return {
    from: `${day}T${part === 0n ? "00:00" : cuts[Number(part) - 1]}:00.000000000Z` as Instant,
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
    ({ day, part, currency }) => `${day} ${String(part).padStart(4, "0")} ${currency ?? ""}`,
  );
  if (first === undefined || second === undefined || first === second) return 0;
  return first < second ? -1 : 1;
}
