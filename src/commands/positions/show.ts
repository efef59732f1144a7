import { Failure } from "../../core/failures.ts";
import type { HistoryRow } from "../../core/history-row.ts";
import type { Position } from "../../core/position.ts";
import { targetIn } from "../../trading/close-position.ts";
import { type Desk, selecting } from "../../trading/desk.ts";
import { historyText } from "../../ui/output/history-text.ts";
import { ordersText } from "../../ui/output/lists.ts";
import { positionsText, tradesText } from "../../ui/output/positions-text.ts";
import type { Theme } from "../../ui/output/theme.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { orderDocument, pendingView } from "../order/view.ts";
import { settleFirst } from "../settling.ts";
import { nameOf, noteStale, themeOf } from "../stale-note.ts";
import { positionDocument, positionsView } from "./view.ts";

/** More of its past is in `history list`. */
const MOST_ROWS = 20;

export const show: CommandMaker = (context) =>
  examples(
    command(
      "show",
      "One position: its trades and exits, orders that wait in it, what happened since",
    )
      .argument("<instrument|trade>", "instrument or trade id")
      .action((text: string) => run(context, text)),
    ["positions show EUR_USD"],
  );

async function run(context: Context, text: string): Promise<void> {
  const desk = await context.desk();
  await settleFirst(context, desk);
  const store = await context.store();
  const [{ rows, stale }, { views }] = await Promise.all([
    positionsView(desk, store.lastAnswers),
    pendingView(desk, store.lastAnswers),
  ]);
  const positions = rows.map(({ position }) => position);
  const { position } = targetIn(positions, text);
  const row = rows.find((candidate) => candidate.position === position);
  if (!row) throw new Error("a target is one of the positions it was looked for in");
  noteStale(context, desk, stale);
  const orders = views.filter(({ order }) => order.instrument === position.instrument);
  const history = await historySince(context, desk, position);
  const theme = themeOf(context.theme, stale);
  const where = {
    environment: desk.profile.environment,
    name: nameOf(desk.profile.name, stale, context.theme),
  };
  context.print(
    () =>
      [
        positionsText(where, [row], theme),
        tradesText(row, theme),
        orders.length > 0 ? ordersText(orders, "pending", theme) : "No order waits in it.",
        pastText(history, desk, theme),
        nextText(position, desk),
      ].join("\n\n"),
    {
      ...positionDocument(desk, row, stale),
      orders: orders.map((view) => orderDocument(desk, view)),
      history,
    },
  );
}

/**
 * What happened in the instrument since the position's first trade was opened, newest first, as of the last sync. Null where
 * it can't be read: nobody's view of a position waits for a server.
 */
async function historySince(
  context: Context,
  { profile, account }: Desk,
  { instrument, openedAt }: Position,
): Promise<readonly HistoryRow[] | null> {
  const scope = { connection: profile.name, account: account.id };
  const what = { from: openedAt, before: null, types: [], instruments: [instrument] };
  const query = { ...scope, ...what, isNewestFirst: true, limit: MOST_ROWS };
  const rows: HistoryRow[] = [];
  try {
    for await (const batch of (await context.history()).rows(query)) rows.push(...batch);
    return rows;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.note(error.message);
    return null;
  }
}

function pastText(history: readonly HistoryRow[] | null, { profile }: Desk, theme: Theme): string {
  if (history === null) return "What happened in it can't be read now.";
  if (history.length > 0) return historyText(history, theme);
  return `Nothing of it is in the history: tmt-broker history sync -c ${profile.name}`;
}

/** What one would most likely type next. */
function nextText({ instrument }: Position, desk: Desk): string {
  const where = selecting(desk);
  return [
    `To close half:     tmt-broker positions close ${instrument} --units 50% ${where}`,
    `To move the stops: tmt-broker positions modify ${instrument} --sl breakeven ${where}`,
  ].join("\n");
}
