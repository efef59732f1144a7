import type {
  VenueArchiveItem,
  VenueLogEntry,
  VenueRecords,
  VenueStore,
} from "../../src/ports/venue-store.ts";

type Shelf = {
  state: string | null;
  log: readonly VenueLogEntry[];
  archive: readonly VenueArchiveItem[];
};

/** A venue store in memory: a transaction that throws leaves no trace. */
export class MemoryVenueStore implements VenueStore {
  readonly #shelves = new Map<string, Shelf>();
  /** How often the state was written. */
  saves = 0;

  transact<T>(account: string, work: (records: VenueRecords) => T): T {
    const shelf = { ...(this.#shelves.get(account) ?? { state: null, log: [], archive: [] }) };
    const result = work(this.#recordsOf(shelf));
    this.#shelves.set(account, shelf);
    return result;
  }

  #recordsOf(shelf: Shelf): VenueRecords {
    const newestFirst = () => shelf.archive.toSorted((left, right) => right.id - left.id);
    return {
      state: () => shelf.state,
      saveState: (body) => {
        shelf.state = body;
        this.saves += 1;
      },
      append: (entries) => {
        shelf.log = [...shelf.log, ...entries];
      },
      entriesSince: (id, limit) => shelf.log.filter((entry) => entry.id > id).slice(0, limit),
      archive: (items) => {
        const isReplaced = (old: VenueArchiveItem) =>
          items.some((item) => item.kind === old.kind && item.id === old.id);
        shelf.archive = [...shelf.archive.filter((old) => !isReplaced(old)), ...items];
      },
      archived: (kind, limit) =>
        newestFirst()
          .filter((item) => item.kind === kind)
          .slice(0, limit),
      archivedById: (kind, id) =>
        shelf.archive.find((item) => item.kind === kind && item.id === id) ?? null,
      archivedByClientId: (clientOrderId) =>
        newestFirst().find(
          (item) => item.kind === "order" && item.clientOrderId === clientOrderId,
        ) ?? null,
    };
  }
}
