import { effectiveLeverage } from "../../../core/account.ts";
import { decimal, ONE } from "../../../core/money.ts";
import type { LiveAccount, LiveTotal } from "../../../ports/live.ts";
import { grouped, minorDigits, money, signed } from "../../output/numbers.ts";
import { bar } from "../glyphs.ts";
import { type Grid, type GridColumn, grid } from "../grid.ts";
import { accountRows, type Keyed } from "../rows.ts";
import { foreign, type Line, type Span, span } from "../spans.ts";
import { accountKey } from "../watch-desk.ts";
import { ageText, badge, gainSpan, type PanelView } from "./view.ts";

type Row = Keyed<LiveAccount>;

const BAR_WIDTH = 8;
const NARROW = 60;
const NONE = "-";
const HUNDRED = decimal("100");
/** From this share of the margin that leads to a close-out on, it is a matter of concern. */
const WARNED_SHARE = 0.5;

/** Balance, equity, the day's profit and loss, margin, and how much is left until the broker closes out. */
export function accounts(view: PanelView, width: number): Grid {
  const columns: GridColumn<Row>[] = [
    { head: "ACCOUNTS", align: "left", rank: 0, cell: (row) => nameCell(row, width) },
    { head: "", align: "left", rank: 2, cell: ({ environment }) => badge(environment) },
    { head: "Equity", align: "right", rank: 1, cell: equityCell },
    { head: "Balance", align: "right", rank: 8, cell: balanceCell },
    { head: "Open P&L", align: "right", rank: 3, cell: openPlCell },
    { head: "Day P&L", align: "right", rank: 6, cell: (row) => dayPlCell(row, view) },
    { head: "Margin used", align: "left", rank: 4, cell: (row) => marginCell(row, view) },
    { head: "Close-out", align: "right", rank: 5, cell: closeoutCell },
    { head: "", align: "left", rank: 7, cell: (row) => freshnessCell(row, view) },
    { head: "Free", align: "right", rank: 9, cell: freeCell },
    { head: "Leverage", align: "right", rank: 12, cell: leverageCell },
    { head: "Pos", align: "right", rank: 10, cell: ({ positions }) => countCell(positions) },
    { head: "Orders", align: "right", rank: 11, cell: ordersCell },
  ];
  const table = grid(columns, accountRows(view.snapshot), width);
  return { ...table, rows: [...table.rows, ...totals(view)] };
}

/** Without its connection where equity would have no room beside both. */
function nameCell({ alias, id, connection }: Row, width: number): Span {
  return foreign(alias ?? (width < NARROW ? id : `${connection}/${id}`));
}

function equityCell({ account, status }: Row): Span {
  if (!account) return span(NONE, "dim");
  const text = money(account.equity, account.currency);
  return span(text, status === "stale" ? "dim" : "strong");
}

function balanceCell({ account }: Row): Span {
  if (!account) return span(NONE, "dim");
  return span(grouped(account.balance, minorDigits(account.currency)));
}

function openPlCell({ account, status }: Row): Span {
  if (!account) return span(NONE, "dim");
  const text = signed(account.unrealizedPl, account.currency);
  return status === "stale" ? span(text, "dim") : gainSpan(account.unrealizedPl, text);
}

function dayPlCell({ connection, id, account }: Row, { snapshot }: PanelView): Span {
  const amount = snapshot.dayPl.get(accountKey({ connection, account: id }));
  if (!amount || !account) return span(NONE, "dim");
  return gainSpan(amount, signed(amount, account.currency));
}

function marginCell({ account }: Row, { glyphs }: PanelView): Span {
  if (!account?.equity.isPositive()) return span(NONE, "dim");
  const share = account.marginUsed.dividedBy(account.equity, 4);
  const approximate = share.toApproximateNumber();
  const text = `${bar(approximate, BAR_WIDTH, glyphs)} ${share.times(HUNDRED).toFixed(1)}%`;
  return span(text, approximate > WARNED_SHARE ? "warning" : "plain");
}

/** How far equity is from the close-out, as a share of the way: 100 % with nothing at risk, 0 % when it happens. */
function closeoutCell({ account }: Row): Span {
  if (!account) return span(NONE, "dim");
  const left = ONE.minus(account.marginCloseoutPercent);
  const text = `${left.times(HUNDRED).toFixed(1)}% away`;
  return span(text, left.toApproximateNumber() < WARNED_SHARE ? "error" : "plain");
}

function freeCell({ account }: Row): Span {
  if (!account) return span(NONE, "dim");
  return span(grouped(account.marginAvailable, minorDigits(account.currency)));
}

function leverageCell({ account }: Row): Span {
  return account ? span(`${effectiveLeverage(account)}:1`) : span(NONE, "dim");
}

/** The exits of open trades go with their positions. */
function ordersCell({ pendingOrders, account }: Row): Span {
  if (!account) return span(NONE, "dim");
  return countCell(pendingOrders.filter(({ tradeId }) => tradeId === null));
}

function countCell(rows: readonly unknown[]): Span {
  return span(String(rows.length), rows.length > 0 ? "plain" : "dim");
}

function freshnessCell({ status, age }: Row, { now }: PanelView): Span {
  if (status === "live") return span("");
  if (status === "stale") return span(`old: ${ageText(age, now)}`, "warning");
  return span(status === "loading" ? "reading" : "catching up", "warning");
}

/** Only where more than one account is added up. */
function totals({ snapshot }: PanelView): readonly Line[] {
  return snapshot.totals.filter(({ accounts: count }) => count > 1).map(totalLine);
}

function totalLine({
  environment,
  currency,
  accounts: count,
  equity,
  unrealizedPl,
}: LiveTotal): Line {
  return [
    span(`Total of ${count} `, "strong"),
    badge(environment),
    span(`  ${money(equity, currency)}`, "strong"),
    span("  open P&L "),
    gainSpan(unrealizedPl, signed(unrealizedPl, currency)),
  ];
}
