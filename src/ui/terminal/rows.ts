import type { Order } from "../../core/order.ts";
import type {
  LiveAccount,
  LiveConnection,
  LiveEvent,
  LivePosition,
  LiveQuote,
} from "../../ports/live.ts";
import type { PanelName, WatchState } from "./state.ts";
import { accountKey, quoteKey, type WatchSnapshot } from "./watch-desk.ts";

/** What a panel's row is about, with a key that stays the same while it moves. */
export type Keyed<T> = T & { readonly key: string };
export type PositionRow = Keyed<{ readonly owner: LiveAccount; readonly held: LivePosition }>;
export type OrderRow = Keyed<{
  readonly owner: LiveAccount;
  readonly order: Order;
  readonly quote: LiveQuote | null;
}>;

type Filtered = Pick<WatchState, "filter">;

export function quoteRows({ quotes }: WatchSnapshot, state: Filtered): readonly Keyed<LiveQuote>[] {
  return quotes
    .filter(({ instrument, terms }) => matches(state, instrument, terms?.displayName))
    .map((quote) => ({ ...quote, key: quoteKey(quote.connection, quote.instrument) }));
}

export function positionRows({ accounts }: WatchSnapshot, state: Filtered): readonly PositionRow[] {
  return accounts.flatMap((owner) =>
    owner.positions
      .filter(({ position }) => matches(state, position.instrument))
      .map((held) => {
        const { instrument, direction } = held.position;
        return { owner, held, key: `${ownerKey(owner)} ${instrument} ${direction}` };
      }),
  );
}

export function orderRows(snapshot: WatchSnapshot, state: Filtered): readonly OrderRow[] {
  return snapshot.accounts.flatMap((owner) =>
    owner.pendingOrders
      // The exits of open trades stand with their position.
      .filter(({ tradeId, instrument }) => tradeId === null && matches(state, instrument))
      .map((order) => ({
        owner,
        order,
        quote: quoteOf(snapshot, owner.connection, order.instrument),
        key: `${ownerKey(owner)} ${order.orderId}`,
      })),
  );
}

export function accountRows({ accounts }: WatchSnapshot): readonly Keyed<LiveAccount>[] {
  return accounts.map((account) => ({ ...account, key: ownerKey(account) }));
}

export function connectionRows({ connections }: WatchSnapshot): readonly Keyed<LiveConnection>[] {
  return connections.map((connection) => ({ ...connection, key: connection.name }));
}

/** What happened, newest first: that the same thing happened again to a connection isn't told again. */
export function eventRows({ events }: WatchSnapshot, state: Filtered): readonly Keyed<LiveEvent>[] {
  return events
    .filter((event) =>
      event.kind === "status"
        ? event.status !== "connecting"
        : matches(state, event.transaction.instrument ?? ""),
    )
    .filter((event, index, shown) => !isRepeated(event, shown[index - 1]))
    .map((event) => ({ ...event, key: eventKey(event) }));
}

function isRepeated(event: LiveEvent, newer: LiveEvent | undefined): boolean {
  if (event.kind !== "status" || newer?.kind !== "status") return false;
  return (
    event.connection === newer.connection &&
    event.status === newer.status &&
    withoutNumbers(event) === withoutNumbers(newer)
  );
}

/** Each try is told with other seconds and moments. */
function withoutNumbers({ detail }: { readonly detail: string | null }): string | undefined {
  return detail?.replaceAll(/\d+/g, "");
}

/** The keys of a panel's rows, in their order. */
export function rowKeys(
  panel: PanelName,
  snapshot: WatchSnapshot,
  state: Filtered,
): readonly string[] {
  const rows = {
    watchlist: () => quoteRows(snapshot, state),
    positions: () => positionRows(snapshot, state),
    orders: () => orderRows(snapshot, state),
    accounts: () => accountRows(snapshot),
    connections: () => connectionRows(snapshot),
    activity: () => eventRows(snapshot, state),
  }[panel]();
  return rows.map(({ key }) => key);
}

/** The chosen row of a panel: the first one where nothing was chosen, or what was is gone. */
export function chosenIndex(keys: readonly string[], chosen: string | undefined): number {
  return Math.max(0, chosen === undefined ? 0 : keys.indexOf(chosen));
}

export function chosenOf<T extends { readonly key: string }>(
  rows: readonly T[],
  chosen: string | undefined,
): T | null {
  return rows.find(({ key }) => key === chosen) ?? rows[0] ?? null;
}

export function quoteOf(
  { quotes }: WatchSnapshot,
  connection: string,
  instrument: string,
): LiveQuote | null {
  return (
    quotes.find((one) => one.connection === connection && one.instrument === instrument) ?? null
  );
}

function ownerKey({ connection, id }: LiveAccount): string {
  return accountKey({ connection, account: id });
}

function eventKey(event: LiveEvent): string {
  if (event.kind === "status") return `${event.connection} ${event.status} ${event.receivedAt}`;
  return `${event.connection} ${event.account} ${event.transaction.id}`;
}

function matches({ filter }: Filtered, ...texts: readonly (string | undefined)[]): boolean {
  const wanted = filter.trim().toUpperCase().replaceAll("/", "_");
  return wanted === "" || texts.some((text) => text?.toUpperCase().includes(wanted));
}
