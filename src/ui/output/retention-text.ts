import type { Instant } from "../../core/time.ts";
import type { Held, Pruned } from "../../ports/retention.ts";
import { table } from "./table.ts";

/** Where it is: the server's name, null on this computer. */
type Place = { readonly server: string | null };

export type PrunedRow = Pruned & Place;

export type RetentionRow = Held &
  Place & {
    /** Never taken away. */
    readonly isPermanent: boolean;
    readonly firstKeptUntil: string | null;
    readonly lastKeptUntil: string | null;
  };

export type RetentionTerm = { readonly years: number | null; readonly cut: Instant | null };

/** What is held of each kind, until when, and what may go. */
export function retentionText(
  rows: readonly RetentionRow[],
  { years, cut }: RetentionTerm,
): string {
  const isOnServer = rows.some(({ server }) => server !== null);
  const lines = table(
    [
      { head: "What" },
      { head: "Account" },
      ...(isOnServer ? [{ head: "Where" }] : []),
      { head: "Count", align: "right" },
      { head: "From" },
      { head: "To" },
      { head: "Kept until" },
      { head: "May go", align: "right" },
      { head: "Still needed", align: "right" },
    ],
    rows.map((row) => [
      row.kind,
      row.connection === null ? "" : `${row.connection} ${row.account ?? ""}`,
      ...(isOnServer ? [row.server ?? "here"] : []),
      String(row.count),
      row.firstAt?.slice(0, 10) ?? "",
      row.lastAt?.slice(0, 10) ?? "",
      untilText(row, years),
      row.isPermanent ? "" : String(row.prunable),
      row.needed === 0 ? "" : String(row.needed),
    ]),
  );
  return `${lines}\n\n${termText(years, cut)}`;
}

function untilText(
  { isPermanent, firstKeptUntil, lastKeptUntil }: RetentionRow,
  years: number | null,
) {
  if (isPermanent || years === null) return "for good";
  if (firstKeptUntil === null || lastKeptUntil === null) return "";
  return firstKeptUntil === lastKeptUntil ? lastKeptUntil : `${firstKeptUntil} … ${lastKeptUntil}`;
}

/** The first trading year that is kept: it begins with the cut, on the evening of 31 December. */
function firstYear(cut: Instant): number {
  return Number(cut.slice(0, 4)) + 1;
}

function termText(years: number | null, cut: Instant | null): string {
  if (years === null || cut === null) return "Everything is kept for good (history.retention).";
  return `A trading year is kept until ${years} whole years after it are over: what is of trading years before ${firstYear(cut)} may go, but for what something later depends on (history.retention).`;
}

/** What was taken away of each account. */
export function prunedText(pruned: readonly PrunedRow[], cut: Instant | null): string {
  if (pruned.length === 0 || cut === null) return "Nothing may go yet.";
  const lines = pruned.map(
    ({ connection, account, server, transactions, balances, needed }) =>
      `${connection} ${account}${server ? ` at ${server}` : ""}: ${transactions} transactions and ${balances} balances of trading years before ${firstYear(cut)} are gone, ${needed} that are still needed stay.`,
  );
  return lines.join("\n");
}
