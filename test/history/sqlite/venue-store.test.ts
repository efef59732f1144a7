import { describe, expect, it } from "vitest";
import type { VenueArchiveItem } from "../../../src/ports/venue-store.ts";
import { aStore, bareConnection, failureOf } from "./support.ts";

function anItem(id: number, change: Partial<VenueArchiveItem> = {}): VenueArchiveItem {
  return { kind: "order", id, clientOrderId: `tmt-${id}`, body: `{"id":${id}}`, ...change };
}

describe("the paper broker's records", () => {
  it("are kept for each account", () => {
    const { venue, path } = aStore();
    expect(venue.transact("001", (records) => records.state())).toBeNull();
    venue.transact("001", (records) => {
      records.saveState('{"balance":"1"}');
      records.saveState('{"balance":"2"}');
    });
    const others = aStore(path).venue;
    expect(others.transact("001", (records) => records.state())).toBe('{"balance":"2"}');
    expect(others.transact("002", (records) => records.state())).toBeNull();
  });

  it("hold the log in order, from any entry on", () => {
    const { venue } = aStore();
    const entries = [1, 2, 3, 4].map((id) => ({ id, body: `{"id":${id}}` }));
    venue.transact("001", (records) => records.append(entries));
    venue.transact("002", (records) => records.append(entries.slice(0, 1)));
    const since = (id: number, limit: number) =>
      venue.transact("001", (records) => records.entriesSince(id, limit));
    expect(since(0, 10)).toEqual(entries);
    expect(since(1, 2)).toEqual(entries.slice(1, 3));
    expect(since(4, 10)).toEqual([]);
  });

  it("never let a log entry be replaced", () => {
    const { venue } = aStore();
    const append = (body: string) =>
      venue.transact("001", (records) => records.append([{ id: 1, body }]));
    append("first");
    expect(failureOf(() => append("second")).code).toBe("INTERNAL");
    expect(venue.transact("001", (records) => records.entriesSince(0, 9))).toEqual([
      { id: 1, body: "first" },
    ]);
  });

  it("find archived orders and trades newest first, by id and by client order id", () => {
    const { venue } = aStore();
    venue.transact("001", (records) => {
      records.archive([anItem(1), anItem(2, { clientOrderId: null }), anItem(3)]);
      records.archive([anItem(3, { kind: "trade" }), anItem(4, { clientOrderId: "tmt-1" })]);
      records.archive([anItem(3, { body: "changed" })]);
    });
    venue.transact("001", (records) => {
      expect(records.archived("order", 3).map(({ id }) => id)).toEqual([4, 3, 2]);
      expect(records.archived("trade", 3)).toEqual([anItem(3, { kind: "trade" })]);
      expect(records.archivedById("order", 3)).toEqual(anItem(3, { body: "changed" }));
      expect(records.archivedById("trade", 1)).toBeNull();
      expect(records.archivedByClientId("tmt-1")?.id).toBe(4);
      expect(records.archivedByClientId("tmt-3")?.kind).toBe("order");
      expect(records.archivedByClientId("none")).toBeNull();
    });
  });

  it("change all together or not at all", () => {
    const { venue } = aStore();
    const fail = () =>
      venue.transact("001", (records) => {
        records.saveState("half done");
        records.append([{ id: 1, body: "half done" }]);
        throw new RangeError("the venue stops here");
      });
    expect(fail).toThrow("the venue stops here");
    venue.transact("001", (records) => {
      expect(records.state()).toBeNull();
      expect(records.entriesSince(0, 9)).toEqual([]);
    });
  });

  it("DB-03 stay as they were when another process holds the database", () => {
    const { venue, path } = aStore();
    bareConnection(path).exec("BEGIN IMMEDIATE");
    const failure = failureOf(() => venue.transact("001", (records) => records.saveState("{}")));
    expect(failure.code).toBe("STORAGE_BUSY");
    expect(failure.message).toContain("Nothing happened at the paper broker.");
  });
});
