import type { Command } from "commander";
import { toHome } from "../../core/conversion.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import { decimal } from "../../core/money.ts";
import type { Side } from "../../core/order.ts";
import type { OrderDraft, OrderSize } from "../../trading/order-draft.ts";
import type { OrderReport } from "../../trading/order-report.ts";
import { type OrderPreview, placeOrder } from "../../trading/place-order.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { distanceOption, exitOption, riskOption, textOption, unitsArgument } from "../arguments.ts";
import { command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { confirmLive, failureOf } from "../order-answers.ts";

type EntryOptions = {
  readonly risk?: string;
  readonly type?: string;
  readonly sl?: string | true;
  readonly tp?: string | true;
  readonly trailing?: string | true;
  readonly maxSlippage?: string;
  readonly clientId?: string;
  readonly signal?: string;
  readonly agent?: string;
  readonly comment?: string;
  readonly reduceOnly?: true;
  readonly dryRun?: true;
};

const EXTENSION_LENGTH = 128;
const TAG_PART_LENGTH = 56;
const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** `order buy` and `order sell`: the same command with another side. */
export function entryCommand(context: Context, side: Side): Command {
  const verb = side === "buy" ? "Buy" : "Sell";
  const built = command(side, `${verb} an instrument at the market`)
    .argument("<instrument>", "what to trade: EUR_USD, EUR/USD or eurusd")
    .argument("[units]", "size in base units: 10000, 10k or 1.5m")
    .option("--risk <amount|percent>", "size it so that the stop loses this: 50 or 1%")
    .option("--type <type>", "market", "market")
    .option("--sl [price]", "stop loss: 1.0850, 20p or 0.5%; bare: the default")
    .option("--tp [price]", "take profit: 1.0950, 40p or 1%; bare: the default")
    .option("--trailing [distance]", "trailing stop: 20p or 0.5%; bare: the default")
    .option("--max-slippage <distance>", "refuse a fill that is worse by more: 2p")
    .option("--client-id <id>", "your own id of the order; it can be used once")
    .option("--signal <id>", "id of the signal behind it, kept in the audit trail")
    .option("--agent <name>", "who decided, kept in the audit trail")
    .option("--comment <text>", "a note that travels with the order")
    .option("--reduce-only", "only ever reduce what is open")
    .option("--dry-run", "run every check and show the request; nothing is sent")
    .action((instrument: string, units: string | undefined, options: EntryOptions) =>
      runEntry(context, draftOf(side, { instrument, units }, options), options.dryRun === true),
    );
  return examples(built, [
    `order ${side} EUR_USD 10000 --sl`,
    `order ${side} EUR_USD --risk 1% --sl 20p --tp 40p`,
    `order ${side} USD_JPY 10k --trailing 30p --dry-run`,
  ]);
}

async function runEntry(context: Context, draft: OrderDraft, isDryRun: boolean): Promise<void> {
  const desk = await context.desk();
  const { report, preview } = await placeOrder(desk, draft, {
    isDryRun,
    signal: context.signal,
    confirm: (shown) => confirmLive(context, desk.profile, () => previewText(context, shown)),
  });
  context.print(() => resultText(context, report, preview), report);
  const failure = failureOf(report);
  if (failure) throw failure;
}

function resultText(context: Context, report: OrderReport, preview: OrderPreview): string {
  const sizing = preview.built.sizing?.explanation ?? null;
  return orderText(report, { riskAtStop: riskAtStop(report, preview), sizing }, context.theme);
}

/** What the attached stop loses on the filled (or asked) units, in account currency. */
function riskAtStop(report: OrderReport, { view }: OrderPreview) {
  const stop = report.stopLoss ?? report.trailingStop;
  if (!stop) return null;
  const entry = decimal(report.averagePrice ?? report.expectedPrice ?? stop.price);
  const units = decimal(report.status === "dry_run" ? report.units : report.filledUnits);
  const loss = decimal(stop.price).minus(entry).abs().times(units).negated();
  return units.isZero() ? null : toHome(loss, view.conversion).abs();
}

function previewText(context: Context, { built, view, verdict }: OrderPreview): string {
  const { order, expected } = built;
  const needed = verdict.checks.find((check) => check.rule === "margin")?.detail ?? "";
  return [
    `${context.theme.badge("live")} ${order.side} ${order.units} ${order.instrument} at about ${expected.price}`,
    `  stop loss ${expected.stopLoss ?? "none"}, take profit ${expected.takeProfit ?? "none"}`,
    `  margin: ${needed}`,
    `  account ${view.state.account.id}, balance ${view.state.account.balance} ${view.state.account.currency}`,
  ].join("\n");
}

function draftOf(
  side: Side,
  given: { readonly instrument: string; readonly units: string | undefined },
  options: EntryOptions,
): OrderDraft {
  if (options.type !== undefined && options.type !== "market") {
    throw new Failure(
      "UNSUPPORTED",
      `Orders of type "${options.type}" are not supported; only market orders are. Nothing was sent.`,
      { hint: "Leave out --type." },
    );
  }
  return {
    instrument: given.instrument,
    side,
    size: sizeOf(given.units, options.risk),
    terms: { type: "market", timeInForce: "FOK" },
    stopLoss: exitOption("--sl", options.sl),
    isStopGuaranteed: false,
    takeProfit: exitOption("--tp", options.tp),
    trailingStop: exitOption("--trailing", options.trailing),
    maxSlippage:
      options.maxSlippage !== undefined
        ? distanceOption("--max-slippage", options.maxSlippage)
        : null,
    reduceOnly: options.reduceOnly === true,
    clientOrderId: clientIdOf(options.clientId),
    origin: {
      signalId: textOption("--signal", options.signal, TAG_PART_LENGTH),
      agent: textOption("--agent", options.agent, TAG_PART_LENGTH),
      comment: textOption("--comment", options.comment, EXTENSION_LENGTH),
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
