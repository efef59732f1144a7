import { openingUnits } from "../../compliance/check.ts";
import { homeValue, marginRateOf } from "../../compliance/margin.ts";
import { toHome } from "../../core/conversion.ts";
import { formatPrice, toPips } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import type { Environment } from "../../core/order.ts";
import { spreadOf } from "../../core/quote.ts";
import type { OrderPreview } from "../../trading/place-order.ts";
import { grouped, money } from "../../ui/output/numbers.ts";
import { checksText, waitingText } from "../../ui/output/order-text.ts";
import type { Theme } from "../../ui/output/theme.ts";
import type { Question } from "../../ui/terminal/watch-desk.ts";

/** On real money a word must be typed, as on the command line. */
export function wordFor(environment: Environment): string | null {
  return environment === "live" ? "yes" : null;
}

type QuestionSetting = {
  readonly environment: Environment;
  readonly command: string;
  readonly theme: Theme;
};

/** What an order would do, as its review sees it: price, what the spread costs, risk, margin, and every rule. */
export function orderQuestion(
  { built, view, verdict }: OrderPreview,
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
  const lines = [
    ...(built.isReached ? ["The market is there already: it executes at once."] : []),
    ...(sizing ? [`size      ${sizing.explanation}`] : []),
    `spread    ${toPips(spreadOf(view.quote), instrument)} pips, costs ${money(spreadCost(built.order.units, view), currency)}`,
    `stop      ${shown(expected.stopLoss ?? expected.trailingStop)}${riskText(built, view)}`,
    `target    ${shown(expected.takeProfit)}`,
    `margin    ${marginText(built, view)}`,
    `account   ${state.account.id}, equity ${money(state.account.equity, currency)}`,
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

type View = OrderPreview["view"];

/** What buying and selling again at once would lose. */
function spreadCost(units: Decimal, { quote, conversion }: View): Decimal {
  return toHome(spreadOf(quote).times(units).negated(), conversion).abs();
}

/** What is bound then, and what stays free, in the eyes of our own rule; of a waiting order when it fills. */
function marginText({ order }: OrderPreview["built"], view: View): string {
  const { account } = view.state;
  const circumstances = { ...view, request: order };
  const value = homeValue(openingUnits(circumstances), circumstances);
  const needed = value.times(marginRateOf(view)).rounded(2, "up");
  const used = money(account.marginUsed.plus(needed), account.currency);
  const free = money(account.marginAvailable.minus(needed), account.currency);
  return `needs ${money(needed, account.currency)}; then ${used} used, ${free} free`;
}

function riskText({ order, expected }: OrderPreview["built"], { conversion, state }: View): string {
  const stop = expected.stopLoss ?? expected.trailingStop;
  if (!stop) return "";
  const loss = stop.minus(expected.price).abs().times(order.units).negated();
  return `, risks ${money(toHome(loss, conversion).abs(), state.account.currency)}`;
}
