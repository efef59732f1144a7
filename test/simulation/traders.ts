import { Failure } from "../../src/core/failures.ts";
import { wholeNumber } from "../../src/core/money.ts";
import type { RoadOptions } from "../../src/trading/carry-out.ts";
import { allTargets, type ClosePortion, closePosition } from "../../src/trading/close-position.ts";
import type { Desk } from "../../src/trading/desk.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { NO_ORIGIN } from "../support/clear-order.ts";
import type { DeskMaker } from "./desk.ts";
import type { Surroundings } from "./network.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Submission } from "./witness.ts";

/** What a trader does next, and how often. */
const WISHES = {
  order: 60,
  "reduce-only order": 4,
  "close all": 8,
  "close a part": 8,
  "the same id again": 6,
  "dry run": 3,
  reconcile: 5,
} as const;
type Wish = keyof typeof WISHES;

export type Trading = Surroundings & {
  /** The next number, or null when enough was asked for. */
  readonly nextNumber: () => number | null;
  /** Client order ids, oldest first, and how many orders were asked for with each. */
  readonly uses: Map<string, number>;
};

/** Trades until enough was asked for, one order after the other. */
export async function trade(
  process: SimulatedProcess,
  desks: DeskMaker,
  trading: Trading,
): Promise<void> {
  const { world } = trading;
  for (;;) {
    await process.step("thinks", async () => undefined);
    await process.clock().sleep(world.random.between(0, world.plan.thinkMs));
    const number = trading.nextNumber();
    if (number === null) return;
    await submit(process, desks, { trading, number });
  }
}

async function submit(
  process: SimulatedProcess,
  desks: DeskMaker,
  { trading, number }: { readonly trading: Trading; readonly number: number },
): Promise<void> {
  const { world, witness } = trading;
  const wish = world.random.weighted(WISHES);
  const submission: Submission = {
    number,
    process: process.name,
    what: wish,
    view: null,
    told: null,
  };
  witness.submissions.push(submission);
  const desk = desks(submission);
  try {
    submission.told = await fulfil(wish, desk, { process, trading });
    const { told } = submission;
    world.note(
      process.name,
      `#${number} ${wish}: ${told ? `${told.clientOrderId} ${told.status} ${told.error?.code ?? ""}` : "done"}`,
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    submission.told = error;
    world.note(process.name, `#${number} ${wish}: ${error.code} ${error.message}`);
  }
}

type Means = {
  readonly process: SimulatedProcess;
  readonly trading: Trading;
};

async function fulfil(wish: Wish, desk: Desk, means: Means): Promise<OrderReport | null> {
  const { random } = means.trading.world;
  if (wish === "reconcile") {
    await settleIntents(desk);
    return null;
  }
  if (wish === "close all") return close(desk, { kind: "all" }, means);
  if (wish === "close a part") {
    const portion: ClosePortion = random.chance(0.5)
      ? { kind: "percent", percent: wholeNumber(random.between(1, 99)) }
      : { kind: "units", units: wholeNumber(random.between(1, 3_000)) };
    return close(desk, portion, means);
  }
  return order(wish, desk, means);
}

async function order(wish: Wish, desk: Desk, means: Means): Promise<OrderReport> {
  const { world, uses } = means.trading;
  const { random } = world;
  const units = wholeNumber(random.between(1, 4_000));
  const again = [...uses.keys()].at(-random.between(1, 40));
  const isAgain = wish === "the same id again" && world.plan.hazards.has("repeats");
  const clientOrderId = isAgain && again ? again : desk.newId();
  uses.set(clientOrderId, (uses.get(clientOrderId) ?? 0) + 1);
  const { report } = await placeOrder(
    desk,
    {
      instrument: random.pick(world.plan.instruments[0] ?? "", ...world.plan.instruments),
      side: random.pick("buy", "sell"),
      size: { kind: "units", units, text: units.toString() },
      terms: { type: "market", timeInForce: "FOK" },
      isStopGuaranteed: false,
      stopLoss: random.chance(0.3) ? { kind: "default" } : null,
      takeProfit: random.chance(0.2) ? { kind: "default" } : null,
      trailingStop: random.chance(0.1) ? { kind: "default" } : null,
      maxSlippage: null,
      reduceOnly: wish === "reduce-only order",
      clientOrderId,
      origin: NO_ORIGIN,
    },
    { ...sending(means), isDryRun: wish === "dry run" },
  );
  return report;
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
