import { type Decimal, sumOf } from "../../core/money.ts";
import type { Environment } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import { money, signed } from "./numbers.ts";
import { staleTheme } from "./stale-text.ts";
import { table } from "./table.ts";
import type { Theme } from "./theme.ts";

export type AccountRow = {
  readonly connection: string;
  readonly environment: Environment;
  readonly id: string;
  readonly alias: string | null;
  readonly currency: string;
  readonly balance: Decimal;
  readonly unrealizedPl: Decimal;
  readonly realizedPl: Decimal;
  readonly equity: Decimal;
  readonly marginUsed: Decimal;
  readonly marginAvailable: Decimal;
  readonly marginCloseoutPercent: Decimal;
  readonly leverage: Decimal;
  readonly openPositions: number;
  readonly pendingOrders: number;
  readonly asOf: Instant;
  /** The broker couldn't be reached: these are its last figures. */
  readonly stale: boolean;
};

/** Accounts as a table, with totals when there are several: never real money and play money together, nor two currencies. */
export function accountsText(rows: readonly AccountRow[], theme: Theme): string {
  if (rows.length === 0) return "No accounts.";
  const body = table(
    [
      { head: "" },
      { head: "Connection" },
      { head: "Account" },
      { head: "Balance", align: "right" },
      { head: "P&L", align: "right" },
      { head: "Equity", align: "right" },
      { head: "Margin used", align: "right" },
      { head: "Free", align: "right" },
      { head: "Close-out", align: "right" },
      { head: "Leverage", align: "right" },
      { head: "Pos", align: "right" },
      { head: "Orders", align: "right" },
    ],
    rows.map((row) => [
      theme.badge(row.environment),
      row.connection,
      row.alias ? `${row.alias} (${row.id})` : row.id,
      money(row.balance, row.currency),
      plText(row, theme),
      money(row.equity, row.currency),
      money(row.marginUsed, row.currency),
      money(row.marginAvailable, row.currency),
      percent(row.marginCloseoutPercent),
      `${row.leverage}:1`,
      String(row.openPositions),
      String(row.pendingOrders),
    ]),
  );
  const lines = [
    body,
    ...(rows.length > 1 ? [totals(rows)] : []),
    ...rows.flatMap((row) => staleLine(row, theme)),
  ];
  return lines.join("\n");
}

function plText({ unrealizedPl, currency, stale }: AccountRow, theme: Theme): string {
  const { gain } = stale ? staleTheme(theme) : theme;
  return gain(unrealizedPl, signed(unrealizedPl, currency));
}

function staleLine(
  { connection, id, asOf, stale }: AccountRow,
  { times }: Theme,
): readonly string[] {
  return stale ? [`${connection} / ${id} as of ${times.text(asOf)}: not current`] : [];
}

function totals(rows: readonly AccountRow[]): string {
  const groups = Map.groupBy(rows, ({ environment, currency }) => `${environment} ${currency}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const { currency, environment } = first;
      const equity = sumOf(group.map((row) => row.equity));
      const pl = sumOf(group.map((row) => row.unrealizedPl));
      return `Total ${environment.toUpperCase()} equity ${money(equity, currency)}, P&L ${signed(pl, currency)} ${currency}`;
    })
    .join("\n");
}

function percent(ratio: Decimal): string {
  const shifted = ratio.toFixed(4);
  const whole = shifted.replace(".", "").replace(/^0+(?=\d{3})/, "");
  return `${whole.slice(0, -2)}.${whole.slice(-2, -1)} %`;
}
