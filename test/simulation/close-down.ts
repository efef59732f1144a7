import { Failure } from "../../src/core/failures.ts";
import type { Intent } from "../../src/ports/journal.ts";
import { allTargets, closePosition } from "../../src/trading/close-position.ts";
import type { Desk } from "../../src/trading/desk.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { CONNECTION, type Started } from "./desk.ts";
import { judge } from "./oracles.ts";
import { errand } from "./others.ts";
import type { Trading } from "./traders.ts";
import { ACCOUNT } from "./venue.ts";

/** After so long nothing is under way any more. */
const QUIET_MS = 60_000;
const TRIES = 5;
/** More than any run makes. */
const ALL = 1_000_000;

/**
 * The end of a run: the network is well again, a last process is started, and everything that is open gets its outcome.
 * Then trading is halted, and every position is closed: that must work also then.
 */
export async function closeDown(
  trading: Trading,
  start: () => Started,
): Promise<readonly Intent[]> {
  const { world, witness } = trading;
  let intents: readonly Intent[] = [];
  let isOver = false;
  world.after(QUIET_MS, () => {
    const { process, desks } = start();
    const desk = desks(errand(process));
    work(desk, trading).then(
      (all) => {
        intents = all;
        isOver = true;
      },
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        witness.accuse("told", `the last process breaks down: ${text}`);
        isOver = true;
      },
    );
  });
  await world.run(() => isOver);
  return intents;
}

async function work(desk: Desk, trading: Trading): Promise<readonly Intent[]> {
  const { witness } = trading;
  let open: readonly Intent[] = [];
  for (let tries = 0; tries < TRIES; tries += 1) {
    ({ open } = await settleIntents(desk));
    if (open.length === 0) break;
    await desk.clock.sleep(QUIET_MS);
  }
  for (const { clientOrderId, createdAt } of open) {
    witness.accuse("P2", `${clientOrderId} of ${createdAt} has no outcome in the end`);
  }
  const intents = await desk.journal.recent(CONNECTION, ACCOUNT.id, ALL);
  judge(intents, trading);
  await closeWhileHalted(desk, trading);
  return intents;
}

async function closeWhileHalted(desk: Desk, { witness }: Trading): Promise<void> {
  await desk.halts.halt(CONNECTION, { since: desk.clock.now(), reason: "the end" });
  const options = {
    isDryRun: false,
    signal: new AbortController().signal,
    confirm: async () => false,
    portion: { kind: "all" },
  } as const;
  try {
    for (const target of await allTargets(desk)) {
      const { status, instrument } = await closePosition(desk, target, options);
      if (status !== "filled")
        witness.accuse("P6", `halted, ${instrument} can't be closed: ${status}`);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    witness.accuse("P6", `halted, closing fails: ${error.message}`);
  }
}
