import { Failure } from "../../src/core/failures.ts";
import type { Intent } from "../../src/ports/journal.ts";
import { allTargets, closePosition } from "../../src/trading/close-position.ts";
import type { Desk } from "../../src/trading/desk.ts";
import { settleElsewhere } from "../../src/trading/elsewhere.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { aDraft, units } from "../trading/test-desk.ts";
import type { Started } from "./desk.ts";
import { judge, judgeStanding } from "./oracles.ts";
import { errand } from "./others.ts";
import type { Trading } from "./traders.ts";
import { ACCOUNT } from "./venue.ts";

/** After so long nothing is under way any more. */
const QUIET_MS = 60_000;
const TRIES = 5;
/** The server's clock may have been set back by some minutes, and ages are measured by it. */
const TRIES_ELSEWHERE = 15;
/** What is told to the server in the background is told by then. */
const TOLD_MS = 20_000;
/** More than any run makes. */
const ALL = 1_000_000;

/** A computer at the end of a run. */
export type Last = { readonly trading: Trading; readonly start: () => Started };
type Desks = readonly { readonly desk: Desk; readonly trading: Trading }[];

/**
 * The end of a run: the network is well again, a last process is started on each computer, and everything that is open gets
 * its outcome. New orders are possible then. At last trading is halted, and every position is closed: that must work also
 * then.
 */
export async function closeDown(computers: readonly Last[]): Promise<readonly Intent[]> {
  const [first] = computers;
  if (!first) throw new RangeError("a run has a computer");
  const { world, account } = first.trading;
  let intents: readonly Intent[] = [];
  let isOver = false;
  world.after(QUIET_MS, () => {
    const all = computers.map(({ trading, start }) => {
      const { process, desks } = start();
      return { trading, desk: desks(errand(process)) };
    });
    work(all).then(
      (found) => {
        intents = found;
        isOver = true;
      },
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        account.accuse("told", `the last process breaks down: ${text}`);
        isOver = true;
      },
    );
  });
  await world.run(() => isOver);
  if (!isOver) account.accuse("P2", "the run doesn't come to its end");
  return intents;
}

async function work(all: Desks): Promise<readonly Intent[]> {
  for (const { desk, trading } of all) await settleAll(desk, trading);
  const found: Intent[] = [];
  for (const { desk, trading } of all) {
    await desk.clock.sleep(all.length > 1 ? TOLD_MS : 0);
    const intents = await desk.journal.recent(trading.computer.connection, ACCOUNT.id, ALL);
    judge(intents, trading);
    found.push(...intents);
  }
  const [first] = all;
  if (first) judgeStanding(first.trading);
  for (const { desk, trading } of all) await orderEverywhere(desk, trading);
  for (const { desk, trading } of all) await closeWhileHalted(desk, trading);
  return found;
}

async function settleAll(desk: Desk, { witness, account }: Trading): Promise<void> {
  let open: readonly Intent[] = [];
  for (let tries = 0; tries < TRIES; tries += 1) {
    ({ open } = await settleIntents(desk));
    if (open.length === 0) break;
    await desk.clock.sleep(QUIET_MS);
  }
  for (const { clientOrderId, createdAt } of open) {
    witness.accuse("P2", `${clientOrderId} of ${createdAt} has no outcome in the end`);
  }
  let elsewhere = await settleElsewhere(desk);
  for (let tries = 0; tries < TRIES_ELSEWHERE && elsewhere.open.length > 0; tries += 1) {
    await desk.clock.sleep(QUIET_MS);
    elsewhere = await settleElsewhere(desk);
  }
  for (const { clientOrderId, host } of elsewhere.open) {
    account.accuse("P2", `${clientOrderId} of ${host} has no outcome in the end`);
  }
}

/** What may still refuse an order when nothing goes wrong any more. */
const LIMITED = new Set(["RISK_LIMIT", "TRADING_HALTED", "MARGIN"]);

/** P2: nothing is kept back for ever by what became of another order. */
async function orderEverywhere(desk: Desk, { account, computer, world }: Trading): Promise<void> {
  await desk.halts.resume(null);
  for (const instrument of world.plan.instruments) {
    const error = await placeOrder(desk, aDraft({ instrument, size: units("1") }), OPTIONS).then(
      ({ report }) => report.error,
      (reason: unknown) => {
        if (reason instanceof Failure) return reason;
        throw reason;
      },
    );
    if (!error || LIMITED.has(error.code)) continue;
    const what = `${error.code} ${error.message}`;
    account.accuse("P2", `in the end ${computer.name} can't order ${instrument}: ${what}`);
  }
}

const OPTIONS = {
  isDryRun: false,
  signal: new AbortController().signal,
  confirm: async () => false,
} as const;

async function closeWhileHalted(desk: Desk, { witness, computer }: Trading): Promise<void> {
  await desk.halts.halt(computer.connection, { since: desk.clock.now(), reason: "the end" });
  try {
    for (const target of await allTargets(desk)) {
      const { status, instrument } = await closePosition(desk, target, {
        ...OPTIONS,
        portion: { kind: "all" },
      });
      if (status !== "filled")
        witness.accuse("P6", `halted, ${instrument} can't be closed: ${status}`);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    witness.accuse("P6", `halted, closing fails: ${error.message}`);
  }
}
