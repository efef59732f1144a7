import { Failure } from "../../core/failures.ts";
import type { StandingOrder } from "../../ports/order-fence.ts";
import { type Elsewhere, settleElsewhere } from "../../trading/elsewhere.ts";
import type { Settlement } from "../../trading/settle.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { settlePatiently } from "../settling.ts";

type Found = Settlement & { readonly elsewhere: Elsewhere };

export const reconcile: CommandMaker = (context) =>
  examples(
    command(
      "reconcile",
      "Settle orders whose outcome is unknown, from the broker's own log",
    ).action(async () => {
      const desk = await context.desk();
      const found = {
        ...(await settlePatiently(context, desk)),
        elsewhere: await settleElsewhere(desk),
      };
      context.print(() => resultText(context, found), documentOf(found));
      const { open, elsewhere } = found;
      const [first] = [...open, ...elsewhere.open];
      if (first) throw stillUnknown(first.clientOrderId, open.length + elsewhere.open.length);
    }),
    ["order reconcile", "order reconcile -c oanda --json"],
  );

function documentOf({ settled, open, elsewhere }: Found) {
  return {
    settled: [...settled, ...elsewhere.settled],
    open: [
      ...open.map(({ clientOrderId, instrument, createdAt, state }) => ({
        ...{ clientOrderId, instrument, createdAt, state },
        host: null,
      })),
      ...elsewhere.open.map(({ clientOrderId, instrument, raisedAt, state, host }) => ({
        ...{ clientOrderId, instrument, createdAt: raisedAt, state, host },
      })),
    ],
  };
}

function resultText(context: Context, { settled, open, elsewhere }: Found): string {
  const all = [...settled, ...elsewhere.settled];
  if (all.length + open.length + elsewhere.open.length === 0) {
    return "Every order has its outcome.";
  }
  const extras = { riskAtStop: null, sizing: null };
  return [
    ...all.map((report) => orderText(report, extras, context.theme)),
    ...open.map((intent) => `Still unknown: ${intent.clientOrderId} (${intent.instrument})`),
    ...elsewhere.open.map(elsewhereText),
  ].join("\n");
}

function elsewhereText({ clientOrderId, instrument, host, isConnected }: StandingOrder): string {
  const how = isConnected ? "whose process still runs" : "which can't be asked";
  return `Still unknown: ${clientOrderId} (${instrument}), sent by ${host}, ${how}`;
}

function stillUnknown(clientOrderId: string, count: number): Failure {
  return new Failure(
    "OUTCOME_UNKNOWN",
    `${count} order(s) still have no known outcome, the first is ${clientOrderId}. They may be live.`,
    { hint: "Check them at the broker and try again in a minute.", retryable: true },
  );
}
