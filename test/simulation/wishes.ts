import { type Price, toPrice, wholeNumber } from "../../src/core/money.ts";
import type { Order, Side } from "../../src/core/order.ts";
import { entryPrice } from "../../src/core/quote.ts";
import { addMs } from "../../src/core/time.ts";
import { cancelOrder } from "../../src/trading/cancel-order.ts";
import type { RoadOptions } from "../../src/trading/carry-out.ts";
import { changeExits, changesExits } from "../../src/trading/change-exits.ts";
import { changeOrder } from "../../src/trading/change-order.ts";
import { allTargets, type ClosePortion, closePosition } from "../../src/trading/close-position.ts";
import type { Desk } from "../../src/trading/desk.ts";
import { settleElsewhere } from "../../src/trading/elsewhere.ts";
import type { ExitChoices, OrderDraft } from "../../src/trading/order-draft.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { entriesOf } from "../../src/trading/pending-orders.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { placeSignal } from "../../src/trading/place-signal.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { NO_ORIGIN } from "../support/clear-order.ts";
import type { Surroundings } from "./network.ts";
import type { SimulatedProcess } from "./process.ts";
import { INSTRUMENTS } from "./venue.ts";

/** What a trader does next, and how often. */
export const WISHES = {
  order: 40,
  "a signal's order": 12,
  "waiting order": 12,
  "change an order": 5,
  "cancel an order": 5,
  "move exits": 5,
  "reduce-only order": 3,
  "close all": 6,
  "close a part": 6,
  "the same id again": 5,
  "dry run": 2,
  reconcile: 3,
} as const;
export type Wish = keyof typeof WISHES;

export type Means = {
  readonly process: SimulatedProcess;
  readonly trading: Surroundings & {
    /** Client order ids, oldest first, and how many orders were asked for with each. */
    readonly uses: Map<string, number>;
    /** What signals ask for, oldest first: each may come again, on any computer. */
    readonly signals: OrderDraft[];
  };
};

/** Does what is wished by the road that it has; null where there was nothing to do. */
export async function fulfil(wish: Wish, desk: Desk, means: Means): Promise<OrderReport | null> {
  switch (wish) {
    case "reconcile":
      await settleIntents(desk);
      await settleElsewhere(desk);
      return null;
    case "close all":
      return close(desk, { kind: "all" }, means);
    case "close a part":
      return close(desk, partOf(means), means);
    case "change an order":
      return change(desk, means);
    case "cancel an order":
      return cancel(desk, means);
    case "move exits":
      return moveExits(desk, means);
    case "a signal's order":
      return signalOrder(desk, means);
    default:
      return order(wish, desk, means);
  }
}

function partOf({ trading }: Means): ClosePortion {
  const { random } = trading.world;
  return random.chance(0.5)
    ? { kind: "percent", percent: wholeNumber(random.between(1, 99)) }
    : { kind: "units", units: wholeNumber(random.between(1, 3_000)) };
}

async function order(wish: Wish, desk: Desk, means: Means): Promise<OrderReport> {
  const { world, uses } = means.trading;
  const { random } = world;
  const units = wholeNumber(random.between(1, 4_000));
  const again = [...uses.keys()].at(-random.between(1, 40));
  const isAgain = wish === "the same id again" && world.plan.hazards.has("repeats");
  const clientOrderId = isAgain && again ? again : desk.newId();
  const reduceOnly = wish === "reduce-only order";
  // One that only reduces may leave although other computers can't be told: to them its id is new.
  if (!reduceOnly || isAgain) uses.set(clientOrderId, (uses.get(clientOrderId) ?? 0) + 1);
  const instrument = random.pick(world.plan.instruments[0] ?? "", ...world.plan.instruments);
  const side = random.pick<Side>("buy", "sell");
  const { report } = await placeOrder(
    desk,
    {
      instrument,
      side,
      size: { kind: "units", units, text: units.toString() },
      terms:
        wish === "waiting order" ? await waiting(desk, { instrument, side }, means) : AT_MARKET,
      isStopGuaranteed: false,
      stopLoss: random.chance(0.3) ? { kind: "default" } : null,
      takeProfit: random.chance(0.2) ? { kind: "default" } : null,
      trailingStop: random.chance(0.1) ? { kind: "default" } : null,
      maxSlippage: null,
      reduceOnly,
      clientOrderId,
      origin: NO_ORIGIN,
    },
    { ...sending(means), isDryRun: wish === "dry run" },
  );
  return report;
}

/** A signal that others have sent already, or send just now, or a new one. */
async function signalOrder(desk: Desk, means: Means): Promise<OrderReport> {
  const { world, signals } = means.trading;
  const known = world.random.chance(0.7) ? signals.at(-world.random.between(1, 5)) : undefined;
  const draft = known ?? (await newSignal(desk, means));
  if (!known) signals.push(draft);
  const { report } = await placeSignal(desk, draft, sending(means));
  return report;
}

async function newSignal(desk: Desk, means: Means): Promise<OrderDraft> {
  const { world, signals } = means.trading;
  const { random } = world;
  const units = wholeNumber(random.between(1, 4_000));
  const instrument = random.pick(world.plan.instruments[0] ?? "", ...world.plan.instruments);
  const side = random.pick<Side>("buy", "sell");
  return {
    ...{ instrument, side, size: { kind: "units", units, text: units.toString() } },
    terms: random.chance(0.3) ? await waiting(desk, { instrument, side }, means) : AT_MARKET,
    isStopGuaranteed: false,
    stopLoss: random.chance(0.3) ? { kind: "default" } : null,
    takeProfit: null,
    trailingStop: null,
    maxSlippage: null,
    reduceOnly: random.chance(0.2),
    clientOrderId: null,
    origin: { ...NO_ORIGIN, signalId: `signal-${signals.length + 1}-${desk.newId()}` },
  };
}

async function close(desk: Desk, portion: ClosePortion, means: Means): Promise<OrderReport | null> {
  const targets = await allTargets(desk);
  const [first, ...rest] = targets;
  if (!first) return null;
  return closePosition(desk, means.trading.world.random.pick(first, ...rest), {
    ...sending(means),
    portion,
  });
}

const AT_MARKET = { type: "market", timeInForce: "FOK" } as const;

/** An order that waits some pips away, so that some are reached within a run. */
async function waiting(
  desk: Desk,
  { instrument, side }: { readonly instrument: string; readonly side: Side },
  { trading }: Means,
): Promise<OrderDraft["terms"]> {
  const { random } = trading.world;
  const type = random.pick("limit", "stop", "mit");
  const isBelow = (side === "buy") === (type !== "stop");
  const price = await priceNear(
    desk,
    { instrument, side },
    (isBelow ? -1 : 1) * random.between(0, 30),
  );
  const expiresAt = addMs(desk.clock.now(), random.between(60_000, 3_600_000));
  return random.chance(0.7)
    ? { type, price, timeInForce: "GTC", expiresAt: null }
    : { type, price, timeInForce: "GTD", expiresAt };
}

async function priceNear(
  desk: Desk,
  { instrument, side }: { readonly instrument: string; readonly side: Side },
  pips: number,
): Promise<Price> {
  const { quotes } = await desk.broker.quotes([instrument]);
  const [quote] = quotes;
  const known = INSTRUMENTS.find(({ name }) => name === instrument);
  if (!quote || !known) throw new RangeError(`the venue has no ${instrument}`);
  return toPrice(entryPrice(quote, side).plus(known.pipSize.times(wholeNumber(pips))));
}

const SAME: ExitChoices = {
  stopLoss: "keep",
  isStopGuaranteed: false,
  takeProfit: "keep",
  trailingStop: "keep",
};

async function change(desk: Desk, means: Means): Promise<OrderReport | null> {
  const { random } = means.trading.world;
  const [first, ...rest] = entriesOf(await desk.broker.state(), null);
  if (!first) return null;
  const { orderId, instrument, side, type }: Order = random.pick(first, ...rest);
  const isBelow = (side === "buy") === (type !== "stop");
  const price = await priceNear(
    desk,
    { instrument, side },
    (isBelow ? -1 : 1) * random.between(0, 30),
  );
  const units = random.chance(0.5) ? wholeNumber(random.between(1, 4_000)) : null;
  const wanted = { ...SAME, price, units, waiting: null };
  return (await changeOrder(desk, { id: orderId, change: wanted }, sending(means))).report;
}

async function cancel(desk: Desk, means: Means): Promise<OrderReport | null> {
  const state = await desk.broker.state();
  const [first, ...rest] = entriesOf(state, null);
  if (!first) return null;
  const chosen = means.trading.world.random.pick(first, ...rest);
  return cancelOrder(desk, chosen, { ...sending(means), state });
}

async function moveExits(desk: Desk, means: Means): Promise<OrderReport | null> {
  const { random } = means.trading.world;
  const { trades } = await desk.broker.state();
  const [first, ...rest] = trades;
  if (!first) return null;
  const trade = random.pick(first, ...rest);
  const choice = () => random.pick<ExitChoices["stopLoss"]>("keep", "remove", { kind: "default" });
  const choices = { ...SAME, stopLoss: choice(), takeProfit: choice(), trailingStop: choice() };
  if (!changesExits(choices, trade)) return null;
  return changeExits(desk, trade, { ...sending(means), choices });
}

type Asking = { readonly confirm: () => Promise<boolean> };

/** Some are asked first, and some are interrupted. */
function sending({ process, trading }: Means): RoadOptions & Asking {
  const { world } = trading;
  const stop = new AbortController();
  if (world.strikes("interrupts", 0.03)) {
    process.later(world.random.between(0, 2_000), "is interrupted", () =>
      stop.abort("interrupted"),
    );
  }
  const isAsked = world.random.chance(0.1);
  const askMs = world.random.between(200, 90_000);
  return {
    isDryRun: false,
    signal: stop.signal,
    confirm: async () => {
      if (isAsked) await process.clock().sleep(askMs);
      return isAsked;
    },
  };
}
