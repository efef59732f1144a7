import type { Intent } from "../ports/journal.ts";
import { type Desk, selecting } from "../trading/desk.ts";
import { type Elsewhere, settleElsewhere } from "../trading/elsewhere.ts";
import type { OrderReport } from "../trading/order-report.ts";
import { isInFlight, type Settlement, settleIntents } from "../trading/settle.ts";
import type { Context } from "./context.ts";
import { guardAccount } from "./guarding.ts";
import { raiseStopRefused } from "./order-answers.ts";

const PAUSE_MS = 2000;
const PATIENCE_MS = 35_000;
const PATIENCE_ELSEWHERE_MS = 40_000;

/**
 * Settles, before a command answers, what an interrupted process left without an outcome, guards the trades that it left
 * without their stop, and says so. When there is nothing of both it costs two reads of the local database.
 */
export async function settleFirst(context: Context, desk: Desk): Promise<void> {
  const settled = await settleOnly(context, desk);
  const guarded = await guardAccount(context, desk);
  for (const report of settled) {
    if (!guarded.has(report.stopRefused?.tradeId ?? "")) raiseStopRefused(context, report);
  }
}

/** As `settleFirst` for whoever is about to act on the account himself: trades are guarded at the command's end. */
export async function settleOnly(context: Context, desk: Desk): Promise<readonly OrderReport[]> {
  const { settled, open } = await settleIntents(desk);
  for (const report of settled) {
    context.alerts.resolve("outcome_unknown", report.clientOrderId);
    context.note(
      `Settled an interrupted order: ${report.clientOrderId} (${report.instrument}) was ${report.status}.`,
    );
    if (report.stopRefused && report.error) context.note(report.error.message);
  }
  for (const intent of open.filter((one) => one.state === "unknown")) {
    context.note(
      `Order ${intent.clientOrderId} (${intent.instrument}) has no known outcome yet: tmt-broker order reconcile ${selecting(desk)}`,
    );
    raiseUnknown(context, intent);
  }
  return settled;
}

type Patience = {
  /** Orders that a living process is sending: whether they are waited for as well. */
  readonly isAboutAll: boolean;
};

/** An order may still be on its way when it isn't in the log: looks again until nothing can arrive any more. */
export async function settlePatiently(
  context: Context,
  desk: Desk,
  { isAboutAll }: Patience = { isAboutAll: true },
): Promise<Settlement> {
  const result = await patiently(context, {
    look: () => settleIntents(desk),
    isAwaited: (intent) => isAboutAll || !isInFlight(desk, intent),
    what: "order(s)",
    patienceMs: PATIENCE_MS,
  });
  for (const { clientOrderId } of result.settled) {
    context.alerts.resolve("outcome_unknown", clientOrderId);
  }
  return result;
}

/** The same for what other computers left without an outcome: theirs may be on its way a little longer. */
export function settleElsewherePatiently(context: Context, desk: Desk): Promise<Elsewhere> {
  return patiently(context, {
    look: () => settleElsewhere(desk),
    isAwaited: () => true,
    what: "order(s) of other computers",
    patienceMs: PATIENCE_ELSEWHERE_MS,
  });
}

type Looks<Open> = {
  readonly look: () => Promise<Looked<Open>>;
  readonly isAwaited: (open: Open) => boolean;
  readonly what: string;
  readonly patienceMs: number;
};
type Looked<Open> = Pick<Settlement, "settled"> & { readonly open: readonly Open[] };

async function patiently<Open>(
  context: Context,
  { look, isAwaited, what, patienceMs }: Looks<Open>,
): Promise<Looked<Open>> {
  const startedMs = context.clock.monotonicMs();
  let { settled, open } = await look();
  let told = 0;
  for (;;) {
    const awaited = open.filter(isAwaited).length;
    if (awaited === 0 || context.clock.monotonicMs() - startedMs >= patienceMs) break;
    if (awaited !== told) {
      context.note(`Waiting for ${awaited} ${what} to show up in the broker's log …`);
    }
    told = awaited;
    await context.clock.sleep(PAUSE_MS, context.signal);
    const next = await look();
    settled = [...settled, ...next.settled];
    open = next.open;
  }
  return { settled, open };
}

type UnknownOrder = Pick<
  Intent,
  "clientOrderId" | "instrument" | "connection" | "account" | "createdAt"
>;

/** Tells people of an order whose fate is unknown: whoever sent it may not have lived to. */
export function raiseUnknown(context: Pick<Context, "alerts">, order: UnknownOrder): void {
  const { clientOrderId, instrument, connection, account, createdAt } = order;
  context.alerts.raise({
    kind: "outcome_unknown",
    subject: clientOrderId,
    summary: `Order ${clientOrderId} (${instrument}), sent at ${createdAt}, has no known outcome: it may be live.`,
    hint: `Settle it with: tmt-broker order reconcile -c ${connection} -a ${account}`,
    code: "OUTCOME_UNKNOWN",
    connection,
    account,
  });
}
