import { review } from "../compliance/review.ts";
import { Failure } from "../core/failures.ts";
import { instrumentNames } from "../core/instrument.ts";
import { type Decimal, decimal, minimumOf, toUnits } from "../core/money.ts";
import type { OrderOrigin } from "../core/order.ts";
import type { CloseOrder } from "../core/order-request.ts";
import { type Position, positionsOf } from "../core/position.ts";
import { entryPrice } from "../core/quote.ts";
import { closingSide, type Trade } from "../core/trade.ts";
import { type Confirm, carryOut, type Errand, type RoadOptions } from "./carry-out.ts";
import { type Desk, findInstrument, newClientOrderId } from "./desk.ts";
import { circumstancesOf, readMarket } from "./market-view.ts";
import { type CostsPreview, costsPreview } from "./order-costs.ts";
import type { OrderReport } from "./order-report.ts";
import { requireSettled, settleIntents } from "./settle.ts";
import { validateSize } from "./validate-size.ts";

/** What to close: one trade, or the position of one instrument. */
export type CloseTarget = { readonly position: Position; readonly trade: Trade | null };

/** How much of it: everything, units, or a percentage (rounded down to legal units). */
export type ClosePortion =
  | { readonly kind: "all" }
  | { readonly kind: "units"; readonly units: Decimal }
  | { readonly kind: "percent"; readonly percent: Decimal };

const HUNDREDTH = decimal("0.01");
const ALL_PERCENT = decimal("100");
const NO_ORIGIN: OrderOrigin = { signalId: null, agent: null, comment: null };

/** The position or trade that `text` names. @throws Failure POSITION_NOT_FOUND listing what is open. */
export async function findTarget(desk: Desk, text: string): Promise<CloseTarget> {
  return targetIn(positionsOf((await desk.broker.state()).trades), text);
}

/** The one of `positions`, or of their trades, that `text` names. @throws Failure POSITION_NOT_FOUND. */
export function targetIn(positions: readonly Position[], text: string): CloseTarget {
  const names = instrumentNames(text);
  const position = positions.find((candidate) => names.includes(candidate.instrument));
  if (position) return { position, trade: null };
  const trade = positions.flatMap(({ trades }) => trades).find(({ id }) => id === text);
  const owner = trade && positions.find((candidate) => candidate.trades.includes(trade));
  if (trade && owner) return { position: owner, trade };
  const open = positions.map((candidate) => candidate.instrument).join(", ");
  throw new Failure(
    "POSITION_NOT_FOUND",
    `Nothing is open under "${text.slice(0, 40)}". Nothing was sent.`,
    {
      hint: open ? `Open positions: ${open}.` : "There is no open position.",
    },
  );
}

/** Every open position of the account, oldest first. */
export async function allTargets(desk: Desk): Promise<readonly CloseTarget[]> {
  const { trades } = await desk.broker.state();
  return positionsOf(trades).map((position) => ({ position, trade: null }));
}

/** Closes one target by the same road as every order; see `placeOrder`. */
export async function closePosition(
  desk: Desk,
  target: CloseTarget,
  options: RoadOptions & {
    readonly portion: ClosePortion;
    readonly confirm: Confirm<CloseOrder>;
  },
): Promise<OrderReport> {
  const errand = await closeErrand(desk, target, options.portion);
  return (await carryOut(errand, options.confirm, options)).report;
}

/** What it would cost and realise at the prices of now; nothing is sent. @throws Failure as `closePosition`. */
export async function closeCosts(
  desk: Desk,
  target: CloseTarget,
  portion: ClosePortion,
): Promise<CostsPreview> {
  return costsPreview(await closeErrand(desk, target, portion));
}

async function closeErrand(
  desk: Desk,
  target: CloseTarget,
  portion: ClosePortion,
): Promise<Errand<CloseOrder>> {
  const { position, trade } = target;
  const instrument = await findInstrument(desk, position.instrument);
  const { open } = await settleIntents(desk);
  const held = trade ? trade.units : position.units;
  const units = portionUnits(portion, held, instrument.unitsPrecision);
  const isWhole = units.equals(held);
  // All of it can be closed at any time and in any size: asked twice, it closes nothing more. A part would.
  if (!isWhole) {
    requireSettled(open, instrument.name, desk);
    validateSize(units, instrument);
    requireHeld(units, held, target);
  }
  const reading = readMarket(desk, instrument);
  const clientOrderId = newClientOrderId(desk);
  const view = await reading;
  const request: CloseOrder = {
    kind: "close",
    clientOrderId,
    account: desk.account.id,
    instrument: instrument.name,
    side: closingSide(position.direction),
    tradeId: trade?.id ?? null,
    units: toUnits(units),
    isWhole,
    origin: NO_ORIGIN,
  };
  const expectedPrice = entryPrice(view.quote, request.side);
  const examine = async () => review(await circumstancesOf(desk, request, view), desk.newId());
  return { desk, request, view, expectedPrice, examine };
}

function portionUnits(portion: ClosePortion, held: Decimal, unitsPrecision: number): Decimal {
  if (portion.kind === "all") return held;
  if (portion.kind === "units") return portion.units;
  const part = held.times(minimumOf(portion.percent, ALL_PERCENT)).times(HUNDREDTH);
  const units = part.rounded(unitsPrecision, "toward_zero");
  if (units.isPositive()) return units;
  throw new Failure(
    "INVALID_UNITS",
    `${portion.percent} % of ${held} units is less than the smallest step. Nothing was sent.`,
    { hint: "Close a larger part." },
  );
}

function requireHeld(units: Decimal, held: Decimal, { position, trade }: CloseTarget): void {
  if (!units.isGreaterThan(held)) return;
  const name = trade ? `Trade ${trade.id}` : `The ${position.instrument} position`;
  throw new Failure(
    "INVALID_UNITS",
    `${name} holds ${held} units, fewer than ${units}. Nothing was sent.`,
    {
      hint: `Close at most ${held}, or leave out --units to close all of it.`,
    },
  );
}
