import type { HistoryRow } from "../../core/history-row.ts";
import { decimal } from "../../core/money.ts";
import { grouped, signed, timeText } from "./numbers.ts";
import { fields, table } from "./table.ts";
import type { Theme } from "./theme.ts";

/** Lines of the history as a table; amounts of one column may be in several currencies, which the last one names. */
export function historyText(rows: readonly HistoryRow[], theme: Theme): string {
  return table(
    [
      { head: "Time" },
      { head: "Account" },
      { head: "Id", align: "right" },
      { head: "Type" },
      { head: "Instrument" },
      { head: "Side" },
      { head: "Units", align: "right" },
      { head: "Price", align: "right" },
      { head: "P&L", align: "right" },
      { head: "Amount", align: "right" },
      { head: "Balance", align: "right" },
      { head: "" },
    ],
    rows.map((row) => [
      timeText(row.time),
      `${row.connection} ${row.account}`,
      row.id,
      row.type,
      row.instrument ?? "",
      row.side ?? "",
      row.units === null ? "" : grouped(decimal(row.units)),
      row.price ?? "",
      gain(row.realizedPl, row, theme),
      gain(row.amount, row, theme),
      row.balance === null ? "" : grouped(decimal(row.balance), 2),
      row.currency ?? "",
    ]),
  );
}

/** Everything of one line. */
export function historyRowText(row: HistoryRow): string {
  const values = Object.entries(row).filter(([, value]) => typeof value === "string");
  return fields(values.map(([key, value]) => [key, String(value)]));
}

function gain(text: string, { currency }: HistoryRow, theme: Theme): string {
  const amount = decimal(text);
  return amount.isZero() ? "" : theme.gain(amount, signed(amount, currency ?? ""));
}
