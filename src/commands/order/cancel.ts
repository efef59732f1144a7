import { Failure, usageFailure } from "../../core/failures.ts";
import type { Order } from "../../core/order.ts";
import type { AccountState } from "../../ports/broker.ts";
import { cancelOrder } from "../../trading/cancel-order.ts";
import { type Desk, findInstrument, selecting } from "../../trading/desk.ts";
import { entriesOf, findPending } from "../../trading/pending-orders.ts";
import { orderText } from "../../ui/output/order-text.ts";
import { orderIdArgument } from "../arguments.ts";
import { attempt, type BatchItem, endBatch, inParallel, reportsOf } from "../batch.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { confirmLive, raiseStopRefused } from "../order-answers.ts";
import { settleOnly } from "../settling.ts";

type CancelOptions = {
  readonly all?: true;
  readonly instrument?: string;
  readonly dryRun?: true;
};

/** Cancellations under way at the same time. */
const AT_ONCE = 4;

export const cancel: CommandMaker = (context) =>
  examples(
    command("cancel", "Take back orders that wait")
      .argument("[id|@client-id...]", "the broker's order ids, or @ and client order ids")
      .option("--all", "every order that waits to open or reduce a position; exits of trades stay")
      .option("--instrument <name>", "with --all: only the orders in this instrument")
      .option("--dry-run", "run every check and show the request; nothing is sent")
      .action((ids: readonly string[], options: CancelOptions) =>
        run(context, ids.map(orderIdArgument), options),
      ),
    [
      "order cancel 42",
      "order cancel 42 @mine-1 --json",
      "order cancel --all --instrument EUR_USD",
    ],
  );

async function run(
  context: Context,
  ids: readonly string[],
  options: CancelOptions,
): Promise<void> {
  requireTarget(ids, options);
  const desk = await context.desk();
  const settled = await settleOnly(context, desk);
  for (const report of settled) raiseStopRefused(context, report);
  const state = await desk.broker.state();
  const found = options.all
    ? await allTargets(context, { desk, state }, options.instrument)
    : await namedTargets(desk, ids, state);
  const isDryRun = options.dryRun === true;
  const orders = found.flatMap(({ order }) => order ?? []);
  if (!isDryRun && orders.length > 0) await confirmAll(context, desk, orders);
  const cancelOne = (order: Order) =>
    cancelOrder(desk, order, {
      state,
      isDryRun,
      signal: context.signal,
      confirm: async () => false,
    });
  const items = await inParallel(found, AT_ONCE, async ({ order, failure }) =>
    order ? attempt(() => cancelOne(order)) : { report: null, failure },
  );
  print(context, items, options.all === true || ids.length > 1);
  endBatch(context, items);
}

type Target = { readonly order: Order | null; readonly failure: Failure | null };

function requireTarget(ids: readonly string[], { all, instrument }: CancelOptions): void {
  if (ids.length === 0 && instrument !== undefined && !all) {
    throw usageFailure(
      "--instrument alone cancels nothing. Nothing was sent.",
      `To cancel every order in it: --all --instrument ${instrument.slice(0, 40)}`,
    );
  }
  if (ids.length > 0 === (all === true)) {
    throw usageFailure("Name the orders to cancel, or give --all. Nothing was sent.");
  }
  if (instrument !== undefined && !all) {
    throw usageFailure("--instrument goes with --all, not with ids. Nothing was sent.");
  }
}

/** The orders that `ids` name, each once; one that isn't there doesn't keep the others. */
async function namedTargets(
  desk: Desk,
  ids: readonly string[],
  state: AccountState,
): Promise<readonly Target[]> {
  const targets = await inParallel(ids, AT_ONCE, async (id): Promise<Target> => {
    try {
      return { order: await findPending(desk, id, state), failure: null };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { order: null, failure: error };
    }
  });
  const first = (target: Target) =>
    targets.findIndex(({ order }) => order?.orderId === target.order?.orderId);
  return targets.filter((target, index) => !target.order || first(target) === index);
}

/** Exits aren't taken away with everything else: without them an open trade could lose any amount. */
async function allTargets(
  context: Context,
  { desk, state }: { readonly desk: Desk; readonly state: AccountState },
  text: string | undefined,
): Promise<readonly Target[]> {
  const instrument = text === undefined ? null : (await findInstrument(desk, text)).name;
  const orders = entriesOf(state, instrument);
  const inScope = state.pendingOrders.filter(
    (order) => instrument === null || order.instrument === instrument,
  );
  const exits = inScope.length - orders.length;
  if (exits > 0) {
    context.note(
      `${exits} exit(s) of open trades stay; remove one with: tmt-broker positions modify TRADE --no-sl ${selecting(desk)}`,
    );
  }
  return orders.map((order) => ({ order, failure: null }));
}

async function confirmAll(context: Context, desk: Desk, orders: readonly Order[]): Promise<void> {
  const badge = context.theme.badge(desk.profile.environment);
  const line = ({ orderId, side, type, units, instrument, price }: Order) =>
    `${badge} cancel order ${orderId}: ${side} ${type} ${units} ${instrument}${price ? ` at ${price}` : ""}`;
  const question = `Cancel ${orders.length === 1 ? "it" : `these ${orders.length} orders`}?`;
  const preview = () => orders.map(line).join("\n");
  await confirmLive(context, desk.profile, { preview, question });
}

function print(context: Context, items: readonly BatchItem[], isBatch: boolean): void {
  const reports = reportsOf(items);
  if (!isBatch && reports.length === 0) return;
  const extras = { riskAtStop: null, sizing: null, kind: "cancel" } as const;
  context.print(
    () =>
      items.length === 0
        ? "There is no order to cancel."
        : reports.map((report) => orderText(report, extras, context.theme)).join("\n"),
    isBatch ? reports : reports[0],
  );
}
