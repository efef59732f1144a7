import { usageFailure } from "../../core/failures.ts";
import type { Decimal } from "../../core/money.ts";
import { addMs, type Instant } from "../../core/time.ts";
import type { Transaction } from "../../core/transaction.ts";
import type { AccountState } from "../../ports/broker.ts";
import type { LastAnswers } from "../../ports/last-answers.ts";
import type { Desk } from "../../trading/desk.ts";
import { readState } from "../../trading/last-answers.ts";
import { lineChart } from "../../ui/output/chart.ts";
import { minorDigits, money, signedMoney } from "../../ui/output/numbers.ts";
import { choiceOption, integerOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";
import { isUnicodeTerminal } from "../unicode-terminal.ts";
import { type DayBalance, dailyBalances } from "./daily-balances.ts";

type BalanceOptions = { readonly days?: string; readonly format?: string };

const DAY_MS = 86_400_000;
const MOST_DAYS = 3_660;
const FORMATS = ["chart", "csv"] as const;
const CHART = { width: 60, height: 10 } as const;

export const balance: CommandMaker = (context) =>
  examples(
    command("balance", "Balance at the end of each day, as a chart")
      .option("--days <n>", "so many days, today included", "30")
      .option("--format <format>", "chart, or csv for the numbers", "chart")
      .action((options: BalanceOptions) => run(context, options)),
    ["accounts balance", "accounts balance --days 90 -c oanda", "accounts balance --format csv"],
  );

async function run(context: Context, options: BalanceOptions): Promise<void> {
  const format = choiceOption("--format", options.format ?? "chart", FORMATS);
  if (format === "csv" && context.options.json) throw usageFailure("--json or csv, not both.");
  const range = { minimum: 1, maximum: MOST_DAYS };
  const days = integerOption("--days", options.days ?? "30", range);
  const desk = await context.desk();
  await settleFirst(context, desk);
  const { balances, lastAnswers } = await context.store();
  const { account, trades } = await stateOf(desk, lastAnswers);
  const from = addMs(dayOf(context.clock.now()), -(days - 1) * DAY_MS);
  const to = context.clock.now();
  const key = { connection: desk.profile.name, account: account.id };
  const rows = dailyBalances({
    ...{ account, from, to },
    openTrades: trades.map(({ id }) => id),
    transactions: await transactionsOf(desk, from, to),
    snapshots: await balances.lastOfDays(key, { from, to }),
  });
  const shown = (amount: Decimal) => amount.toFixed(minorDigits(account.currency));
  const documents = rows.map(({ date, balance: amount, equity }) => ({
    date,
    balance: shown(amount),
    equity: equity && shown(equity),
  }));
  const csv = () =>
    [
      "date,balance,equity",
      ...documents.map((row) => `${row.date},${row.balance},${row.equity ?? ""}`),
    ].join("\n");
  const text = () => chartText(context, desk, { rows, currency: account.currency });
  context.print(format === "csv" ? csv : text, documents);
  noteEquity(context, rows);
}

/** As the broker tells it now: days that are worked out from an older answer would be wrong. */
async function stateOf(desk: Desk, answers: LastAnswers): Promise<AccountState> {
  const { value, stale } = await readState(desk, answers);
  if (stale) throw stale.failure;
  return value;
}

/** Which of the figures were read from the broker, and which were worked out. */
function noteEquity(context: Context, rows: readonly DayBalance[]): void {
  const count = (kind: DayBalance["equityIs"]) =>
    rows.filter(({ equityIs }) => equityIs === kind).length;
  const unknown = count("unknown");
  if (unknown === 0) return;
  context.note(
    `Equity of ${rows.length} days: ${count("measured")} measured when the account was read, ${count("derived")} derived (no open trade), ${unknown} unknown. Every \`history sync\` measures it.`,
  );
}

/** The beginning of an instant's day, in UTC. */
function dayOf(instant: Instant): Instant {
  return `${instant.slice(0, 10)}T00:00:00.000000000Z` as Instant;
}

async function transactionsOf(
  { broker }: Desk,
  from: Instant,
  to: Instant,
): Promise<readonly Transaction[]> {
  const pages: (readonly Transaction[])[] = [];
  for await (const page of broker.transactionPages({ from, to })) pages.push(page);
  return pages.flat();
}

type Chart = { readonly rows: readonly DayBalance[]; readonly currency: string };

function chartText(context: Context, desk: Desk, { rows, currency }: Chart): string {
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) return "There is no balance yet.";
  const points = rows.map(({ date, balance: amount }) => ({
    label: date,
    value: amount,
  }));
  const change = last.balance.minus(first.balance);
  const { badge, bold, gain } = context.theme;
  const name = `${desk.profile.name} / ${desk.account.alias ?? desk.account.id}`;
  return [
    `${badge(desk.profile.environment)} ${bold(`${name}: balance ${money(last.balance, currency)}`)}, ${gain(change, signedMoney(change, currency))} since ${first.date}`,
    "",
    lineChart(points, {
      ...CHART,
      isUnicode: isUnicodeTerminal(context.environment),
      places: minorDigits(currency),
    }),
  ].join("\n");
}
