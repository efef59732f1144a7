import { Failure, usageFailure } from "../../core/failures.ts";
import { decimal, parseDecimal } from "../../core/money.ts";
import { openBatchDesk } from "../../trading/batch-desk.ts";
import {
  allTargets,
  type ClosePortion,
  type CloseTarget,
  closeCosts,
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
import { confirmLive, itemsPreview, noteWarnings } from "../order-answers.ts";

/** Closes under way at the same time: each is about an instrument of its own. */
const AT_ONCE = 4;
const HUNDREDTH = decimal("0.01");

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
  await confirmTargets(context, desk, { targets, portion, isDryRun });
  const shared = openBatchDesk(desk);
  const closeOne = (target: CloseTarget) =>
    closePosition(shared, target, {
      portion,
      isDryRun,
      signal: context.signal,
      confirm: async ({ checks }) => {
        noteWarnings(context, checks);
        return false;
      },
    });
  // Oldest first, and one that fails, or whose answer is waited for, doesn't keep the others open.
  const items = await inParallel(targets, AT_ONCE, (target) => attempt(() => closeOne(target)));
  const reports = reportsOf(items);
  noteRounding(context, { targets, reports }, portion);
  const isBatch = text === undefined;
  if (isBatch || reports.length > 0) {
    context.print(() => resultText(context, reports), isBatch ? reports : reports[0]);
  }
  if (isBatch && !isDryRun && targets.length > 0) await noteLeft(context, desk);
  endBatch(context, items);
}

type Done = { readonly targets: readonly CloseTarget[]; readonly reports: readonly OrderReport[] };

/** A percentage that is no legal size was rounded down: said, so that nobody takes the rest for closed. */
function noteRounding(context: Context, { targets, reports }: Done, portion: ClosePortion): void {
  const [[target], [report]] = [targets, reports];
  if (portion.kind !== "percent" || !target || !report) return;
  const held = target.trade?.units ?? target.position.units;
  const exact = held.times(portion.percent).times(HUNDREDTH);
  if (exact.equals(decimal(report.units))) return;
  context.note(
    `${portion.percent} % of ${held} units is ${exact}: rounded down to ${report.units} units.`,
  );
}

/** What all of it came to is what the broker says now, whatever was answered to each. */
async function noteLeft(context: Context, desk: Desk): Promise<void> {
  const left = await allTargets(desk).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  if (left instanceof Failure) {
    context.note(`What is still open couldn't be read afterwards: ${left.message}`);
    return;
  }
  if (left.length === 0) return;
  const names = left.map(({ position }) => `${position.units} ${position.instrument}`);
  context.note(`Still open: ${names.join(", ")}.`);
}

type Plan = {
  readonly targets: readonly CloseTarget[];
  readonly portion: ClosePortion;
  readonly isDryRun: boolean;
};

async function confirmTargets(
  context: Context,
  desk: Desk,
  { targets, portion, isDryRun }: Plan,
): Promise<void> {
  if (isDryRun || targets.length === 0) return;
  const badge = context.theme.badge(desk.profile.environment);
  const line = ({ position, trade }: CloseTarget) =>
    `${badge} close ${trade ? `trade ${trade.id} of ` : ""}${position.direction} ${trade?.units ?? position.units} ${position.instrument}`;
  const shared = openBatchDesk(desk);
  const costs = (target: CloseTarget) => closeCosts(shared, target, portion);
  const preview = () => itemsPreview(targets, { line, costs, kind: "close" });
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
