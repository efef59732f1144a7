import { Failure } from "../../core/failures.ts";
import type { StandingOrder } from "../../ports/order-fence.ts";
import type { Elsewhere } from "../../trading/elsewhere.ts";
import type { Settlement } from "../../trading/settle.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { raiseStopRefused } from "../order-answers.ts";
import { settleElsewherePatiently, settlePatiently } from "../settling.ts";

/** `elsewhere` is null where the other computers' server couldn't be asked. */
type Found = Settlement & { readonly elsewhere: Elsewhere | null };

export const reconcile: CommandMaker = (context) =>
  examples(
    command(
      "reconcile",
      "Settle orders whose outcome is unknown, from the broker's own log",
    ).action(async () => {
      const desk = await context.desk();
      const here = await settlePatiently(context, desk);
      // What is settled here is told also where the other computers' server doesn't answer.
      const [asked] = await Promise.allSettled([settleElsewherePatiently(context, desk)]);
      const elsewhere = asked.status === "fulfilled" ? asked.value : null;
      const found = { ...here, elsewhere };
      for (const report of elsewhere?.settled ?? []) raiseStopRefused(context, report);
      context.print(() => resultText(context, found), documentOf(found));
      const open = [...here.open, ...(elsewhere?.open ?? [])];
      if (open[0]) throw stillUnknown(open[0].clientOrderId, open.length);
      if (asked.status === "rejected") throw asked.reason;
    }),
    ["order reconcile", "order reconcile -c oanda --json"],
  );

function documentOf({ settled, open, elsewhere }: Found) {
  return {
    settled: [...settled, ...(elsewhere?.settled ?? [])],
    open: [
      ...open.map(({ clientOrderId, instrument, createdAt, state }) => ({
        ...{ clientOrderId, instrument, createdAt, state },
        host: null,
      })),
      ...(elsewhere?.open ?? []).map(({ clientOrderId, instrument, raisedAt, state, host }) => ({
        ...{ clientOrderId, instrument, createdAt: raisedAt, state, host },
      })),
    ],
  };
}

function resultText(context: Context, { settled, open, elsewhere }: Found): string {
  const all = [...settled, ...(elsewhere?.settled ?? [])];
  const others = elsewhere?.open ?? [];
  if (all.length + open.length + others.length === 0) {
    return `Every order ${elsewhere ? "" : "of this computer "}has its outcome.`;
  }
  const extras = { riskAtStop: null, sizing: null };
  return [
    ...all.map((report) => orderText(report, extras, context.theme)),
    ...open.map((intent) => `Still unknown: ${intent.clientOrderId} (${intent.instrument})`),
    ...others.map(elsewhereText),
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
