import { Failure } from "../../src/core/failures.ts";
import { toUnits, wholeNumber } from "../../src/core/money.ts";
import { positionsOf } from "../../src/core/position.ts";
import { closingSide } from "../../src/core/trade.ts";
import type { Desk } from "../../src/trading/desk.ts";
import { clearOrder, closeOrder, marketOrder } from "../support/clear-order.ts";
import type { Computer } from "./computer.ts";
import type { DeskMaker } from "./desk.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Trading } from "./traders.ts";
import { ACCOUNT } from "./venue.ts";
import type { Submission } from "./witness.ts";
import type { World } from "./world.ts";

/** Client order ids of the phone begin with this. */
export const PHONE = "phone";
const MINUTE_MS = 60_000;

/** Halts and resumes trading, as `connect halt` and `connect resume` do. */
export async function oversee(
  process: SimulatedProcess,
  desks: DeskMaker,
  trading: Trading,
): Promise<void> {
  const { random } = trading.world;
  const desk = desks(errand(process));
  const clock = process.clock();
  for (;;) {
    await clock.sleep(random.between(1_000, 2 * MINUTE_MS));
    if (await isRefused(() => halt(desk, trading))) continue;
    await clock.sleep(random.between(1_000, MINUTE_MS));
    while (await isRefused(() => resume(desk))) await clock.sleep(1_000);
  }
}

/** Whether the database had no time for it. Then it isn't in force. */
async function isRefused(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof Failure) return true;
    throw error;
  }
}

async function halt(desk: Desk, { world, witness, computer }: Trading): Promise<void> {
  const reason = { since: desk.clock.now(), reason: "halted by the officer" };
  await desk.halts.halt(world.random.pick(computer.connection, null), reason);
  // From here on somebody was told that trading is halted.
  witness.switched("halt");
  await desk.journal.record([{ at: desk.clock.now(), kind: "trading.halted", data: reason }]);
}

async function resume(desk: Desk): Promise<void> {
  const wasHalted = await desk.halts.resume(null);
  if (wasHalted) await desk.dayBook.restart(null);
}

/** A person trades the same account at the broker itself. */
export function tradeByPhone({ world, venue }: Trading): void {
  const { random, plan } = world;
  let orders = 0;
  const broker = venue.now();
  const once = async () => {
    const { trades } = await broker.state();
    const [first, ...rest] = positionsOf(trades);
    orders += 1;
    const common = { clientOrderId: `${PHONE}-${orders}`, account: ACCOUNT.id };
    const isClose = first && random.chance(0.4);
    const position = isClose ? random.pick(first, ...rest) : null;
    const request = position
      ? closeOrder({
          ...common,
          instrument: position.instrument,
          side: closingSide(position.direction),
          units: toUnits(position.units),
          isWhole: true,
        })
      : marketOrder({
          ...common,
          instrument: random.pick(plan.instruments[0] ?? "", ...plan.instruments),
          side: random.pick("buy", "sell"),
          units: toUnits(wholeNumber(random.between(1, 3_000))),
        });
    const { signal } = new AbortController();
    const { status } = await broker.place(clearOrder(request), { signal });
    world.note(PHONE, `${request.kind} ${request.instrument}: ${status}`);
  };
  const next = () =>
    world.after(random.between(500, MINUTE_MS), async () => {
      if (world.isCalm) return;
      await once();
      next();
    });
  if (plan.hazards.has("phone")) next();
}

/** Sets the wall clock of one of the computers forth and back; real time goes on as ever. */
export function jumpClocks(world: World, computers: readonly Computer[]): void {
  const { random } = world;
  const next = () =>
    world.after(random.between(5_000, 4 * MINUTE_MS), () => {
      if (world.isCalm) return;
      const jumpMs = random.pick(-1, 1) * random.pick(5 * MINUTE_MS, 60 * MINUTE_MS);
      const computer = computers[random.between(0, computers.length - 1)];
      if (!computer) return;
      const offsetMs = computer.wallOffsetMs + jumpMs;
      computer.wallOffsetMs = Math.abs(offsetMs) > 90 * MINUTE_MS ? 0 : offsetMs;
      world.note(computer.name, `has a clock ${computer.wallOffsetMs / 1000} s ahead`);
      next();
    });
  const { hazards, wrongClocks } = world.plan;
  if (hazards.has("jumps") && wrongClocks === "computers") next();
}

/** What a process does that isn't an order. */
export function errand(process: SimulatedProcess): Submission {
  return { number: 0, process: process.name, what: "errand", view: null, quotes: [], told: null };
}
