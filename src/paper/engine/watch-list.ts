import { type Decimal, maximumOf, minimumOf } from "../../core/money.ts";
import type { QuoteRange } from "../feed/feed.ts";
import { findById, isExit } from "./orders.ts";
import { entryTrigger, exitTrigger, mayTrigger, type PriceSide, type Trigger } from "./trigger.ts";
import type { PendingOrder, TrailingStopOrder, VenueAccount } from "./types.ts";

/** The pending orders of one instrument, by what sets them off. */
export type WatchGroup = {
  readonly instrument: string;
  readonly fixed: readonly { readonly order: PendingOrder; readonly trigger: Trigger }[];
  readonly trailing: readonly { readonly order: TrailingStopOrder; readonly isShort: boolean }[];
  /** The nearest price of the fixed ones on each side of the market: while none comes, nothing happens. */
  readonly nearest: readonly Trigger[];
};

/** What was worked out for an account's orders: most steps leave them as they are. */
const KNOWN = new WeakMap<VenueAccount["orders"], readonly WatchGroup[]>();

/** The account's pending orders by instrument. */
export function watchListOf(account: VenueAccount): readonly WatchGroup[] {
  if (account.orders.length === 0) return [];
  const known = KNOWN.get(account.orders);
  if (known) return known;
  const list = buildWatchList(account);
  KNOWN.set(account.orders, list);
  return list;
}

/** Whether the bounds leave it possible that any fixed price of the group comes. */
export function canReach({ nearest }: WatchGroup, range: QuoteRange): boolean {
  return nearest.some((trigger) => mayTrigger(trigger, range));
}

type Draft = {
  readonly fixed: { readonly order: PendingOrder; readonly trigger: Trigger }[];
  readonly trailing: { readonly order: TrailingStopOrder; readonly isShort: boolean }[];
};

function buildWatchList({ orders, trades }: VenueAccount): readonly WatchGroup[] {
  const drafts = new Map<string, Draft>();
  const draftOf = (instrument: string): Draft => {
    const draft = drafts.get(instrument) ?? { fixed: [], trailing: [] };
    drafts.set(instrument, draft);
    return draft;
  };
  for (const order of orders) {
    if (!isExit(order)) {
      draftOf(order.instrument).fixed.push({ order, trigger: entryTrigger(order) });
      continue;
    }
    const trade = findById(trades, order.tradeId);
    if (!trade) throw new RangeError(`the exit order ${order.id} has no trade`);
    const draft = draftOf(trade.instrument);
    if (order.type === "trailing_stop") {
      draft.trailing.push({ order, isShort: trade.currentUnits.isNegative() });
    } else {
      draft.fixed.push({ order, trigger: exitTrigger(order, trade) });
    }
  }
  return [...drafts].map(([instrument, draft]) => ({
    instrument,
    ...draft,
    nearest: nearestOf(draft.fixed.map(({ trigger }) => trigger)),
  }));
}

const SIDES: readonly PriceSide[] = ["bid", "ask", "mid"];

function nearestOf(triggers: readonly Trigger[]): readonly Trigger[] {
  return SIDES.flatMap((side) =>
    [true, false].flatMap((isRise) => {
      const prices = triggers
        .filter((trigger) => trigger.side === side && trigger.isRise === isRise)
        .map((trigger) => trigger.price);
      const [first, ...more] = prices;
      const nearer: (left: Decimal, right: Decimal) => Decimal = isRise ? minimumOf : maximumOf;
      return first ? [{ side, isRise, price: more.reduce(nearer, first) }] : [];
    }),
  );
}
