/**
 * Where the embedded paper broker keeps its accounts. `transact` runs `work` as one exclusive, durable
 * transaction over all processes: it either all happens or not at all.
 */
export interface VenueStore {
  transact<T>(account: string, work: (records: VenueRecords) => T): T;
}

/** One venue account's records inside a transaction. Bodies are JSON text that only the venue reads. */
export interface VenueRecords {
  state(): string | null;
  saveState(body: string): void;
  /** Log entries are never changed; `id` grows by one. `clientOrderId` finds an order again. */
  append(entries: readonly VenueLogEntry[]): void;
  entriesSince(id: number, limit: number): readonly VenueLogEntry[];
  /** Closed orders and trades, kept for lists; saving one again replaces it. */
  archive(items: readonly VenueArchiveItem[]): void;
  archived(kind: VenueArchiveItem["kind"], limit: number): readonly VenueArchiveItem[];
  archivedById(kind: VenueArchiveItem["kind"], id: number): VenueArchiveItem | null;
  /** The newest archived order with that client order id. */
  archivedByClientId(clientOrderId: string): VenueArchiveItem | null;
}

export type VenueLogEntry = { readonly id: number; readonly body: string };

export type VenueArchiveItem = {
  readonly kind: "order" | "trade";
  readonly id: number;
  readonly clientOrderId: string | null;
  readonly body: string;
};
