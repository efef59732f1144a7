import type { Command } from "commander";
import { usageFailure } from "../../core/failures.ts";
import { instrumentNames } from "../../core/instrument.ts";
import { instantToMs } from "../../core/time.ts";
import { TRANSACTION_TYPES, type TransactionType } from "../../core/transaction.ts";
import type { HistoryQuery, HistoryStore } from "../../ports/history.ts";
import { choiceOption, integerOption } from "../arguments.ts";
import type { Context } from "../context.ts";
import { calendarOption, spanOf } from "./moments.ts";
import { scopeOf } from "./scope.ts";

const MOST_ROWS = 100_000_000;

export type QueryOptions = {
  readonly from?: string;
  readonly to?: string;
  readonly type?: readonly string[];
  readonly instrument?: string;
  readonly limit?: string;
  readonly timezone: string;
  readonly all?: true;
};

/** The filters that lists and exports have in common. */
export function withFilters(command: Command): Command {
  return command
    .option("--from <time>", "from then on: 2026-11-22, 2026-11-22T10:00:00Z, 7d, 12h")
    .option("--to <time>", "before then; a date is included whole")
    .option("--type <type>", `${TRANSACTION_TYPES.join(", ")}; may be repeated`, collect)
    .option("--instrument <name>", "only of this instrument")
    .option("--limit <n>", "only the newest so many")
    .option("--timezone <zone>", "where dates begin", "UTC")
    .option("--all", "of every connection");
}

/** Each value of an option that may be repeated. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), ...value.split(",")];
}

/** What the options ask for. @throws Failure USAGE, CONNECTION_NOT_FOUND or ACCOUNT_NOT_FOUND. */
export async function queryOf(
  context: Context,
  history: HistoryStore,
  options: QueryOptions,
): Promise<Omit<HistoryQuery, "isNewestFirst">> {
  const calendar = calendarOption(options.timezone);
  const span = spanOf(options, calendar, instantToMs(context.clock.now()));
  const { type = [], instrument, limit } = options;
  const types = type.map((one): TransactionType => choiceOption("--type", one, TRANSACTION_TYPES));
  const instruments = instrument === undefined ? [] : namesOf(instrument);
  const most =
    limit === undefined
      ? null
      : integerOption("--limit", limit, { minimum: 1, maximum: MOST_ROWS });
  return {
    ...(await scopeOf(context, history, options.all === true)),
    ...span,
    types,
    instruments,
    limit: most,
  };
}

function namesOf(text: string): readonly string[] {
  const names = instrumentNames(text);
  if (names.length > 0) return names;
  throw usageFailure(`--instrument "${text.slice(0, 40)}" is not an instrument's name.`);
}
