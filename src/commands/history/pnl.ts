import { tradingCalendar } from "../../core/calendar.ts";
import { type Instant, instantToMs } from "../../core/time.ts";
import type { HistoryQuery, HistoryStore } from "../../ports/history.ts";
import { pnlIn, withoutRate } from "../../reports/convert-pnl.ts";
import {
  PNL_PERIODS,
  type PnlPeriod,
  type PnlRow,
  periodOf,
  pnlByPeriod,
} from "../../reports/pnl.ts";
import { pnlText } from "../../ui/output/history-text.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { calendarOption, spanOf } from "./moments.ts";
import { collect } from "./query.ts";
import { type Conversion, conversionOption, rateFailure } from "./rates.ts";
import { noteAge, scopeOf } from "./scope.ts";

type PnlOptions = {
  readonly by: string;
  readonly from?: string;
  readonly to?: string;
  readonly timezone?: string;
  readonly in?: string;
  readonly rate?: readonly string[];
  readonly all?: boolean;
};

export const pnl: CommandMaker = (context) =>
  examples(
    command("pnl", "Profit and loss by day, week or month, each currency for itself")
      .option("--by <period>", PNL_PERIODS.join(", "), "day")
      .option("--from <time>", "from then on: 2026-11-22, 7d")
      .option("--to <time>", "before then; a date is included whole")
      .option("--timezone <zone>", "days of that zone (default: trading days, to 17:00 New York)")
      .option("--all", "of every connection")
      .option("--in <currency>", "everything in one currency, by the rates given")
      .option(
        "--rate <cur=rate>",
        "what one is worth in it: USD=0.92; may be repeated",
        collect,
        [],
      )
      .action((options: PnlOptions) => run(context, options)),
    [
      "history pnl --by day --from 30d",
      "history pnl --by month --json",
      "history pnl --timezone UTC",
      "history pnl --all --in EUR --rate USD=0.92",
    ],
  );

async function run(context: Context, options: PnlOptions): Promise<void> {
  const by = choiceOption("--by", options.by, PNL_PERIODS);
  const { timezone } = options;
  const conversion = conversionOption(options.in, options.rate ?? []);
  const calendar = timezone === undefined ? tradingCalendar() : calendarOption(timezone);
  const now = context.clock.now();
  const span = spanOf(options, calendar, instantToMs(now));
  const history = await context.history();
  const scope = await scopeOf(context, history, options.all ?? false);
  await noteAge(context, history, scope);
  const query = {
    ...scope,
    ...span,
    types: [],
    instruments: [],
    isNewestFirst: false,
    limit: null,
  };
  const within = await endsOf(history, query);
  const sums = within === null ? [] : await history.sums(query, calendar.cuts(within));
  const rows = converted(pnlByPeriod(sums, by, calendar), conversion);
  const current = periodOf(calendar.dayOf(now), by);
  context.print(
    () => pnlText(rows, { current, by, theme: context.theme, rates: conversion?.rates ?? null }),
    conversion
      ? rows.map((row) => ({ ...row, rates: Object.fromEntries(conversion.rates) }))
      : rows,
  );
  noteOpen(context, { by, isOpen: rows.at(-1)?.period === current });
}

function converted(rows: readonly PnlRow[], conversion: Conversion | null): readonly PnlRow[] {
  if (conversion === null) return rows;
  const { wanted, rates } = conversion;
  const missing = withoutRate(rows, wanted, rates);
  if (missing.length > 0) throw rateFailure(missing, wanted);
  return pnlIn(rows, wanted, rates);
}

/** When the first and the last line of it were; null where there is none. */
async function endsOf(history: HistoryStore, query: HistoryQuery) {
  const [from] = await timesOf(history, { ...query, limit: 1 });
  const [to] = await timesOf(history, { ...query, limit: 1, isNewestFirst: true });
  return from === undefined || to === undefined ? null : { from, to };
}

async function timesOf(history: HistoryStore, query: HistoryQuery): Promise<readonly Instant[]> {
  const times: Instant[] = [];
  for await (const rows of history.rows(query)) times.push(...rows.map(({ time }) => time));
  return times;
}

function noteOpen(context: Context, { by, isOpen }: { by: PnlPeriod; isOpen: boolean }): void {
  if (isOpen) context.note(`The last ${by} isn't over yet.`);
}
