import type { HistoryRow } from "../../core/history-row.ts";

/** Rows as JSON, one a line, with every key. */
export async function* toJsonl(
  batches: AsyncIterable<readonly HistoryRow[]>,
): AsyncGenerator<string> {
  for await (const rows of batches) yield rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
