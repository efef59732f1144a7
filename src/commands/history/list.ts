import type { HistoryRow } from "../../core/history-row.ts";
import type { HistoryQuery, HistoryStore } from "../../ports/history.ts";
import { historyText } from "../../ui/output/history-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { writeResultParts } from "../result-parts.ts";
import { type QueryOptions, queryOf, withFilters } from "./query.ts";
import { noteAge } from "./scope.ts";

/** A table of more than that is no use to a person. */
const ROWS_SHOWN = 100;

export const list: CommandMaker = (context) =>
  examples(
    withFilters(
      command("list", "What happened on the account, newest first; read from here, not the broker"),
    ).action((options: QueryOptions) => run(context, options)),
    [
      "history list --from 7d",
      "history list --type fill --type funding --instrument EUR_USD --json",
      "history list --from 2026-03-01 --to 2026-03-31 --timezone America/New_York",
    ],
  );

async function run(context: Context, options: QueryOptions): Promise<void> {
  const history = await context.history();
  const query = { ...(await queryOf(context, history, options)), isNewestFirst: true };
  await noteAge(context, history, query);
  if (context.options.json) return writeResultParts(jsonParts(history.rows(query)));
  const limit = query.limit ?? ROWS_SHOWN;
  const { rows, isMore } = await newest(history, { ...query, limit });
  if (rows.length === 0) context.print(() => "No transactions.", []);
  else context.print(() => historyText(rows, context.theme), rows);
  if (isMore && query.limit === null) {
    context.note(`Only the newest ${ROWS_SHOWN} are shown: --limit, --from or --json give more.`);
  }
}

async function newest(history: HistoryStore, query: HistoryQuery & { readonly limit: number }) {
  const rows: HistoryRow[] = [];
  for await (const batch of history.rows({ ...query, limit: query.limit + 1 })) rows.push(...batch);
  return { rows: rows.slice(0, query.limit), isMore: rows.length > query.limit };
}

/** One JSON document, made piece by piece. */
async function* jsonParts(batches: AsyncIterable<readonly HistoryRow[]>): AsyncGenerator<string> {
  let before = "[";
  for await (const rows of batches) {
    yield before + rows.map((row) => JSON.stringify(row)).join(",");
    before = ",";
  }
  yield before === "[" ? "[]\n" : "]\n";
}
