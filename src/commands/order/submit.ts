import { usageFailure } from "../../core/failures.ts";
import { type CheckedSignal, checkSignals } from "../../trading/check-signals.ts";
import type { Desk } from "../../trading/desk.ts";
import { isRefusedByPace, type SubmittedOrder, submitOrders } from "../../trading/submit-orders.ts";
import { integerOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { confirmLive, failureOf, raiseStopRefused, worstFailure } from "../order-answers.ts";
import { raiseUnknown, settlePatiently } from "../settling.ts";
import { readSignals, refuseProblems } from "./signal-input.ts";
import { notStartedNote, signalDocument, signalText, summaryText } from "./signal-text.ts";

type SubmitOptions = {
  readonly concurrency: string;
  readonly pace?: true;
  readonly dryRun?: true;
  readonly watch?: string;
};

const AT_ONCE = "8";
const MOST_AT_ONCE = 100;
/** More orders than this are worth several connections. */
const HANDFUL = 4;
const MOST_PREVIEWED = 20;

export const submit: CommandMaker = (context) =>
  examples(
    command("submit", "Place an order for each signal of a file; a signal makes one order, ever")
      .argument("[file]", "JSON lines; - or nothing: standard input")
      .option("--watch <dir>", "submit every *.jsonl file that appears in a folder, until Ctrl-C")
      .option("--concurrency <n>", `most orders under way at a time, 1 to ${MOST_AT_ONCE}`, AT_ONCE)
      .option("--pace", "wait where risk.maxOrdersPerMinute would refuse an order")
      .option("--dry-run", "run every check and show what would happen; nothing is sent")
      .action((file: string | undefined, options: SubmitOptions) =>
        options.watch === undefined
          ? run(context, file ?? "-", options)
          : watchFolder(context, { file, folder: options.watch, options }),
      )
      .addHelpText(
        "after",
        `
A signal is one line:
  {"signalId":"s-1","agent":"me","instrument":"EUR_USD","side":"buy","units":"1000"}
It may have type (limit, stop, mit; market), price, stopLoss, takeProfit, trailingStop
("1.0850", "20p", "0.5%", or true: the default), timeInForce, expiresAt and comment.

All lines are checked before anything is sent. A signal that made an order before, in any
run, answers with that order's outcome; one that provably never left may be tried again.
Orders in one instrument leave in the order of the lines wherever buys and sells meet.

With --watch a file is taken once it ends in a newline and hasn't changed for a second: write it
under another name (signals.tmp), then rename it. Each is submitted as above, one file after the
other in the order of their names, then moved to done/ or refused/ with its results beside it.
On a live connection it takes --yes. Ctrl-C and SIGTERM end it once what is under way is settled.`,
      ),
    [
      "order submit signals.jsonl",
      "order submit signals.jsonl --dry-run",
      "order submit signals.jsonl --pace",
      "order submit - --json --concurrency 20 < signals.jsonl",
      "order submit --watch ~/signals --json",
    ],
  );

type Watching = {
  readonly file: string | undefined;
  readonly folder: string;
  readonly options: SubmitOptions;
};

async function watchFolder(context: Context, { file, folder, options }: Watching): Promise<void> {
  if (file !== undefined || options.dryRun) {
    throw usageFailure(
      `--watch takes neither a file nor --dry-run. Nothing was sent.`,
      "Try a file first: tmt-broker order submit FILE --dry-run",
    );
  }
  const atOnce = atOnceOf(options);
  const { submitFolder } = await import("./submit-folder.ts");
  await submitFolder(context, { folder, atOnce, isPaced: options.pace === true });
}

function atOnceOf({ concurrency }: SubmitOptions): number {
  return integerOption("--concurrency", concurrency, { minimum: 1, maximum: MOST_AT_ONCE });
}

async function run(context: Context, file: string, options: SubmitOptions): Promise<void> {
  const atOnce = atOnceOf(options);
  const isDryRun = options.dryRun === true;
  const isPaced = options.pace === true;
  const lines = await readSignals(context, file);
  if (lines.signals.length === 0) refuseProblems(lines.problems);
  const desk = await context.desk({ isBatch: lines.signals.length > HANDFUL });
  const { signals, problems } = await checkSignals(desk, lines.signals);
  refuseProblems([...lines.problems, ...problems]);
  if (signals.length === 0) return context.note("There is no signal in the input.");
  const fresh = signals.filter(({ isKnown }) => !isKnown);
  if (!isDryRun && fresh.length > 0) await confirmAll(context, desk, fresh);
  await settlePatiently(context, desk, { isAboutAll: false });
  await submitAll(context, desk, { signals, atOnce, isDryRun, isPaced });
}

async function confirmAll(
  context: Context,
  { profile }: Desk,
  signals: readonly CheckedSignal[],
): Promise<void> {
  const badge = context.theme.badge(profile.environment);
  const line = ({ draft: { origin, side, terms, size, instrument } }: CheckedSignal) => {
    const units = size.kind === "units" ? size.units : "";
    const price = terms.type === "market" ? "" : ` at ${terms.price}`;
    return `${badge} ${origin.signalId}: ${side} ${terms.type} ${units} ${instrument}${price}`;
  };
  const rest = signals.length - MOST_PREVIEWED;
  const preview = () =>
    [
      ...signals.slice(0, MOST_PREVIEWED).map(line),
      ...(rest > 0 ? [`… and ${rest} more`] : []),
    ].join("\n");
  const what = signals.length === 1 ? "this order" : `these ${signals.length} orders`;
  await confirmLive(context, profile, { preview, question: `Send ${what} with real money?` });
}

const WAITING = {
  pace: ({ policy }: Desk) =>
    `The minute's ${policy.limits.maxOrdersPerMinute} orders are used up (risk.maxOrdersPerMinute): the rest follow as it allows.`,
  unknown: () =>
    "Orders with an unknown fate hold others in their instruments back: waiting until the broker's log can prove them …",
} as const;

type Batch = {
  readonly signals: readonly CheckedSignal[];
  readonly atOnce: number;
  readonly isDryRun: boolean;
  readonly isPaced: boolean;
};

async function submitAll(
  context: Context,
  desk: Desk,
  { signals, isPaced, ...how }: Batch,
): Promise<void> {
  const fresh = new Set(signals.filter(({ isKnown }) => !isKnown).map(({ draft }) => draft));
  const settled: SubmittedOrder[] = [];
  const onAbort = () =>
    context.note(
      "Interrupted: no other order is begun. Those under way come to their end; Ctrl-C again leaves at once.",
    );
  context.signal.addEventListener("abort", onAbort, { once: true });
  await submitOrders(
    desk,
    signals.map(({ draft }) => draft),
    {
      ...{ ...how, signal: context.signal },
      isPaced: (draft) => isPaced && fresh.has(draft),
      onWaiting: (reason) => context.note(WAITING[reason](desk)),
      onSettled: (order) => {
        settled.push(order);
        if (isStarted(order)) print(context, desk, order);
      },
    },
  );
  context.signal.removeEventListener("abort", onAbort);
  const begun = settled.filter(isStarted);
  if (!context.options.json) context.terminal.writeResult(`${summaryText(begun)}\n`);
  const rest = settled.filter((order) => !isStarted(order));
  noteStopsRefused(context, begun);
  for (const { report, isKnown } of begun) {
    if (report && !isKnown) raiseStopRefused(context, report);
    if (report?.status !== "unknown") continue;
    raiseUnknown(context, { ...report, createdAt: report.submittedAt ?? context.clock.now() });
  }
  notePaceRefusals(context, begun);
  // Stopped half way is the whole batch's outcome, whatever became of those that were sent.
  if (rest.length > 0) {
    context.terminal.writeNote(`${notStartedNote(rest, signals.length)}\n`);
    return;
  }
  const worst = worstFailure(begun.flatMap((order) => failureIn(order) ?? []));
  if (worst) throw worst;
}

/** The failure that the batch ends with names the commands for one trade without its stop: the others need theirs. */
function noteStopsRefused(context: Context, orders: readonly SubmittedOrder[]): void {
  const naked = orders.flatMap(({ report, isKnown }) =>
    !isKnown && report?.stopRefused?.result === "open_without_stop" ? report : [],
  );
  if (naked.length < 2) return;
  for (const { instrument, stopRefused, error } of naked) {
    context.note(
      `Trade ${stopRefused?.tradeId} of ${instrument} is OPEN WITHOUT A STOP. ${error?.hint ?? ""}`,
    );
  }
}

/** What the limit of a minute refused never left: the same command sends it. */
function notePaceRefusals(context: Context, orders: readonly SubmittedOrder[]): void {
  const refused = orders.filter((order) => isRefusedByPace(order)).length;
  if (refused === 0) return;
  context.note(
    `risk.maxOrdersPerMinute refused ${refused} of ${orders.length} signals: the same command with --pace sends them as the limit allows, and none of the others twice.`,
  );
}

/** Neither a report nor a reason: the batch was stopped before its turn came. */
function isStarted({ report, failure }: SubmittedOrder): boolean {
  return report !== null || failure !== null;
}

function failureIn({ report, failure }: SubmittedOrder) {
  return failure ?? (report && failureOf(report));
}

function print(context: Context, desk: Desk, order: SubmittedOrder): void {
  context.print(() => signalText(order, desk, context.theme), signalDocument(order, desk));
}
