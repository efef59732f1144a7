import type Database from "better-sqlite3";
import { Decimal, decimal, ZERO } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { BookedSum, HistoryQuery } from "../../ports/history.ts";
import { ALL_LINES, LINES_BY_TIME } from "./history-columns.ts";
import { conditionsOf, isImporting } from "./history-reader.ts";

const PARTS = ["realized_pl", "commission", "financing", "amount"] as const;
/** Longer texts might together outgrow 64 bits, in which SQLite adds: then all is added up here, line by line. */
const SHORT = 12n;
const CUT = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/**
 * Exact sums: SQLite adds up the digits of texts that have the same number of decimals, as whole numbers, and only what
 * it found is added up here. Only inside a transaction.
 */
export function sumsOf(
  connection: Database.Database,
  asked: HistoryQuery,
  cuts: readonly string[],
): readonly BookedSum[] {
  const bucket = bucketSql(cuts);
  const { where, values } = conditionsOf(asked, isImporting(connection));
  const scope = `${linesOf(asked)} ${where === "" ? "WHERE" : `${where} AND`} t.type <> 'funding'
    AND (t.type = 'fill' OR t.amount <> '0')`;
  const query = { connection, scope, bucket, values };
  const totals = sumGroups(query) ?? sumEach(query);
  return totals.map((total) => toSum(total, cuts));
}

type Summing = {
  readonly connection: Database.Database;
  readonly scope: string;
  readonly bucket: string;
  readonly values: readonly string[];
};

/** Added up by SQLite, in order of time; null where a text is too long for that. */
function sumGroups({ connection, scope, bucket, values }: Summing): readonly Total[] | null {
  const totals = new Map<string, Total>();
  const groups = connection.prepare<unknown[], Group>(groupedSql(scope, bucket)).safeIntegers();
  for (const group of groups.iterate(...values)) {
    if (group.longest > SHORT) return null;
    addTo(totals, group, (part) => amountOf(group, part));
  }
  return [...totals.values()];
}

/** Added up here, line by line. */
function sumEach({ connection, scope, bucket, values }: Summing): readonly Total[] {
  const totals = new Map<string, Total>();
  const lines = connection.prepare<unknown[], Line>(linesSql(scope, bucket)).safeIntegers();
  for (const line of lines.iterate(...values)) addTo(totals, line, (part) => decimal(line[part]));
  return [...totals.values()];
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
/** Whole numbers; `scales` says how many of their digits are decimals, and `longest` how long the longest text was. */
type Group = Key & Record<Part | "scales" | "longest", bigint>;
type Line = Key & Record<Part, string>;
type Total = Key & { readonly sums: readonly Decimal[] };

/** A line's day, and how many of the cuts are behind its time of day. */
function bucketSql(cuts: readonly string[]): string {
  const wrong = cuts.find((cut) => !CUT.test(cut));
  if (wrong !== undefined) throw new RangeError(`not a time of day: ${wrong}`);
  const parts = cuts.map((cut) => `(substr(t.time, 12, 5) >= '${cut}')`);
  const part = parts.length === 0 ? "0" : parts.join(" + ");
  return `substr(t.time, 1, 10) AS day, ${part} AS part, t.currency AS currency`;
}

/** The scales of all parts as one number, two digits each: one more than the decimals, and zero for whole numbers. */
function groupedSql(scope: string, bucket: string): string {
  const scales = PARTS.map(
    (part) =>
      `CASE t.${part} WHEN '0' THEN 0 ELSE length(t.${part}) - instr(t.${part} || '.', '.') + 1 END`,
  ).reduce((earlier, scale) => `(${earlier}) * 100 + (${scale})`);
  const sums = PARTS.map(
    (part) =>
      `sum(CASE WHEN t.${part} = '0' OR length(t.${part}) > ${SHORT} THEN 0 ELSE CAST(replace(t.${part}, '.', '') AS INTEGER) END) AS ${part}`,
  );
  const longest = `max(max(${PARTS.map((part) => `length(t.${part})`).join(", ")})) AS longest`;
  return `SELECT ${bucket}, ${scales} AS scales, sum(t.type = 'fill') AS fills, ${[longest, ...sums].join(", ")}
    FROM ${scope}
    GROUP BY day, part, t.currency, scales
    ORDER BY day, part, t.currency`;
}

function linesSql(scope: string, bucket: string): string {
  return `SELECT ${bucket}, t.type = 'fill' AS fills, ${PARTS.map((part) => `t.${part} AS ${part}`).join(", ")}
    FROM ${scope} ORDER BY day, part, t.currency`;
}

function addTo(totals: Map<string, Total>, key: Key, amount: (part: Part) => Decimal): void {
  const { day, part, currency, fills } = key;
  const name = `${day} ${part} ${currency ?? ""}`;
  const total = totals.get(name);
  const sums = PARTS.map((each, index) => amount(each).plus(total?.sums[index] ?? ZERO));
  totals.set(name, { day, part, currency, fills: fills + (total?.fills ?? 0n), sums });
}

function amountOf(group: Group, part: Part): Decimal {
  const place = PARTS.length - 1 - PARTS.indexOf(part);
  const scale = Math.floor(Number(group.scales) / 100 ** place) % 100;
  return new Decimal(group[part], Math.max(0, scale - 1));
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
