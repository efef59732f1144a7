import { Failure } from "../../src/core/failures.ts";
import type { AccountWitness } from "./account-witness.ts";
import type { DeskMaker } from "./desk.ts";
import type { SimulatedProcess } from "./process.ts";
import { fulfil, type Means, WISHES } from "./wishes.ts";
import type { Submission } from "./witness.ts";

export type Trading = Means["trading"] & {
  readonly account: AccountWitness;
  /** The next number, or null when enough was asked for. */
  readonly nextNumber: () => number | null;
  /** Nothing was asked for after all: there was nothing to close, to change … */
  readonly giveBack: () => void;
};

/** A trader whose server doesn't answer does something else for a while. */
const LONGEST_WAIT_MS = 15_000;

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
    const told = await submit(process, desks, { trading, number });
    const isWaiting = trading.server && told instanceof Failure && told.code === "STORAGE_BUSY";
    if (isWaiting) await process.clock().sleep(world.random.between(0, LONGEST_WAIT_MS));
  }
}

async function submit(
  process: SimulatedProcess,
  desks: DeskMaker,
  { trading, number }: { readonly trading: Trading; readonly number: number },
): Promise<Submission["told"]> {
  const { world, witness } = trading;
  const wish = world.random.weighted(WISHES);
  const submission: Submission = {
    number,
    process: process.name,
    what: wish,
    view: null,
    quotes: [],
    told: null,
  };
  witness.submissions.add(submission);
  const desk = desks(submission);
  try {
    const told = await fulfil(wish, desk, { process, trading });
    if (!told) {
      witness.submissions.delete(submission);
      trading.giveBack();
      return null;
    }
    submission.told = told;
    world.note(
      process.name,
      `#${number} ${wish}: ${told.clientOrderId} ${told.status} ${told.error?.code ?? ""}`,
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    submission.told = error;
    world.note(process.name, `#${number} ${wish}: ${error.code} ${error.message}`);
  }
  return submission.told;
}
