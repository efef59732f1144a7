import { type Check, warningOf } from "../compliance/check.ts";
import { DAILY_LOSS_RULE } from "../compliance/rules/pace.ts";
import type { ConnectionProfile } from "../core/connection.ts";
import { Failure } from "../core/failures.ts";
import { type CostsPreview, type OrderCosts, reportedCosts } from "../trading/order-costs.ts";
import type { OrderReport } from "../trading/order-report.ts";
import { type CostsSubject, costsPairs } from "../ui/output/costs-text.ts";
import type { Context } from "./context.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** What a preview says of costs: a line each. */
export function costsLines(costs: OrderCosts | null, subject: CostsSubject): readonly string[] {
  if (!costs) return [];
  const pairs = costsPairs(reportedCosts(costs), subject);
  return pairs.map(([name, text]) => `  ${name}: ${text}`);
}

type Previewed<T> = {
  readonly line: (item: T) => string;
  readonly costs: (item: T) => Promise<CostsPreview>;
  readonly kind: CostsSubject["kind"];
};

/** Several items with their costs; what can't be worked out is said, and keeps nothing from being sent. */
export async function itemsPreview<T>(
  items: readonly T[],
  { line, costs, kind }: Previewed<T>,
): Promise<string> {
  const previewed = items.map(async (item) => {
    try {
      const { costs: known, currency } = await costs(item);
      return [line(item), ...costsLines(known, { currency, kind })];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return [line(item), `  costs: not known (${error.message})`];
    }
  });
  return (await Promise.all(previewed)).flat().join("\n");
}

/** What is shown before it is sent, and what is asked about it. */
export type LiveQuestion = {
  readonly preview: () => string | Promise<string>;
  readonly question?: string;
  /** Why it may be a mistake: said before it is asked about, and where nobody can be asked. */
  readonly doubt?: string;
};

/**
 * Orders on a live connection are asked about; paper and practice orders are not. Whether somebody was asked.
 * @throws Failure CONFIRMATION_REQUIRED without a terminal or with any answer but yes; nothing was sent.
 */
export async function confirmLive(
  context: Context,
  profile: ConnectionProfile,
  { preview, question = "Send this order with real money?", doubt }: LiveQuestion,
): Promise<boolean> {
  if (profile.environment !== "live" || context.options.yes) return false;
  if (!context.terminal.isInteractive) {
    throw new Failure(
      "CONFIRMATION_REQUIRED",
      `${doubt ? `${doubt} ` : ""}An order on the live connection "${profile.name}" needs a confirmation, and nobody can be asked here. Nothing was sent.`,
      { hint: "Add --yes." },
    );
  }
  context.terminal.writeNote(`${await preview()}\n`);
  if (doubt) context.terminal.writeNote(`${doubt}\n`);
  const asked = doubt ? "Send it A SECOND TIME with real money?" : question;
  if (await context.terminal.confirm(asked)) return true;
  throw new Failure("CONFIRMATION_REQUIRED", "Not confirmed. Nothing was sent.");
}

/** Asks what becomes of a trade that stands without its stop; null where nobody can be asked. */
export async function askAboutStop(
  { terminal }: Pick<Context, "terminal">,
  { error }: OrderReport,
): Promise<"attach" | "close" | "leave" | null> {
  if (!terminal.isInteractive) return null;
  terminal.writeNote(`${error?.message ?? ""}\n`);
  if (await terminal.confirm("Try to set the stop once more?")) return "attach";
  return (await terminal.confirm("Close the trade now?")) ? "close" : "leave";
}

/** Wakes somebody where a trade was opened and its stop refused, whatever has become of it since. */
export function raiseStopRefused({ alerts }: Pick<Context, "alerts">, report: OrderReport): void {
  const { stopRefused, connection, account, instrument, clientOrderId } = report;
  if (!stopRefused) return;
  const { tradeId, brokerCode, result } = stopRefused;
  alerts.raise({
    kind: "no_stop",
    subject: `${connection} ${tradeId}`,
    summary: `Order ${clientOrderId} opened trade ${tradeId} of ${instrument}, and the broker refused its stop (${brokerCode}): ${STOP_RESULTS[result]}.`,
    hint: result === "open_without_stop" ? (report.error?.hint ?? null) : null,
    code: "ORDER_REJECTED",
    connection,
    account,
  });
}

const STOP_RESULTS = {
  open_without_stop: "it is open without a stop",
  stop_attached: "the stop was set at the second try",
  closed: "it was closed",
  has_stop: "it has a stop by now",
  gone: "it is closed by now",
} as const;

/** Says what a review warns of, before anything is sent. */
export function noteWarnings(context: Context, checks: readonly Check[]): void {
  for (const check of checks) {
    const warning = warningOf(check);
    if (warning !== null) context.note(`${check.rule}: ${warning}`);
  }
}

/** The failure that a report stands for; null when it went well. */
export function failureOf(report: OrderReport): Failure | null {
  const { error } = report;
  if (!error) return null;
  return new Failure(error.code, error.message, {
    ...(error.hint ? { hint: error.hint } : {}),
    retryable: false,
    details: {
      clientOrderId: report.clientOrderId,
      brokerCode: error.brokerCode,
      connection: report.connection,
      account: report.account,
      ...ruleOf(report),
    },
  });
}

/** The rule that blocked an order. */
function ruleOf({ compliance }: OrderReport): { readonly rule?: string } {
  const rules = compliance.filter(({ outcome }) => outcome === "block").map(({ rule }) => rule);
  // It halts trading, whatever else was wrong.
  const rule = rules.find((one) => one === DAILY_LOSS_RULE) ?? rules[0];
  return rule === undefined ? {} : { rule };
}

/** The failure with the highest exit code: what a batch ends with. */
export function worstFailure(failures: readonly Failure[]): Failure | null {
  return failures.reduce<Failure | null>(
    (worst, failure) =>
      !worst || EXIT_CODES[failure.code] > EXIT_CODES[worst.code] ? failure : worst,
    null,
  );
}
