import { Failure } from "../../core/failures.ts";
import { type Reconciliation, reconcileHistory } from "../../trading/reconcile-history.ts";
import { driftText } from "../../ui/output/history-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settleFirst } from "../settling.ts";

export const reconcile: CommandMaker = (context) =>
  examples(
    command(
      "reconcile",
      "Compare orders, trades, positions and balance with the broker's; exit 11 where they differ",
    ).action(() => run(context)),
    ["history reconcile", "history reconcile -c oanda --json"],
  );

async function run(context: Context): Promise<void> {
  const desk = await context.desk();
  await settleFirst(context, desk);
  const history = await context.history();
  const result = await reconcileHistory(desk, history, {
    from: null,
    signal: context.signal,
    onProgress: () => undefined,
    onWait: () => context.note("Another process reads the same log: waiting for it …"),
  });
  context.print(() => resultText(result), { ...result, ok: result.drift.length === 0 });
  if (!result.isWhole) {
    context.note(
      "Only the balance was compared: the history doesn't reach back to the account's beginning, or holds a statement's fills. Read all of it with: tmt-broker history sync --from 2000-01-01",
    );
  }
  if (result.drift.length > 0) throw driftFailure(result);
  context.alerts.resolve("drift", result.connection);
}

function resultText({ connection, account, through, compared, drift }: Reconciliation): string {
  if (drift.length > 0) return driftText(drift);
  const { orders, trades, positions } = compared;
  return `${connection} ${account}: our record and the broker's agree up to transaction ${through} (balance, ${orders} orders, ${trades} trades, ${positions} positions).`;
}

function driftFailure({ connection, account, through, drift }: Reconciliation): Failure {
  const [first] = drift;
  const what = first ? `, first the ${first.kind} ${first.id}` : "";
  return new Failure(
    "DRIFT",
    `Our record of ${connection}, account ${account}, and the broker's differ in ${drift.length} places up to transaction ${through}${what}. Nothing was changed.`,
    {
      hint: "The broker's is what counts. Read its log once more with: tmt-broker history sync --from 2000-01-01",
      details: { connection, account, through, items: drift.length },
    },
  );
}
