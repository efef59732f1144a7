import { usageFailure } from "../../core/failures.ts";
import type { Trade } from "../../core/trade.ts";
import { openBatchDesk } from "../../trading/batch-desk.ts";
import { changeExits, changesExits, exitsCosts } from "../../trading/change-exits.ts";
import { findTarget } from "../../trading/close-position.ts";
import type { Desk } from "../../trading/desk.ts";
import type { TradeExitChoices } from "../../trading/order-draft.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { attempt, type BatchItem, endBatch, inParallel, reportsOf } from "../batch.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import {
  changesNothing,
  choicesText,
  type ExitChoiceOptions,
  tradeChoicesOf,
  withExitChoices,
} from "../exit-choices.ts";
import { confirmLive, itemsPreview, noteWarnings } from "../order-answers.ts";

type ModifyOptions = ExitChoiceOptions & { readonly dryRun?: true };

export const modify: CommandMaker = (context) =>
  examples(
    withExitChoices(
      command("modify", "Set, move and remove stop loss, take profit and trailing stop").argument(
        "<instrument|trade>",
        "a trade id, or an instrument for all its trades; distances count from each open price",
      ),
    )
      .addHelpText("after", "\n--sl breakeven puts each trade's stop at its open price.")
      .option("--dry-run", "run every check and show the request; nothing is sent")
      .action((text: string, options: ModifyOptions) => run(context, text, options)),
    [
      "positions modify EUR_USD --sl 1.0800 --tp 40p",
      "positions modify 7 --no-sl --trailing 25p",
      "positions modify EUR_USD --sl breakeven",
      "positions modify EUR_USD --sl --dry-run",
    ],
  );

async function run(context: Context, text: string, options: ModifyOptions): Promise<void> {
  const choices = tradeChoicesOf(options);
  if (changesNothing(choices)) {
    throw usageFailure(
      "Nothing is to be changed. Nothing was sent.",
      "Name at least one of --sl, --no-sl, --tp, --no-tp, --trailing, --no-trailing.",
    );
  }
  const desk = await context.desk();
  const { position, trade } = await findTarget(desk, text);
  const concerned = position.trades.filter((one) => changesExits(choices, one));
  // One that has nothing of what is to go is left out, unless it is the one that is meant, or they all are so.
  const trades = trade ? [trade] : concerned.length > 0 ? concerned : position.trades;
  const isDryRun = options.dryRun === true;
  if (!isDryRun) await confirmAll(context, desk, { trades, choices });
  const changeOne = (one: Trade) =>
    changeExits(desk, one, {
      choices,
      isDryRun,
      signal: context.signal,
      confirm: async ({ checks }) => {
        noteWarnings(context, checks);
        return false;
      },
    });
  // One after the other, oldest first: a broker that closes by age wants no two trades of a size to differ.
  const items = await inParallel(trades, 1, (one) => attempt(() => changeOne(one)));
  print(context, items, trade === null);
  endBatch(context, items);
}

type Plan = { readonly trades: readonly Trade[]; readonly choices: TradeExitChoices };

async function confirmAll(context: Context, desk: Desk, { trades, choices }: Plan): Promise<void> {
  const badge = context.theme.badge(desk.profile.environment);
  const what = choicesText(choices);
  const line = ({ id, direction, units, instrument }: Trade) =>
    `${badge} trade ${id} (${direction} ${units} ${instrument}): ${what}`;
  const shared = openBatchDesk(desk);
  const costs = (trade: Trade) => exitsCosts(shared, trade, choices);
  const preview = () => itemsPreview(trades, { line, costs, kind: "exits" });
  await confirmLive(context, desk.profile, { preview, question: "Change these exits?" });
}

function print(context: Context, items: readonly BatchItem[], isBatch: boolean): void {
  const reports = reportsOf(items);
  if (!isBatch && reports.length === 0) return;
  const extras = { riskAtStop: null, sizing: null, kind: "exits" } as const;
  context.print(
    () => reports.map((report) => orderText(report, extras, context.theme)).join("\n"),
    isBatch ? reports : reports[0],
  );
}
