import type { Command } from "commander";
import { toHome } from "../../core/conversion.ts";
import { usageFailure } from "../../core/failures.ts";
import { formatPrice } from "../../core/instrument.ts";
import { decimal, maximumOf, ZERO } from "../../core/money.ts";
import type { Side } from "../../core/order.ts";
import { instantToMs } from "../../core/time.ts";
import type { OrderCosts } from "../../trading/order-costs.ts";
import type { OrderDraft, OrderSize } from "../../trading/order-draft.ts";
import type { OrderReport } from "../../trading/order-report.ts";
import type { OrderPreview } from "../../trading/place-order.ts";
import { placeSignal } from "../../trading/place-signal.ts";
import { readTwin, type Twin } from "../../trading/read-twin.ts";
import { orderText, waitingText } from "../../ui/output/order-text.ts";
import { distanceOption, exitOption, riskOption, textOption, unitsArgument } from "../arguments.ts";
import { command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import {
  askAboutStop,
  confirmLive,
  costsLines,
  failureOf,
  noteWarnings,
  raiseStopRefused,
} from "../order-answers.ts";
import { type TermsOptions, termsOf } from "./entry-terms.ts";
import { COMMENT_LENGTH, ORIGIN_LENGTH } from "./origin-lengths.ts";

type EntryOptions = TermsOptions & {
  readonly risk?: string;
  readonly tp?: string | true;
  readonly clientId?: string;
  readonly signal?: string;
  readonly agent?: string;
  readonly comment?: string;
  readonly reduceOnly?: true;
  readonly dryRun?: true;
};

const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** `order buy` and `order sell`: the same command with another side. */
export function entryCommand(context: Context, side: Side): Command {
  const verb = side === "buy" ? "Buy" : "Sell";
  const built = command(side, `${verb} an instrument at the market, or at a price of your own`)
    .argument("<instrument>", "what to trade: EUR_USD, EUR/USD or eurusd")
    .argument("[units]", "size in base units: 10000, 10k or 1.5m")
    .option("--risk <amount|percent>", "size it so that the stop loses this: 50 or 1%")
    .option(
      "--type <type>",
      "market; at --price: limit (or better), stop (or worse), mit",
      "market",
    )
    .option("--price <price>", "the price that a limit, stop or mit order waits for")
    .option("--tif <time>", "GTC, GTD, DAY (17:00 New York), FOK or IOC")
    .option("--expires <time>", "wait until: 7d, 12h, 2026-11-30 (0:00 UTC) or RFC 3339")
    .option("--sl [price]", "stop loss: 1.0850, 20p or 0.5%; bare: the default")
    .option("--guaranteed", "let the stop loss fill at its price also through a gap")
    .option("--tp [price]", "take profit: 1.0950, 40p or 1%; bare: the default")
    .option("--trailing [distance]", "trailing stop: 20p or 0.5%; bare: the default")
    .option("--max-slippage <distance>", "refuse a fill that is worse by more: 2p")
    .option("--client-id <id>", "your own id of the order; it can be used once")
    .option("--signal <id>", "id of the signal behind it; a signal makes one order, ever")
    .option("--agent <name>", "who decided, kept in the audit trail")
    .option("--comment <text>", "a note that travels with the order")
    .option("--reduce-only", "only ever reduce what is open")
    .option("--dry-run", "run every check and show the request; nothing is sent")
    .action((instrument: string, units: string | undefined, options: EntryOptions) =>
      runEntry(context, draftOf(context, { side, instrument, units }, options), options),
    );
  return examples(built, [
    `order ${side} EUR_USD 10000 --sl`,
    `order ${side} EUR_USD --risk 1% --sl 20p --tp 40p`,
    `order ${side} EUR_USD 10k --type limit --price 1.0800 --sl 20p --tp 40p --expires 7d`,
    `order ${side} USD_JPY 10k --type stop --price 155.20 --tif DAY --max-slippage 2p`,
    `order ${side} USD_JPY 10k --trailing 30p --dry-run`,
  ]);
}

async function runEntry(context: Context, draft: OrderDraft, options: EntryOptions): Promise<void> {
  const desk = await context.desk();
  const { report, preview, isKnown } = await placeSignal(desk, draft, {
    isDryRun: options.dryRun === true,
    signal: context.signal,
    onStopRefused: (opened) => askAboutStop(context, opened),
    confirm: async (shown, costs) => {
      noteReached(context, shown);
      noteWarnings(context, shown.verdict.checks);
      const preview = () => previewText(context, shown, costs);
      const isAsked = desk.profile.environment === "live" && !context.options.yes;
      const twin = isAsked ? await readTwin(desk, shown.built.order) : null;
      const doubt = twin ? { doubt: twinText(twin) } : {};
      return confirmLive(context, desk.profile, { preview, ...doubt });
    },
  });
  if (!isKnown) raiseStopRefused(context, report);
  if (isKnown) context.note(knownNote(report));
  else if (report.status === "dry_run") noteReached(context, preview);
  const document = {
    ...report,
    ...(report.signalId === null ? {} : { known: isKnown }),
  };
  context.print(() => resultText(context, report, preview), document);
  const failure = failureOf(report);
  if (failure) throw failure;
}

function twinText({ intent, ageMs }: Twin): string {
  const age = Math.floor(ageMs / 1000);
  return `The same order was sent ${age} s ago as ${intent.clientOrderId}.`;
}

function knownNote({ signalId, clientOrderId }: OrderReport): string {
  return `The signal ${signalId} has made an order before (${clientOrderId}): this is what became of it. Nothing was sent now.`;
}

/** A price that the market has reached already may be meant, or a slip: said before it is sent. */
function noteReached(context: Context, { built, view }: OrderPreview): void {
  if (!built.isReached || built.order.kind !== "entry") return;
  const { order } = built;
  const [price, market] = [order.price, order.side === "buy" ? view.quote.ask : view.quote.bid];
  const shown = [price, market].map((each) => formatPrice(each, view.instrument));
  context.note(
    `The market is at ${shown[1]}: a ${order.side} ${order.type} at ${shown[0]} executes at once.`,
  );
}

function resultText(context: Context, report: OrderReport, preview: OrderPreview | null): string {
  if (!preview) return orderText(report, { riskAtStop: null, sizing: null }, context.theme);
  const sizing = preview.built.sizing?.explanation ?? null;
  const { kind } = preview.built.order;
  const extras = { riskAtStop: riskAtStop(report, preview), sizing, kind };
  return orderText(report, extras, context.theme);
}

/** What the attached stop loses on the filled (or asked) units, in account currency; of a dry run what its costs say. */
function riskAtStop(report: OrderReport, { view }: OrderPreview) {
  const { costs } = report;
  if (costs) return costs.lossAtStop === null ? null : maximumOf(ZERO, decimal(costs.lossAtStop));
  const stop = report.stopLoss ?? report.trailingStop;
  if (!stop) return null;
  const entry = decimal(report.averagePrice ?? report.expectedPrice ?? stop.price);
  const isToCome = report.status === "dry_run" || report.status === "pending";
  const units = decimal(isToCome ? report.units : report.filledUnits);
  const loss = decimal(stop.price).minus(entry).abs().times(units).negated();
  return units.isZero() ? null : toHome(loss, view.conversion).abs();
}

function previewText(
  context: Context,
  { built, view }: OrderPreview,
  costs: OrderCosts | null,
): string {
  const { order, expected } = built;
  const { currency } = view.state.account;
  const price =
    order.kind === "entry"
      ? `${order.type} at ${order.price}, ${waitingText(order, context.theme)}`
      : `at about ${expected.price}`;
  return [
    `${context.theme.badge("live")} ${order.side} ${order.units} ${order.instrument} ${price}`,
    `  stop loss ${expected.stopLoss ?? "none"}, take profit ${expected.takeProfit ?? "none"}`,
    ...costsLines(costs, { currency, kind: order.kind }),
    `  account ${view.state.account.id}, balance ${view.state.account.balance} ${currency}`,
  ].join("\n");
}

type Given = {
  readonly side: Side;
  readonly instrument: string;
  readonly units: string | undefined;
};

export function draftOf(context: Context, given: Given, options: EntryOptions): OrderDraft {
  return {
    instrument: given.instrument,
    side: given.side,
    terms: termsOf(options, instantToMs(context.clock.now())),
    size: sizeOf(given.units, options.risk),
    stopLoss: exitOption("--sl", options.sl),
    isStopGuaranteed: options.guaranteed === true,
    takeProfit: exitOption("--tp", options.tp),
    trailingStop: exitOption("--trailing", options.trailing),
    maxSlippage:
      options.maxSlippage !== undefined
        ? distanceOption("--max-slippage", options.maxSlippage)
        : null,
    reduceOnly: options.reduceOnly === true,
    clientOrderId: clientIdOf(options.clientId),
    origin: {
      signalId: textOption("--signal", options.signal, ORIGIN_LENGTH),
      agent: textOption("--agent", options.agent, ORIGIN_LENGTH),
      comment: textOption("--comment", options.comment, COMMENT_LENGTH),
    },
  };
}

function sizeOf(units: string | undefined, risk: string | undefined): OrderSize {
  if (units !== undefined && risk !== undefined) {
    throw usageFailure("Give either units or --risk, not both. Nothing was sent.");
  }
  if (risk !== undefined) return riskOption(risk);
  if (units !== undefined) return { kind: "units", units: unitsArgument(units), text: units };
  throw usageFailure(
    "The size is missing. Nothing was sent.",
    "Give units (10000, 10k) or a risk (--risk 1% --sl 20p).",
  );
}

function clientIdOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (CLIENT_ID.test(text)) return text;
  throw usageFailure(
    "--client-id must start with a letter or digit and have at most 128 letters, digits, and . _ : -",
  );
}
