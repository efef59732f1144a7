import { review } from "../compliance/review.ts";
import { weakenedStop } from "../compliance/stop-risk.ts";
import { Failure } from "../core/failures.ts";
import { formatPrice, toPips } from "../core/instrument.ts";
import { type Price, toPrice } from "../core/money.ts";
import { oppositeSide } from "../core/order.ts";
import type { AttachedStop, ExitChange, ExitsChange } from "../core/order-request.ts";
import { closingSide, type Trade } from "../core/trade.ts";
import { type Confirm, carryOut, type Errand, type RoadOptions } from "./carry-out.ts";
import { type Desk, findInstrument, newClientOrderId, selecting } from "./desk.ts";
import { afterOthers } from "./elsewhere.ts";
import { type ExitBasis, resolveStop, resolveTarget, resolveTrailing } from "./exit-levels.ts";
import { circumstancesOf, type MarketView, readMarket } from "./market-view.ts";
import { type CostsPreview, costsPreview } from "./order-costs.ts";
import type { ExitChoice, TradeExitChoices } from "./order-draft.ts";
import type { OrderReport } from "./order-report.ts";
import { requireChanges, requireGuarantee } from "./require-supported.ts";
import { requireSettled, settleIntents } from "./settle.ts";
import { tradeBasis } from "./trade-basis.ts";

export type ExitsOptions = RoadOptions & {
  readonly choices: TradeExitChoices;
  readonly confirm: Confirm<ExitsChange>;
};

/** Whether the choices ask anything of `trade`: what it doesn't have needs no removal. */
export function changesExits(choices: TradeExitChoices, trade: Trade): boolean {
  const { stopLoss, takeProfit, trailingStop } = neededOf(choices, trade);
  return [stopLoss, takeProfit, trailingStop].some((choice) => choice !== "keep");
}

/**
 * Sets, moves and removes the exits of one open trade, by the road of every order. It opens nothing, so it stays possible
 * while another order's fate is unknown, unless it takes a stop away or moves it away. @throws Failure as `placeOrder`, and POSITION_NOT_FOUND for a closed trade.
 */
export async function changeExits(
  desk: Desk,
  trade: Pick<Trade, "id" | "instrument">,
  { choices, confirm, ...options }: ExitsOptions,
): Promise<OrderReport> {
  return afterOthers(desk, async () => {
    const errand = await exitsErrand(desk, trade, choices);
    return (await carryOut(errand, confirm, options)).report;
  });
}

/** What the trade would lose at its stop then, and now; nothing is sent. @throws Failure as `changeExits`. */
export async function exitsCosts(
  desk: Desk,
  trade: Pick<Trade, "id" | "instrument">,
  choices: TradeExitChoices,
): Promise<CostsPreview> {
  return costsPreview(await exitsErrand(desk, trade, choices));
}

async function exitsErrand(
  desk: Desk,
  { id, instrument: name }: Pick<Trade, "id" | "instrument">,
  choices: TradeExitChoices,
): Promise<Errand<ExitsChange>> {
  requireChanges(desk);
  const instrument = await findInstrument(desk, name);
  const { open } = await settleIntents(desk);
  const view = await readMarket(desk, instrument);
  const trade = view.state.trades.find((candidate) => candidate.id === id);
  if (!trade) {
    const message = `Trade ${id} of ${name} is no longer open. Nothing was sent.`;
    throw new Failure("POSITION_NOT_FOUND", message, {
      hint: `See what is open: tmt-broker positions ${selecting(desk)}`,
    });
  }
  if (!changesExits(choices, trade)) {
    const message = `Trade ${id} has no such exit to take away. Nothing was sent.`;
    throw new Failure("ORDER_NOT_FOUND", message, {
      hint: `See what it has: tmt-broker positions show ${id} ${selecting(desk)}`,
    });
  }
  const request: ExitsChange = {
    kind: "exits",
    clientOrderId: newClientOrderId(desk),
    account: desk.account.id,
    instrument: instrument.name,
    side: closingSide(trade.direction),
    units: trade.units,
    origin: { signalId: trade.signalId, agent: null, comment: null },
    tradeId: trade.id,
    ...exitsOf(desk, { trade, choices: neededOf(choices, trade) }, view),
  };
  const weakened = weakenedStop({ request, state: view.state, halt: null, quote: view.quote });
  if (weakened) requireSettled(open, instrument.name, desk);
  const examine = async () => review(await circumstancesOf(desk, request, view), desk.newId());
  return { desk, request, view, expectedPrice: null, examine };
}

/** The choices without removals of what the trade doesn't have: a broker would refuse all of them. */
function neededOf(choices: TradeExitChoices, trade: Trade): TradeExitChoices {
  const needed = <T>(choice: T | "remove", isThere: boolean) =>
    choice === "remove" && !isThere ? "keep" : choice;
  return {
    ...choices,
    stopLoss: needed(choices.stopLoss, trade.stopLoss !== null),
    takeProfit: needed(choices.takeProfit, trade.takeProfit !== null),
    trailingStop: needed(choices.trailingStop, trade.trailingStop !== null),
  };
}

function exitsOf(
  desk: Desk,
  { trade, choices }: { readonly trade: Trade; readonly choices: TradeExitChoices },
  view: MarketView,
): Pick<ExitsChange, "stopLoss" | "takeProfit" | "trailingStop"> {
  const side = oppositeSide(closingSide(trade.direction));
  const basis = tradeBasis(desk, { id: trade.id, side, openPrice: trade.openPrice }, view);
  const fromMarket: ExitBasis = { ...basis, entry: basis.stopLimit };
  const isGuaranteed = choices.isStopGuaranteed || trade.isStopGuaranteed;
  const stopLoss = changed(stopChoice(choices, trade, basis), (request): AttachedStop | null => {
    const stop = resolveStop(request, basis);
    return stop && attachedAt(stop.price, isGuaranteed);
  });
  if (typeof stopLoss === "object") requireGuarantee(stopLoss.set, view.state.account);
  return {
    stopLoss,
    takeProfit: changed(choices.takeProfit, (request) => resolveTarget(request, basis)),
    trailingStop: changed(choices.trailingStop, (request) => resolveTrailing(request, fromMarket)),
  };
}

/**
 * The open price is where a trade breaks even, financing and commission aside. Between two legal prices the one counts that loses nothing.
 * @throws Failure INVALID_PRICE while the market isn't beyond it: a stop there would close the trade at once.
 */
function stopChoice({ stopLoss }: TradeExitChoices, trade: Trade, basis: ExitBasis): ExitChoice {
  if (typeof stopLoss === "string" || stopLoss.kind !== "breakeven") return stopLoss;
  const { instrument, stopLimit: market } = basis;
  const isLong = trade.direction === "long";
  const price = toPrice(trade.openPrice.rounded(instrument.pricePrecision, isLong ? "up" : "down"));
  if (isLong ? price.isLessThan(market) : price.isGreaterThan(market)) {
    return { kind: "price", price };
  }
  const short = toPips(market.minus(price).abs(), instrument);
  const side = isLong ? "below" : "above";
  throw new Failure(
    "INVALID_PRICE",
    `${isLong ? "Long" : "Short"} trade ${trade.id} breaks even at ${formatPrice(price, instrument)}, and the market is at ${formatPrice(market, instrument)}, ${short} pips short of it: a stop must be ${side} the market. Nothing was sent.`,
    { hint: "Wait until the trade is in profit, or give a price or a distance such as 20p." },
  );
}

/** The open price is known, so the stop is sent as a price: nobody can measure it from elsewhere. */
function attachedAt(price: Price, isGuaranteed: boolean): AttachedStop {
  return { kind: "price", price, ...(isGuaranteed ? { isGuaranteed: true } : {}) };
}

function changed<T>(
  choice: ExitChoice,
  resolve: (request: Exclude<ExitChoice, string>) => T | null,
): ExitChange<T> {
  if (choice === "keep" || choice === "remove") return choice;
  const set = resolve(choice);
  return set === null ? "keep" : { set };
}
