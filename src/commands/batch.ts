import { Failure } from "../core/failures.ts";
import type { OrderReport } from "../trading/order-report.ts";
import { alertOf } from "./command-record.ts";
import type { Context } from "./context.ts";
import { failureText } from "./failure-text.ts";
import { failureOf, worstFailure } from "./order-answers.ts";

/** What became of one item of a batch: its report, or why there is none. */
export type BatchItem = {
  readonly report: OrderReport | null;
  readonly failure: Failure | null;
};

/** One item's work; its failure doesn't keep the others back. */
export async function attempt(work: () => Promise<OrderReport>): Promise<BatchItem> {
  try {
    const report = await work();
    return { report, failure: failureOf(report) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { report: null, failure: error };
  }
}

/** The results of `work` in the order of `items`, so many at once. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

export function reportsOf(items: readonly BatchItem[]): readonly OrderReport[] {
  return items.flatMap(({ report }) => report ?? []);
}

/**
 * Ends a batch whose reports are printed: items without a report are told on stderr, whatever `--quiet` says.
 * @throws Failure the worst of them.
 */
export function endBatch(context: Context, items: readonly BatchItem[]): void {
  const worst = worstFailure(items.flatMap(({ failure }) => failure ?? []));
  if (!worst) return;
  const { options, terminal, theme } = context;
  // The worst of them is what the command ends with; each of the others may be somebody's to know as well.
  for (const { failure } of items) raiseAlert(context, failure);
  const style = { isJson: options.json, isVerbose: options.verbose, theme };
  for (const { report, failure } of items) {
    const isTold = report !== null || failure === null || failure === worst;
    if (!isTold) terminal.writeNote(`${failureText(failure, style)}\n`);
  }
  throw worst;
}

function raiseAlert(context: Context, failure: Failure | null): void {
  const alert = failure && alertOf(failure, context);
  if (alert) context.alerts.raise(alert);
}
