import { createHash } from "node:crypto";
import { HISTORY_KEYS, type HistoryRow } from "../core/history-row.ts";
import type { Instant } from "../core/time.ts";
import type { Pruned } from "../ports/retention.ts";

/** The lines of an account that are taken away, in order. */
export class GoingLines {
  readonly ids: string[] = [];
  readonly times: Instant[] = [];
  readonly #digest = createHash("sha256");

  add(row: HistoryRow): void {
    this.ids.push(row.id);
    this.times.push(row.time);
    const line = Object.fromEntries(HISTORY_KEYS.map((key) => [key, row[key]]));
    this.#digest.update(`${JSON.stringify(line)}\n`);
  }

  summary(): Pick<Pruned, "transactions" | "firstAt" | "lastAt" | "digest"> {
    const transactions = this.ids.length;
    const digest = transactions === 0 ? null : this.#digest.digest("hex");
    const [firstAt = null, lastAt = null] = [this.times[0], this.times.at(-1)];
    return { transactions, firstAt, lastAt, digest };
  }
}
