import type { Decimal } from "../core/money.ts";
import { firstStopDistance } from "../core/standing.ts";
import type { Trade } from "../core/trade.ts";
import type { Intent } from "../ports/journal.ts";
import type { Desk } from "./desk.ts";

/** So far back changes of waiting orders are looked for. */
const RECENT = 500;

/**
 * How far the first stop of each trade was from its open price, by trade id, from the journal. Missing: trades that were
 * opened elsewhere or without a stop, and those of an order that may have been changed while it waited.
 */
export async function readFirstStops(
  desk: Desk,
  trades: readonly Trade[],
): Promise<ReadonlyMap<string, Decimal>> {
  const found = await Promise.all(trades.map((trade) => intentOf(desk, trade)));
  const isAnyChangeable = found.some((intent) => intent?.request.kind === "entry");
  const recent = isAnyChangeable
    ? await desk.journal.recent(desk.profile.name, desk.account.id, RECENT)
    : [];
  const stops = new Map<string, Decimal>();
  for (const [index, trade] of trades.entries()) {
    const intent = found[index];
    if (!intent || mayHaveChanged(intent, recent)) continue;
    const distance = firstStopDistance(intent.request, trade.openPrice);
    if (distance) stops.set(trade.id, distance);
  }
  return stops;
}

async function intentOf(desk: Desk, { clientOrderId }: Trade): Promise<Intent | null> {
  if (clientOrderId === null) return null;
  return desk.journal.find({
    connection: desk.profile.name,
    account: desk.account.id,
    clientOrderId,
  });
}

/** Changed orders keep their client id, so any change in the instrument since then may have been of this one. */
function mayHaveChanged(intent: Intent, recent: readonly Intent[]): boolean {
  if (intent.request.kind !== "entry") return false;
  const index = recent.findIndex(({ clientOrderId }) => clientOrderId === intent.clientOrderId);
  if (index < 0) return true;
  return recent
    .slice(0, index)
    .some(
      ({ request, instrument }) => request.kind === "change" && instrument === intent.instrument,
    );
}
