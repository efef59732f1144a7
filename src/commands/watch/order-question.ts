import { formatPrice, toPips } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import type { Environment } from "../../core/order.ts";
import { spreadOf } from "../../core/quote.ts";
import { type OrderCosts, reportedCosts } from "../../trading/order-costs.ts";
import type { OrderPreview } from "../../trading/place-order.ts";
import { type CostsSubject, costsPairs } from "../../ui/output/costs-text.ts";
import { grouped, money } from "../../ui/output/numbers.ts";
import { checksText, waitingText } from "../../ui/output/order-text.ts";
import type { Theme } from "../../ui/output/theme.ts";
import type { Question } from "../../ui/terminal/watch-desk.ts";

const NAME_WIDTH = 12;

/** On real money a word must be typed, as on the command line. */
export function wordFor(environment: Environment): string | null {
  return environment === "live" ? "yes" : null;
}

type QuestionSetting = {
  readonly environment: Environment;
  readonly command: string;
  readonly theme: Theme;
};

/** What an order would do, as its review sees it: price, exits, what it costs and may lose, margin, and every rule. */
export function orderQuestion(
  { built, view, verdict }: OrderPreview,
  costs: OrderCosts | null,
  { environment, command, theme }: QuestionSetting,
): Question {
  const { order, sizing, expected } = built;
  const { instrument, state } = view;
  const { currency } = state.account;
  const shown = (price: Decimal | null) => (price ? formatPrice(price, instrument) : "none");
  const price =
    order.kind === "entry"
      ? `${order.type} at ${shown(order.price)}, waits ${waitingText(order, theme)}`
      : `at about ${shown(expected.price)}`;
  const pairs = [
    ...(sizing ? [["size", sizing.explanation] as const] : []),
    ["spread", `${toPips(spreadOf(view.quote), instrument)} pips`] as const,
    ["stop", shown(expected.stopLoss ?? expected.trailingStop)] as const,
    ["target", shown(expected.takeProfit)] as const,
    ...costsPairsOf(costs, { currency, kind: order.kind }),
    ["account", `${state.account.id}, equity ${money(state.account.equity, currency)}`] as const,
  ];
  const lines = [
    ...(built.isReached ? ["The market is there already: it executes at once."] : []),
    ...pairs.map(([name, text]) => `${name.padEnd(NAME_WIDTH)}${text}`),
    ...checksText(verdict.checks).split("\n"),
    `same as: ${command}`,
  ];
  return {
    title: `${order.side.toUpperCase()} ${grouped(order.units)} ${order.instrument} ${price}`,
    lines,
    environment,
    word: wordFor(environment),
  };
}

/** The same figures as on the command line. */
function costsPairsOf(costs: OrderCosts | null, subject: CostsSubject) {
  return costs ? costsPairs(reportedCosts(costs), subject) : [["costs", "not known"] as const];
}
