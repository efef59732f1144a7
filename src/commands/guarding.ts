import { Failure } from "../core/failures.ts";
import type { Desk } from "../trading/desk.ts";
import { guardLeft } from "../trading/guard-left.ts";
import type { AskAboutStop } from "../trading/guard-trade.ts";
import type { OrderReport } from "../trading/order-report.ts";
import type { Context } from "./context.ts";
import { askAboutStop, raiseStopRefused } from "./order-answers.ts";

type GuardContext = Pick<Context, "terminal" | "options" | "signal" | "note" | "log" | "alerts">;

/** At the end of a command, for every account that it had to do with: somebody may be asked now. */
export async function guardAccounts(context: GuardContext, desks: readonly Desk[]): Promise<void> {
  const { terminal, options } = context;
  const mayAsk = terminal.isInteractive && !options.json;
  const asking = mayAsk ? { ask: (report: OrderReport) => askAboutStop(context, report) } : {};
  for (const desk of desks) await guardAccount(context, desk, asking);
}

/**
 * Carries out `order.onStopRefused` for trades that an earlier command left without their stop, and says what has become of
 * them. Never fails: what can't be done now is left to the next command. Gives the ids of the trades that it spoke of.
 */
export async function guardAccount(
  context: GuardContext,
  desk: Desk,
  { ask }: { readonly ask?: AskAboutStop } = {},
): Promise<ReadonlySet<string>> {
  const { signal, note, log } = context;
  try {
    const reports = await guardLeft(desk, { signal, ...(ask ? { onStopRefused: ask } : {}) });
    for (const report of reports) tell(context, report);
    return new Set(reports.flatMap(({ stopRefused }) => stopRefused?.tradeId ?? []));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const connection = desk.profile.name;
    const text = `A trade on ${connection} may stand without its stop, and order.onStopRefused couldn't be carried out: ${error.message}`;
    note(text);
    log.write("warn", text, { action: "guard", outcome: "failure", connection, error });
    return new Set();
  }
}

function tell(context: GuardContext, report: OrderReport): void {
  context.note(guardedText(report));
  const { result } = report.stopRefused ?? {};
  // Somebody has seen to it already: nobody need be woken.
  if (result !== "has_stop" && result !== "gone") raiseStopRefused(context, report);
}

function guardedText(report: OrderReport): string {
  const { stopRefused, clientOrderId, instrument, stopLoss, trailingStop, error } = report;
  const trade = `Trade ${stopRefused?.tradeId} of ${instrument}, opened without its stop by order ${clientOrderId},`;
  switch (stopRefused?.result) {
    case "stop_attached":
      return `${trade} has it now, at ${(stopLoss ?? trailingStop)?.price}, as order.onStopRefused has it.`;
    case "has_stop":
      return `${trade} has a stop by now: nothing was done.`;
    case "gone":
      return `${trade} is closed by now: nothing was done.`;
    default:
      return [error?.message, error?.hint].filter((part) => part).join(" ");
  }
}
