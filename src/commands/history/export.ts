import type { HistoryRow } from "../../core/history-row.ts";
import type { HistoryQuery, HistoryStore } from "../../ports/history.ts";
import { EXPORT_FORMATS } from "../../ports/history-files.ts";
import { choiceOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { writeOutput } from "../output-file.ts";
import { calendarOption } from "./moments.ts";
import { type QueryOptions, queryOf, withFilters } from "./query.ts";
import { noteAge } from "./scope.ts";

type ExportOptions = QueryOptions & { readonly format?: string; readonly output?: string };

export const exportHistory: CommandMaker = (context) =>
  examples(
    withFilters(command("export", "The history as a file, oldest first"))
      .option("--format <format>", `${EXPORT_FORMATS.join(", ")} (default: csv)`)
      .option("-o, --output <file>", "write there, whole or not at all")
      .action((options: ExportOptions) => run(context, options)),
    [
      "history export -o history.csv",
      "history export --from 2026-01-01 --to 2026-12-31 --format hledger -o 2026.journal",
      "history export --format jsonl | gzip > history.jsonl.gz",
    ],
  );

async function run(context: Context, options: ExportOptions): Promise<void> {
  const format = choiceOption("--format", options.format ?? defaultFormat(context), EXPORT_FORMATS);
  const history = await context.history();
  const files = await (await context.store()).historyFiles();
  const query = await queryOf(context, history, options);
  await noteAge(context, history, query);
  const { dayOf } = calendarOption(options.timezone);
  const text = files.write(format, oldestFirst(history, query), dayOf);
  await writeOutput(options.output, interruptible(text, context.signal));
}

/** `--json` asks for data: a document a line. */
function defaultFormat({ options }: Context): "csv" | "jsonl" {
  return options.json ? "jsonl" : "csv";
}

/** The newest ones are asked for from their end, and are few. */
async function* oldestFirst(
  history: HistoryStore,
  query: Omit<HistoryQuery, "isNewestFirst">,
): AsyncGenerator<readonly HistoryRow[]> {
  if (query.limit === null) {
    yield* history.rows({ ...query, isNewestFirst: false });
    return;
  }
  const rows: HistoryRow[] = [];
  for await (const batch of history.rows({ ...query, isNewestFirst: true })) rows.push(...batch);
  yield rows.toReversed();
}

/** A file that Ctrl-C cuts short isn't written at all. */
async function* interruptible(
  parts: AsyncIterable<string>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const part of parts) {
    signal.throwIfAborted();
    yield part;
  }
}
