import type { HistoryRow } from "../../core/history-row.ts";
import type { Instant } from "../../core/time.ts";
import { type LedgerAccount, postingsOf } from "./bookings.ts";

const NAMES: Readonly<Record<Exclude<LedgerAccount, "broker">, string>> = {
  trading: "Income:Trading",
  financing: "Income:Financing",
  commission: "Expenses:Commission",
  fees: "Expenses:Fees",
  funding: "Equity:Funding",
  other: "Income:Other",
};

/** What changed balances, as a file that beancount reads; an account is opened on the day it is first used. */
export async function* toBeancount(
  batches: AsyncIterable<readonly HistoryRow[]>,
  dayOf: (instant: Instant) => string,
): AsyncGenerator<string> {
  yield "; Trading history. Amounts are exact; no line without an effect on a balance is here.\n";
  const opened = new Set<string>();
  for await (const rows of batches) {
    yield rows.map((row) => entryOf(row, dayOf(row.time), opened)).join("");
  }
}

function entryOf(row: HistoryRow, day: string, opened: Set<string>): string {
  const postings = postingsOf(row).map(({ account, amount }) => ({
    name: account === "broker" ? brokerAccount(row) : NAMES[account],
    amount,
  }));
  if (postings.length === 0) return "";
  const opens = postings
    .filter(({ name }) => !opened.has(name))
    .map(({ name }) => {
      opened.add(name);
      return `${day} open ${name}\n`;
    });
  const what = [row.brokerType ?? row.type, row.instrument, row.side, row.units].filter(Boolean);
  const lines = postings.map(({ name, amount }) => `  ${name}  ${amount} ${commodity(row)}\n`);
  return `\n${opens.join("")}${day} * ${quoted(what.join(" "))}\n  id: ${quoted(row.id)}\n  time: ${quoted(row.time)}\n${lines.join("")}`;
}

/** Parts of a name begin with a capital or a digit, and hold letters, digits and dashes only. */
function brokerAccount({ connection, account }: HistoryRow): string {
  return `Assets:Broker:${part(connection)}:${part(account)}`;
}

function part(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9-]+/g, "-").replace(/^-+/, "");
  return plain === "" ? "Unnamed" : plain.charAt(0).toUpperCase() + plain.slice(1);
}

const LONGEST_COMMODITY = 24;

/** Two to 24 capitals and digits, a capital first; a sign such as € is its code point. */
function commodity({ currency }: HistoryRow): string {
  const upper = (currency ?? "UNKNOWN").toUpperCase();
  const plain = upper.replaceAll(/[^A-Z0-9]/g, "");
  const name = plain === "" ? [...upper].map(codePoint).join("") : plain;
  const begun = /^[A-Z]./.test(name) ? name : `X${name || "X"}`;
  return begun.slice(0, LONGEST_COMMODITY);
}

function codePoint(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase();
}

function quoted(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
