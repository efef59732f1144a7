import { tradingCalendar } from "../../core/calendar.ts";
import { type Instant, instantToMs } from "../../core/time.ts";
import type { HistoryQuery, HistoryStore } from "../../ports/history.ts";
import { PNL_PERIODS, type PnlPeriod, periodOf, pnlByPeriod } from "../../reports/pnl.ts";
import { pnlText } from "../../ui/output/history-text.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { calendarOption, spanOf } from "./moments.ts";
import { noteAge, scopeOf } from "./scope.ts";

type PnlOptions = {
  readonly by: string;
  readonly from?: string;
  readonly to?: string;
  readonly timezone?: string;
};

export const pnl: CommandMaker = (context) =>
  examples(
    command("pnl", "Profit and loss by day, week or month, each currency for itself")
      .option("--by <period>", PNL_PERIODS.join(", "), "day")
      .option("--from <time>", "from then on: 2026-11-22, 7d")
      .option("--to <time>", "before then; a date is included whole")
      .option("--timezone <zone>", "days of that zone (default: trading days, to 17:00 New York)")
      .action((options: PnlOptions) => run(context, options)),
    [
      "history pnl --by day --from 30d",
      "history pnl --by month --json",
      "history pnl --timezone UTC",
    ],
  );

async function run(context: Context, options: PnlOptions): Promise<void> {
  const by = choiceOption("--by", options.by, PNL_PERIODS);
  const { timezone } = options;
  const calendar = timezone === undefined ? tradingCalendar() : calendarOption(timezone);
  const now = context.clock.now();
  const span = spanOf(options, calendar, instantToMs(now));
  const history = await context.history();
  const scope = await scopeOf(context, history, false);
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
  const rows = pnlByPeriod(sums, by, calendar);
  const current = periodOf(calendar.dayOf(now), by);
  context.print(() => pnlText(rows, { current, by, theme: context.theme }), rows);
  noteOpen(context, { by, isOpen: rows.at(-1)?.period === current });
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
