import type { HistoryRow } from "../../core/history-row.ts";
import type { Instant } from "../../core/time.ts";
import { type LedgerAccount, type Posting, postingsOf } from "./bookings.ts";

const NAMES: Readonly<Record<Exclude<LedgerAccount, "broker">, string>> = {
  trading: "income:trading",
  financing: "income:financing",
  commission: "expenses:commission",
  fees: "expenses:fees",
  funding: "equity:funding",
  other: "income:other",
};

/** What changed balances, as a journal that hledger reads: an entry for each line that did. */
export async function* toHledger(
  batches: AsyncIterable<readonly HistoryRow[]>,
  dayOf: (instant: Instant) => string,
): AsyncGenerator<string> {
  yield "; Trading history. Amounts are exact; no line without an effect on a balance is here.\ndecimal-mark .\n";
  for await (const rows of batches) yield rows.map((row) => entryOf(row, dayOf)).join("");
}

function entryOf(row: HistoryRow, dayOf: (instant: Instant) => string): string {
  const postings = postingsOf(row);
  if (postings.length === 0) return "";
  const what = [row.brokerType ?? row.type, row.instrument, row.side, row.units].filter(Boolean);
  const lines = postings.map((posting) => postingLine(posting, row));
  return `\n${dayOf(row.time)} (${bare(row.id)}) ${bare(what.join(" "))}  ; time:${row.time}\n${lines.join("")}`;
}

function postingLine({ account, amount }: Posting, row: HistoryRow): string {
  const name =
    account === "broker"
      ? `assets:broker:${accountName(row.connection)}:${accountName(row.account)}`
      : NAMES[account];
  return `    ${name}  ${amount} ${commodity(row.currency)}\n`;
}

/** Two spaces end an account's name, a colon its part, and a semicolon begins a comment. */
function accountName(text: string): string {
  return (
    bare(text)
      .replaceAll(/[:\s]+/g, " ")
      .trim() || "unnamed"
  );
}

function bare(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp};()|*!"]+/gu, " ").trim();
}

function commodity(currency: string | null): string {
  if (currency === null) return '"unknown"';
  return /^[A-Za-z]+$/.test(currency) ? currency : `"${bare(currency)}"`;
}
