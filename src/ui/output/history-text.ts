import type { HistoryRow } from "../../core/history-row.ts";
import { type Decimal, decimal, sumOf } from "../../core/money.ts";
import { grouped, signed } from "./numbers.ts";
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
      theme.times.text(row.time),
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

export type PnlLine = {
  readonly period: string;
  readonly realizedPl: Decimal;
  readonly commission: Decimal;
  readonly financing: Decimal;
  readonly net: Decimal;
  readonly fills: number;
  readonly currency: string | null;
};

export type PnlView = {
  /** The period that isn't over. */
  readonly current: string;
  readonly by: string;
  readonly theme: Theme;
  /** What the amounts were converted with; null where they weren't. */
  readonly rates: ReadonlyMap<string, Decimal> | null;
};

/** Profit and loss by period, and the total of each currency. */
export function pnlText(rows: readonly PnlLine[], { current, by, theme, rates }: PnlView): string {
  if (rows.length === 0) return "Nothing was booked.";
  const currencies = Map.groupBy(rows, ({ currency }) => currency);
  const totals = [...currencies].map(([currency, lines]) => totalOf(currency, lines));
  const wanted = rows[0]?.currency ?? "";
  const stated = [...(rates ?? [])].map(([currency, rate]) => `1 ${currency} = ${rate} ${wanted}`);
  const lines = table(
    [
      { head: by.charAt(0).toUpperCase() + by.slice(1) },
      { head: "P&L", align: "right" },
      { head: "Commission", align: "right" },
      { head: "Financing", align: "right" },
      { head: "Net", align: "right" },
      { head: "Fills", align: "right" },
      { head: "" },
    ],
    [...rows, ...totals].map((row) => [
      row.period === current ? `${row.period} *` : row.period,
      exact(row.realizedPl, row, theme),
      exact(row.commission.negated(), row, theme),
      exact(row.financing, row, theme),
      exact(row.net, row, theme),
      String(row.fills),
      row.currency ?? "",
    ]),
  );
  return stated.length === 0 ? lines : `${lines}\n\nConverted at ${stated.join(", ")}.`;
}

function totalOf(currency: string | null, lines: readonly PnlLine[]): PnlLine {
  const sum = (amountOf: (line: PnlLine) => Decimal) => sumOf(lines.map(amountOf));
  return {
    period: "Total",
    realizedPl: sum((line) => line.realizedPl),
    commission: sum((line) => line.commission),
    financing: sum((line) => line.financing),
    net: sum((line) => line.net),
    fills: lines.reduce((count, line) => count + line.fills, 0),
    currency,
  };
}

function exact(amount: Decimal, { currency }: PnlLine, theme: Theme): string {
  return theme.gain(amount, signed(amount, currency ?? ""));
}

/** Everything of one line. */
export function historyRowText(row: HistoryRow, { times }: Theme): string {
  const values = Object.entries({ ...row, time: times.text(row.time) });
  const shown = values.filter(([, value]) => typeof value === "string");
  return fields(shown.map(([key, value]) => [key, String(value)]));
}

function gain(text: string, { currency }: HistoryRow, theme: Theme): string {
  const amount = decimal(text);
  return amount.isZero() ? "" : theme.gain(amount, signed(amount, currency ?? ""));
}

export type DriftLine = {
  readonly kind: string;
  readonly id: string;
  readonly instrument: string | null;
  readonly ours: string | null;
  readonly brokers: string | null;
};

/** What two records don't agree on. */
export function driftText(items: readonly DriftLine[]): string {
  return table(
    [
      { head: "What" },
      { head: "Id" },
      { head: "Instrument" },
      { head: "Ours", align: "right" },
      { head: "Broker's", align: "right" },
    ],
    items.map(({ kind, id, instrument, ours, brokers }) => [
      kind,
      id,
      instrument ?? "",
      ours ?? "none",
      brokers ?? "none",
    ]),
  );
}
