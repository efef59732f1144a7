import { Failure, usageFailure } from "../../core/failures.ts";
import { parseDecimal } from "../../core/money.ts";
import {
  allTargets,
  type ClosePortion,
  type CloseTarget,
  closePosition,
  findTarget,
} from "../../trading/close-position.ts";
import type { Desk } from "../../trading/desk.ts";
import type { OrderReport } from "../../trading/order-report.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { unitsArgument } from "../arguments.ts";
import { attempt, endBatch, inParallel, reportsOf } from "../batch.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { confirmLive, noteWarnings } from "../order-answers.ts";

type CloseOptions = { readonly units?: string; readonly all?: true; readonly dryRun?: true };

export const close: CommandMaker = (context) =>
  examples(
    command("close", "Close a position or a trade, wholly or in part")
      .argument("[instrument|trade]", "instrument or trade id")
      .option("--units <units|percent>", "how much: 5000, 5k or 50%; left out: all of it")
      .option("--all", "close every position of the account")
      .option("--dry-run", "run every check and show the request; nothing is sent")
      .action((text: string | undefined, options: CloseOptions) => run(context, text, options)),
    ["positions close EUR_USD", "positions close EUR_USD --units 50%", "positions close --all"],
  );

async function run(context: Context, text: string | undefined, options: CloseOptions) {
  const portion = portionOf(options.units);
  if ((text === undefined) === (options.all !== true)) {
    throw usageFailure("Name one position or trade, or give --all. Nothing was sent.");
  }
  if (options.all && portion.kind !== "all") {
    throw usageFailure("--units can't be combined with --all. Nothing was sent.");
  }
  const desk = await context.desk();
  const targets = text === undefined ? await allTargets(desk) : [await findTarget(desk, text)];
  const isDryRun = options.dryRun === true;
  await confirmTargets(context, desk, { targets, isDryRun });
  const closeOne = (target: CloseTarget) =>
    closePosition(desk, target, {
      portion,
      isDryRun,
      signal: context.signal,
      confirm: async ({ checks }) => {
        noteWarnings(context, checks);
        return false;
      },
    });
  // One after the other, oldest first; one that fails doesn't keep the others open.
  const items = await inParallel(targets, 1, (target) => attempt(() => closeOne(target)));
  const reports = reportsOf(items);
  const isBatch = text === undefined;
  if (isBatch || reports.length > 0) {
    context.print(() => resultText(context, reports), isBatch ? reports : reports[0]);
  }
  endBatch(context, items);
}

type Plan = { readonly targets: readonly CloseTarget[]; readonly isDryRun: boolean };

async function confirmTargets(
  context: Context,
  desk: Desk,
  { targets, isDryRun }: Plan,
): Promise<void> {
  if (isDryRun || targets.length === 0) return;
  const badge = context.theme.badge(desk.profile.environment);
  const line = ({ position, trade }: CloseTarget) =>
    `${badge} close ${trade ? `trade ${trade.id} of ` : ""}${position.direction} ${trade?.units ?? position.units} ${position.instrument}`;
  const preview = () => targets.map(line).join("\n");
  await confirmLive(context, desk.profile, { preview });
}

function resultText(context: Context, reports: readonly OrderReport[]): string {
  if (reports.length === 0) return "There is no open position.";
  const extras = { riskAtStop: null, sizing: null, kind: "close" } as const;
  return reports.map((report) => orderText(report, extras, context.theme)).join("\n");
}

export function portionOf(text: string | undefined): ClosePortion {
  if (text === undefined) return { kind: "all" };
  if (!text.endsWith("%")) return { kind: "units", units: unitsArgument(text) };
  const percent = parseDecimal(text.slice(0, -1));
  const hundred = parseDecimal("100");
  if (percent?.isPositive() && hundred && !percent.isGreaterThan(hundred)) {
    return { kind: "percent", percent };
  }
  throw new Failure("INVALID_UNITS", `--units "${text}" is not a part. Nothing was sent.`, {
    hint: "Write units (5000, 5k) or a percentage above 0 % up to 100 %.",
  });
}
