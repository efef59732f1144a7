import type { Intent } from "../ports/journal.ts";
import type { Desk } from "../trading/desk.ts";
import { settleIntents } from "../trading/settle.ts";
import type { Context } from "./context.ts";

/**
 * Settles, before a command answers, what an interrupted process left without an outcome, and says so.
 * When nothing is open it costs one read of the local database.
 */
export async function settleFirst(context: Context, desk: Desk): Promise<void> {
  const { settled, open } = await settleIntents(desk);
  for (const report of settled) {
    context.alerts.resolve("outcome_unknown", report.clientOrderId);
    context.note(
      `Settled an interrupted order: ${report.clientOrderId} (${report.instrument}) was ${report.status}.`,
    );
  }
  for (const intent of open.filter((one) => one.state === "unknown")) {
    context.note(
      `Order ${intent.clientOrderId} (${intent.instrument}) has no known outcome yet: tmt-broker order reconcile -c ${desk.profile.name}`,
    );
    raiseUnknown(context, intent);
  }
}

/** Whoever sent it may not have lived to tell. */
function raiseUnknown(context: Context, intent: Intent): void {
  const { clientOrderId, instrument, connection, account, createdAt } = intent;
  context.alerts.raise({
    kind: "outcome_unknown",
    subject: clientOrderId,
    summary: `Order ${clientOrderId} (${instrument}), sent at ${createdAt}, has no known outcome: it may be live.`,
    hint: `Settle it with: tmt-broker order reconcile -c ${connection}`,
    code: "OUTCOME_UNKNOWN",
    connection,
    account,
  });
}
