import { Failure } from "../core/failures.ts";
import { formatPrice, type Instrument, toPips } from "../core/instrument.ts";
import { type Decimal, decimal, toUnits, type Units } from "../core/money.ts";
import type { MarketView } from "./market-view.ts";
import type { OrderSize } from "./order-draft.ts";

/** How `--risk` became units: shown before the order and kept with it. Money is in account currency. */
export type RiskSizing = {
  readonly risk: Decimal;
  readonly stopDistance: Decimal;
  /** Loss of one unit at the stop. */
  readonly lossPerUnit: Decimal;
  readonly units: Units;
  /** The arithmetic in words. */
  readonly explanation: string;
};

type Basis = {
  readonly instrument: Instrument;
  readonly view: MarketView;
  readonly stopDistance: Decimal | null;
};

const HUNDREDTH = decimal("0.01");
const UNIT_LOSS_PLACES = 12;

/**
 * Units that lose the asked risk at the stop, rounded down to the instrument's units; null when units were given.
 * @throws Failure USAGE without a stop, INVALID_UNITS when the risk buys less than the smallest order.
 */
export function sizeByRisk(size: OrderSize, basis: Basis): RiskSizing | null {
  if (size.kind === "units") return null;
  const { instrument, view, stopDistance } = basis;
  if (!stopDistance?.isPositive()) {
    throw new Failure("USAGE", "--risk needs a stop to measure the loss at. Nothing was sent.", {
      hint: "Add --sl (or --trailing), e.g. --risk 1% --sl 20p.",
    });
  }
  const { account } = view.state;
  const risk =
    size.kind === "risk_amount"
      ? size.amount
      : account.equity.times(size.percent).times(HUNDREDTH).rounded(2, "toward_zero");
  const lossPerUnit = stopDistance.times(view.conversion.loss);
  const units = risk.dividedBy(lossPerUnit, instrument.unitsPrecision, "toward_zero");
  if (units.isLessThan(instrument.minimumUnits) || !units.isPositive()) {
    throw new Failure(
      "INVALID_UNITS",
      `A risk of ${risk.toFixed(2)} ${account.currency} with a stop ${toPips(stopDistance, instrument)} pips away buys less than the smallest order of ${instrument.minimumUnits} ${instrument.name}. Nothing was sent.`,
      { hint: "Risk more, or bring the stop nearer." },
    );
  }
  const shown = lossPerUnit.rounded(UNIT_LOSS_PLACES, "half_even");
  const explanation =
    `${risk.toFixed(2)} ${account.currency} ÷ ${shown} per unit ` +
    `(stop ${formatPrice(stopDistance, instrument)} away, ${toPips(stopDistance, instrument)} pips) = ${units} units`;
  return { risk, stopDistance, lossPerUnit: shown, units: toUnits(units), explanation };
}
