import { Failure } from "../../core/failures.ts";
import type { Settlement } from "../../trading/settle.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settlePatiently } from "../settling.ts";

export const reconcile: CommandMaker = (context) =>
  examples(
    command(
      "reconcile",
      "Settle orders whose outcome is unknown, from the broker's own log",
    ).action(async () => {
      const desk = await context.desk();
      const { settled, open } = await settlePatiently(context, desk);
      const document = {
        settled,
        open: open.map(({ clientOrderId, instrument, createdAt, state }) => ({
          clientOrderId,
          instrument,
          createdAt,
          state,
        })),
      };
      context.print(() => resultText(context, { settled, open }), document);
      const [first] = open;
      if (first) throw stillUnknown(first.clientOrderId, open.length);
    }),
    ["order reconcile", "order reconcile -c oanda --json"],
  );

function resultText(context: Context, { settled, open }: Settlement): string {
  if (settled.length === 0 && open.length === 0) return "Every order has its outcome.";
  const extras = { riskAtStop: null, sizing: null };
  return [
    ...settled.map((report) => orderText(report, extras, context.theme)),
    ...open.map((intent) => `Still unknown: ${intent.clientOrderId} (${intent.instrument})`),
  ].join("\n");
}

function stillUnknown(clientOrderId: string, count: number): Failure {
  return new Failure(
    "OUTCOME_UNKNOWN",
    `${count} order(s) still have no known outcome, the first is ${clientOrderId}. They may be live.`,
    { hint: "Check them at the broker and try again in a minute.", retryable: true },
  );
}
