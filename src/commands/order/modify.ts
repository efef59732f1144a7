import type { Command } from "commander";
import { isEntry } from "../../core/entry-order.ts";
import { usageFailure } from "../../core/failures.ts";
import { type Instant, instantToMs } from "../../core/time.ts";
import { type ChangePreview, changeOrder } from "../../trading/change-order.ts";
import type { OrderCosts } from "../../trading/order-costs.ts";
import type { OrderChange } from "../../trading/order-draft.ts";
import { orderText, waitingText } from "../../ui/output/order-text.ts";
import { orderIdArgument, priceOption, unitsArgument } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import {
  changesNothing,
  choicesOf,
  type ExitChoiceOptions,
  withExitChoices,
} from "../exit-choices.ts";
import { confirmLive, costsLines, failureOf, noteWarnings } from "../order-answers.ts";
import { timeInForceOption, waitingOf } from "./entry-terms.ts";

type ModifyOptions = ExitChoiceOptions & {
  readonly price?: string;
  readonly units?: string;
  readonly tif?: string;
  readonly expires?: string;
  readonly dryRun?: true;
};

export const modify: CommandMaker = (context) =>
  examples(
    withWaiting(
      withExitChoices(
        command("modify", "Change an order that waits; what isn't named stays as it is")
          .argument("<id|@client-id>", "the broker's order id, or @ and the client order id")
          .option("--price <price>", "the price it waits for")
          .option("--units <units>", "its size: 10000, 10k or 1.5m"),
      ),
    ).action((id: string, options: ModifyOptions) => run(context, orderIdArgument(id), options)),
    [
      "order modify 42 --price 1.0790",
      "order modify @mine-1 --units 5k --sl 30p --no-tp --expires 12h",
      "order modify 43 --trailing 25p",
    ],
  );

function withWaiting(command: Command): Command {
  return command
    .option("--tif <time>", "GTC, GTD or DAY (17:00 New York)")
    .option("--expires <time>", "wait until: 7d, 12h, 2026-11-30 (0:00 UTC) or RFC 3339")
    .option("--dry-run", "run every check and show the request; nothing is sent");
}

async function run(context: Context, id: string, options: ModifyOptions): Promise<void> {
  const change = changeOf(options, context.clock.now());
  const desk = await context.desk();
  const { report, preview } = await changeOrder(
    desk,
    { id, change },
    {
      isDryRun: options.dryRun === true,
      signal: context.signal,
      confirm: (shown, costs) => {
        noteWarnings(context, shown.verdict.checks);
        const preview = () => previewText(context, shown, costs);
        return confirmLive(context, desk.profile, { preview });
      },
    },
  );
  const extras = {
    riskAtStop: null,
    sizing: null,
    kind: "change",
    replaces: preview.order.orderId,
  };
  context.print(() => orderText(report, { ...extras, kind: "change" }, context.theme), report);
  const failure = failureOf(report);
  if (failure) throw failure;
}

function changeOf(options: ModifyOptions, now: Instant): OrderChange {
  const { price, units } = options;
  const tif = timeInForceOption(options.tif);
  if (tif === "FOK" || tif === "IOC") {
    throw usageFailure(
      `An order that waits can't become ${tif}. Nothing was sent.`,
      "Cancel it, and order at the market instead.",
    );
  }
  const change = {
    price: price === undefined ? null : priceOption("--price", price),
    units: units === undefined ? null : unitsArgument(units),
    waiting: waitingOf(tif, options.expires, instantToMs(now)),
    ...choicesOf(options),
  };
  const isEmpty = !change.price && !change.units && !change.waiting && changesNothing(change);
  if (!isEmpty) return change;
  throw usageFailure(
    "Nothing is to be changed. Nothing was sent.",
    "Name at least one of --price, --units, --sl, --tp, --trailing, --tif, --expires.",
  );
}

function previewText(
  context: Context,
  { order, request, view }: ChangePreview,
  costs: OrderCosts | null,
): string {
  const { terms } = request;
  const { currency } = view.state.account;
  const kind = isEntry(terms) ? "change" : "exits";
  const level = (price: unknown, distance: unknown) => `${price ?? `${distance} away`}`;
  const distance = "distance" in terms ? terms.distance : null;
  return [
    `${context.theme.badge("live")} change order ${order.orderId}: ${request.side} ${terms.type} ${order.instrument}`,
    `  was ${order.units} at ${level(order.price, order.distance)}, ${waitingText(order, context.theme)}`,
    `  now ${request.units} at ${level(terms.price, distance)}, ${waitingText(terms, context.theme)}`,
    ...costsLines(costs, { currency, kind }),
    `  account ${view.state.account.id}`,
  ].join("\n");
}
