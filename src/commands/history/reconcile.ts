import { Failure } from "../../core/failures.ts";
import { selecting } from "../../trading/desk.ts";
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
  const all = `tmt-broker history sync --from 2000-01-01 ${selecting(desk)}`;
  if (!result.isWhole) {
    context.note(
      `Only the balance was compared: the history doesn't reach back to the account's beginning, or holds a statement's fills. Read all of it with: ${all}`,
    );
  }
  if (result.drift.length > 0) throw driftFailure(result, all);
  context.alerts.resolve("drift", result.connection);
}

function resultText({ connection, account, through, compared, drift }: Reconciliation): string {
  if (drift.length > 0) return driftText(drift);
  const { orders, trades, positions } = compared;
  return `${connection} ${account}: our record and the broker's agree up to transaction ${through} (balance, ${orders} orders, ${trades} trades, ${positions} positions).`;
}

/** `all` is the command that reads the broker's log from its beginning. */
function driftFailure(
  { connection, account, through, drift }: Reconciliation,
  all: string,
): Failure {
  const [first] = drift;
  const places = drift.length === 1 ? "one place" : `${drift.length} places`;
  const what = first ? `, first the ${first.kind} ${first.id}` : "";
  return new Failure(
    "DRIFT",
    `Our record of ${connection}, account ${account}, and the broker's differ in ${places} up to transaction ${through}${what}. Nothing was changed.`,
    {
      hint: `The broker's is what counts. Read its log once more with: ${all}`,
      details: { connection, account, through, items: drift.length },
    },
  );
}
